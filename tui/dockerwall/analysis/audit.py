"""Every offer of a host judged: who gets in, by which interface, and how bad that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from dockerwall.analysis.destinations import Alike, OwnAddress, alike, own_addresses
from dockerwall.analysis.exposure import Entered, Exposure, Kind, Offer, Reach, Severity
from dockerwall.analysis.hits import Hit, Stretch, first_hits
from dockerwall.analysis.interfaces import Behind, Interface, interfaces
from dockerwall.analysis.journey import Journey, Opened, Query, follow, follow_from_host
from dockerwall.analysis.listening import NUMBERS
from dockerwall.analysis.offers import offers
from dockerwall.analysis.passage import Loss
from dockerwall.analysis.ports import named_ports, unnamed_port
from dockerwall.analysis.sameports import SamePorts, is_like_others
from dockerwall.analysis.severity import Judge
from dockerwall.analysis.verdict import Reached, reached
from dockerwall.analysis.world import World
from dockerwall.model.addresses import AddressSet, format_address, parse_address
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family

MOST_RULES = 12
"""Deciding rules listed with one reach."""


def audit(world: World) -> tuple[Exposure, ...]:
    """Every exposure of which something is to be told, worst first, then by container and port."""
    return told(audited(world))


def audited(world: World) -> tuple[Exposure, ...]:
    """Everything that is offered, judged, by container and port."""
    ground = {family: Auditor(world, family) for family in Family}
    return tuple([ground[offer.family].judged(offer) for offer in offers(world)])


def told(judged: Iterable[Exposure]) -> tuple[Exposure, ...]:
    """Those of which something is to be told, worst first."""
    return worst_first(each for each in judged if not is_untold(each))


def worst_first(exposures: Iterable[Exposure]) -> tuple[Exposure, ...]:
    """Exposures in the order in which they are told."""
    order = list(Severity)
    return tuple(sorted(exposures, key=lambda each: order.index(each.severity)))


def is_rest(offer: Offer) -> bool:
    """Whether it stands for a container's undeclared ports."""
    return offer.kind is Kind.DIRECT and offer.container_port is None


def is_untold(exposure: Exposure) -> bool:
    """Whether it stands for a container's undeclared ports, and nobody outside gets there."""
    return is_rest(exposure.offer) and exposure.severity in (Severity.LOCAL, Severity.CLOSED)


class _Question(NamedTuple):
    """One destination and port, asked for all addresses that are alike."""

    number: int
    port: int
    to: tuple[str, ...]


class Auditor:
    """Judges offers of one family; what they share is worked out once."""

    def __init__(self, world: World, family: Family) -> None:
        self.world = world
        self.family = family
        self.side = world.sides[family]
        self.judge = Judge(world, family)
        self.interfaces = interfaces(world, family)
        self.answered: dict[object, tuple[Reach, ...]] = {}
        """Who gets in at ports that are like others, by what they have in common."""

    @cached_property
    def named(self) -> tuple[Intervals, ...]:
        """What rules name of ports."""
        return named_ports(self.world, self.family)

    @cached_property
    def unnamed_port(self) -> int:
        """The port that stands for all nobody speaks of."""
        return unnamed_port(self.world, self.named)

    @cached_property
    def same_ports(self) -> SamePorts:
        """Published ports, in classes that nothing tells apart."""
        return SamePorts(self.world, self.family, self.named)

    @cached_property
    def classes(self) -> tuple[Alike, ...]:
        """The host's own addresses, in classes that nothing tells apart."""
        return alike(self.world, self.family, own_addresses(self.world, self.family))

    def judged(self, offer: Offer) -> Exposure:
        """One offer, judged."""
        if offer.kind is Kind.MACVLAN:
            reach: tuple[Reach, ...] = (self.on_the_wire(offer),)
        else:
            reach = tuple(self.reaches(offer)) or (self.nothing_to_ask(offer),)
        severity = self.judge.severity(reach)
        if severity is Severity.CLOSED:
            local = self.from_host(offer)
            if local is not None:
                reach = (*reach, local)
                severity = self.judge.severity(reach)
        return Exposure(offer, severity, reach)

    def on_the_wire(self, offer: Offer) -> Reach:
        """A macvlan or ipvlan container: this firewall does not see its packets."""
        everything = AddressSet.everything(self.family)
        return Reach(
            "",
            Behind.LAN,
            (offer.container_ip or "",),
            "direct",
            AddressSet.nothing(self.family),
            everything,
            (),
            ("It is on the wire itself: this host's firewall does not govern it.",),
            ("not governed by this firewall",),
            unknown_cells=self.side.cells.everything,
        )

    def nothing_to_ask(self, offer: Offer) -> Reach:
        """No interface or address of the host is known: nobody can say who gets in."""
        doubt = "the host's interfaces and addresses were not read"
        return replace(self.on_the_wire(offer), to=(), via="", reasons=(), doubts=(doubt,))

    def reaches(self, offer: Offer) -> Iterator[Reach]:
        """By every interface, grouped where the answer is the same for several addresses."""
        for interface in self.interfaces:
            answers: dict[tuple[object, ...], list[Reach]] = {}
            for question in self.questions(offer, interface):
                for reach in self.ask(offer, interface, question):
                    key = (reach.via, reach.accept_cells, reach.unknown_cells)
                    answers.setdefault(key, []).append(reach)
            for same in answers.values():
                yield _together(same)

    def questions(self, offer: Offer, interface: Interface) -> Iterator[_Question]:
        """The destinations by which an offer could be reached."""
        if offer.kind is Kind.DIRECT:
            assert offer.container_ip is not None
            if not self.on_own_bridge(offer, interface):
                port = offer.container_port or self.unnamed_port
                number = parse_address(offer.container_ip)[1]
                yield _Question(number, port, (offer.container_ip,))
            return
        assert offer.host_port is not None
        for each in self.destinations(offer.host_ip):
            to = each.on(interface.name)
            if to:
                yield _Question(each.number, offer.host_port, to)

    def on_own_bridge(self, offer: Offer, interface: Interface) -> bool:
        """Containers of one network reach each other without crossing the host's routing."""
        return any(
            network.bridge == interface.name and network.name == offer.network
            for network in self.world.networks.values()
        )

    def destinations(self, host_ip: str | None) -> Iterable[Alike]:
        if host_ip in (None, "0.0.0.0", "::"):
            return self.classes
        number = parse_address(host_ip or "")[1]
        for each in self.classes:
            for address in each.addresses:
                if address.number == number:
                    return (Alike((address,)),)
        text = format_address(self.family, number)
        return (Alike((OwnAddress(number, text, "", False),)),)

    def ask(self, offer: Offer, interface: Interface, question: _Question) -> tuple[Reach, ...]:
        """Who gets in by one interface to one destination, once for each way in."""
        proto = NUMBERS[offer.protocol]
        query = Query(self.family, interface.name, question.number, proto, question.port)
        place = self.same_ports.place(offer, query)
        known = self.answered.get((place.alike, question.to)) if place is not None else None
        if known is not None and place is not None:
            return tuple([_like(each, question.port, place.inner) for each in known])
        journey = follow(self.world, query)
        found = tuple(self.of_journey(offer, interface, journey, question.to))
        if place is not None and is_like_others(journey):
            self.answered[place.alike, question.to] = found
        return found

    def of_journey(
        self, offer: Offer, interface: Interface, journey: Journey, to: tuple[str, ...]
    ) -> Iterator[Reach]:
        served = [opened for opened in journey.opened if _serves(offer, opened)]
        ways = dict.fromkeys([opened.delivery.via for opened in served])
        if journey.astray and not ways:
            ways = {"": None}
        if not ways:
            yield self.reach(interface, "", journey, Reached(0, 0), to)
        for via in ways:
            yield self.reach(interface, via, journey, reached(_by(via, journey, served)), to)

    def reach(
        self,
        interface: Interface,
        via: str,
        journey: Journey,
        found: Reached,
        to: tuple[str, ...],
    ) -> Reach:
        cells = self.side.cells
        return Reach(
            interface.name,
            interface.behind,
            to,
            via,
            cells.addresses(found.accept),
            cells.addresses(found.unknown),
            deciding(journey, found.accept | found.unknown),
            tuple(dict.fromkeys(loss.why for loss in journey.losses if loss.why)),
            tuple(dict.fromkeys(doubt.text for doubt in journey.doubts)),
            found.accept,
            found.unknown,
            None if journey.astray else (_entered(to, journey),),
        )

    def from_host(self, offer: Offer) -> Reach | None:
        """Whether the host itself gets in, at the address it would use."""
        if offer.kind is Kind.MACVLAN:
            return None
        text: str | None
        port: int | None
        if offer.kind is Kind.DIRECT:
            text, port = offer.container_ip, offer.container_port or self.unnamed_port
        else:
            loopback = "127.0.0.1" if self.family is Family.IPV4 else "::1"
            wildcard = offer.host_ip in (None, "0.0.0.0", "::")
            text, port = loopback if wildcard else offer.host_ip, offer.host_port
        if text is None or port is None:
            return None
        number = parse_address(text)[1]
        query = Query(self.family, "", number, NUMBERS[offer.protocol], port)
        journey = follow_from_host(self.world, query)
        if not any(_serves(offer, opened) for opened in journey.opened):
            return None
        sure = not journey.losses
        inside = Interface("lo", Behind.HOST)
        cells = self.side.cells.mask(self.side.own)
        return self.reach(
            inside,
            journey.opened[0].delivery.via,
            journey,
            Reached(cells, 0) if sure else Reached(0, cells),
            (text,),
        )


def _like(reach: Reach, port: int, inner: Query) -> Reach:
    """The same for another port, whose packets docker-proxy passes on by another connection."""
    entered = [
        each._replace(port=port, proxied=frozenset((inner,)) if each.proxied else each.proxied)
        for each in reach.entered or ()
    ]
    return replace(reach, entered=None if reach.entered is None else tuple(entered))


def _entered(to: tuple[str, ...], journey: Journey) -> Entered:
    hooks, proxied = frozenset(journey.hooks), frozenset(journey.proxied)
    return Entered(to, journey.came, hooks=hooks, proxied=proxied)


def _serves(offer: Offer, opened: Opened) -> bool:
    """Whether it is this offer that was reached, and not another at the same place."""
    delivery = opened.delivery
    if offer.kind is Kind.HOST_NETWORK:
        return True
    if delivery.container is None or offer.container is None:
        return offer.container_ip in (None, delivery.address)
    return delivery.container == offer.container


def _by(via: str, journey: Journey, served: Sequence[Opened]) -> Journey:
    """A journey as it was by one way alone; what went to another than the one asked for is lost."""
    opened = [each for each in served if each.delivery.via == via]
    if len(opened) == len(journey.opened):
        return journey
    elsewhere = [
        Loss("elsewhere", each.choice, each.clients, "")
        for each in journey.opened
        if each not in served
    ]
    return replace(journey, opened=opened, losses=[*journey.losses, *elsewhere])


def _together(same: list[Reach]) -> Reach:
    """Reaches to which the answer is the same, as one."""
    if len(same) == 1:
        return same[0]
    entered: tuple[Entered, ...] | None = ()
    for each in same:
        entered = None if entered is None or each.entered is None else entered + each.entered
    to = tuple(text for each in same for text in each.to)
    return replace(same[0], to=to, entered=entered)


def deciding(journey: Journey, getting_in: int) -> tuple[Hit, ...]:
    """The rules that decide: what lets in, what changes the destination, and what keeps out."""
    found = _told(journey.hits, getting_in)
    if not found:
        found = _told(journey.reply_hits, journey.side.cells.everything, keeping=True)
    if not found:
        met = [hit for hit in journey.hits if isinstance(hit, Hit) and hit.key.table == "filter"]
        found = met[-1:]
    return tuple(found)


def _told(hits: Iterable[Hit | Stretch], getting_in: int, keeping: bool = False) -> list[Hit]:
    """The deciding rules among hits, each once; with `keeping`, only those that keep out."""
    found: dict[object, Hit] = {}
    for hit in hits:
        action = hit.action
        if action in _KEEPING:
            decides = keeping or hit.clients & ~getting_in
        else:
            decides = not keeping and action in _LETTING and hit.clients & getting_in
        if not decides:
            continue
        for each in first_hits(hit, MOST_RULES):
            if each.rule is not None:
                found.setdefault(id(each.rule), each)
            elif action in _KEEPING:
                found.setdefault((id(each.key), each.chain), each)
        if len(found) >= MOST_RULES:
            break
    return list(found.values())[:MOST_RULES]


_LETTING = ("ACCEPT", "DNAT", "REDIRECT", "NETMAP")
_KEEPING = ("DROP", "REJECT")
