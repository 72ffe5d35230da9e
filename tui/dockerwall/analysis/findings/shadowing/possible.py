"""The packets that can come to each base chain of one host, as its links and routes are.

More than can really come, never less: what other tables do to packets is left out. So a rule that
none of these can come to is dead on this host.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce

from dockerwall.analysis.addrtypes import MULTICAST
from dockerwall.analysis.findings.shadowing import icmp
from dockerwall.analysis.findings.shadowing.chains import Rows
from dockerwall.analysis.findings.shadowing.fields import NO_INTERFACE, STATES, state_bits
from dockerwall.analysis.findings.shadowing.judging import hook_region
from dockerwall.analysis.findings.shadowing.region import Region, holds, overlap
from dockerwall.analysis.packet import CLIENT, UDP, Packet
from dockerwall.analysis.passage import Passage
from dockerwall.analysis.routing import LINK_LOCAL_6
from dockerwall.analysis.settings import forwarding
from dockerwall.analysis.side import LOOPBACK, Side
from dockerwall.analysis.validation import validated
from dockerwall.analysis.world import World
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import Dnat, Netmap, NoTrack, Redirect, UnknownTarget

HOOKS = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")


def possible(world: World, rows: Rows) -> dict[str, list[Region]]:
    """By base chain, the regions of packets that can come to it."""
    side = world.sides[rows.table.key.family]
    inward = list(_arriving(world, side, rows))
    out = list(_leaving(world, side, rows))
    sent = [*out, {"dst": MULTICAST[side.family]}]
    if side.family is Family.IPV6:
        sent.append({"dst": LINK_LOCAL_6})
    if "lo" in rows.domain.place:
        looped = _own(side) | LOOPBACK[side.family] if _plain(side) else None
        sent.append({"oif": rows.domain.named("lo", False), **({"dst": looped} if looped else {})})
    local: Region = {"dst": _own(side)}
    coming = list(_forwarding(world, side, inward, rows))
    forwarded = [*_both(coming, out), *_turned_back(coming, side)]
    own: Region = {"iif": rows.domain.named(NO_INTERFACE, False)}
    kinds: dict[str, Iterable[Region]] = {
        "PREROUTING": ({"iif": region["iif"]} for region in inward),
        "INPUT": _both(inward, [local]),
        "FORWARD": forwarded,
        # OUTPUT goes on with the interface of the first look-up after nat changed the destination.
        "OUTPUT": _anywhere(sent) if _translates(side) else sent,
        "POSTROUTING": (*forwarded, *_both([own], sent)),
    }
    tracked = _tracked(side, rows)
    return {
        hook: list(
            _both(
                _both(kinds[hook], [hook_region(rows.table.key.table, hook, rows.domain)]), tracked
            )
        )
        for hook in HOOKS
    }


def _tracked(side: Side, rows: Rows) -> list[Region]:
    """Packets by what conntrack can say of them: ICMP's types, and no UNTRACKED without a rule."""
    family, table = rows.table.key.family, rows.table.key.table
    lone = ["INVALID", "UNTRACKED"] if table == "raw" or _untracks(side) else ["INVALID"]
    some = state_bits(state for state in STATES if state[0] not in ("INVALID", "UNTRACKED"))
    none = state_bits(state for state in STATES if state[0] in lone)
    related = state_bits(state for state in STATES if state[0] == "RELATED")
    unseen = state_bits(state for state in STATES if state[0] == "UNTRACKED")
    number = Intervals.single(icmp.protocol(family))
    speaking, errors = icmp.conversing(family), icmp.errors(family)
    others = Intervals.upto(65535) - speaking - errors
    found: list[Region] = [
        {"proto": Intervals.upto(255) - number, "ct": some | none},
        {"proto": number, "icmp": speaking, "ct": some & ~related | none},
        {"proto": number, "icmp": errors, "ct": related | none},
        {"proto": number, "icmp": others - icmp.NEIGHBOURS, "ct": none},
    ]
    if family is Family.IPV6:
        first = none if table == "raw" else 0
        found.append({"proto": number, "icmp": icmp.NEIGHBOURS, "ct": unseen | first})
    else:
        found.append({"proto": number, "icmp": others & icmp.NEIGHBOURS, "ct": none})
    return found


def _translates(side: Side) -> bool:
    """Whether any rule changes destinations."""
    return any(
        isinstance(rule.target, Dnat | Redirect | Netmap | UnknownTarget)
        for (_, name), table in side.tables.items()
        if name == "nat"
        for chain in table.chains.values()
        for rule in chain.rules
    )


def _untracks(side: Side) -> bool:
    """Whether any rule takes packets out of tracking."""
    return any(
        isinstance(rule.target, NoTrack | UnknownTarget)
        for (_, name), table in side.tables.items()
        if name == "raw"
        for chain in table.chains.values()
        for rule in chain.rules
    )


def _forwarding(world: World, side: Side, inward: Iterable[Region], rows: Rows) -> Iterator[Region]:
    """What comes in by an interface whose packets may be passed on."""
    for region in inward:
        names = [name for name, place in rows.domain.place.items() if holds(region["iif"], place)]
        if names != ["lo"] and _passed_on(world, side, names):
            yield region


def _passed_on(world: World, side: Side, interfaces: Iterable[str]) -> bool:
    """Whether packets of any of these interfaces may be forwarded."""
    return any(forwarding(world, side.family, name) is not False for name in interfaces)


def _anywhere(regions: Iterable[Region]) -> Iterator[Region]:
    """The same whatever the destination."""
    for region in regions:
        yield {name: value for name, value in region.items() if name != "dst"}


def _turned_back(coming: Iterable[Region], side: Side) -> Iterator[Region]:
    """IPv6's link-local destinations, which lead out by where they came in."""
    for region in coming if side.family is Family.IPV6 else ():
        yield {**region, "oif": region["iif"], "dst": LINK_LOCAL_6}


def _both(some: Iterable[Region], others: Iterable[Region]) -> Iterator[Region]:
    found = tuple(others)
    for one in some:
        for other in found:
            common = overlap(one, other)
            if common is not None:
                yield common


def devices(world: World) -> list[str]:
    """The interfaces that packets come in or leave by; a bridge's ports are not among them."""
    links = world.snapshot.links or ()
    return [link.name for link in links if link.up and link.master is None and link.name != "lo"]


def _arriving(world: World, side: Side, rows: Rows) -> Iterator[Region]:
    """By interface, the sources that are believed there; loopback's too."""
    if world.snapshot.links is None:
        yield {"iif": (1 << len(rows.domain.names)) - 1}
        return
    for name in devices(world):
        yield {"iif": rows.domain.named(name, False), "src": believed_sources(world, side, name)}
    if "lo" in rows.domain.place:
        yield {"iif": rows.domain.named("lo", False)}


def believed_sources(world: World, side: Side, interface: str) -> Intervals:
    """The sources whose packets are not taken for impossible on an interface."""
    packet = Packet(CLIENT, side.own.spans[0][0] if side.own else 1, UDP, 1, 1, interface)
    believed = validated(Passage(world, side), packet, side.cells.everything)
    return side.cells.numbers(believed)


def _own(side: Side) -> Intervals:
    """What the host takes for itself, by whatever table."""
    own = reduce(
        lambda found, hop: found | hop.numbers,
        (
            hop
            for hops in side.fib.tables.values()
            for hop in hops
            if hop.way.type in ("local", "broadcast", "anycast")
        ),
        MULTICAST[side.family] | side.own,
    )
    return own | Intervals.single(side.family.last) if side.family is Family.IPV4 else own


def _leaving(world: World, side: Side, rows: Rows) -> Iterator[Region]:
    """By interface, the destinations that some route of some table leads out by it."""
    domain = rows.domain
    if world.snapshot.links is None or not side.fib.known:
        yield {"oif": (1 << len(domain.names)) - 1}
        return
    for name in devices(world):
        numbers = Intervals()
        for hops in side.fib.tables.values():
            for hop in hops:
                if name in hop.way.interfaces and hop.way.type in ("unicast", "broadcast"):
                    numbers = numbers | (hop.numbers - taken_before(side, hop.prefix, name))
        if side.family is Family.IPV6:
            numbers = numbers - LINK_LOCAL_6
        if _plain(side):
            numbers = numbers - _own(side)
        if numbers:
            yield {"oif": domain.named(name, False), "dst": numbers}


def _plain(side: Side) -> bool:
    """Whether there are no policy rules but the usual three."""
    return side.fib.rules is not None and len(side.fib.rules) <= 3


def taken_before(side: Side, prefix: int, interface: str) -> Intervals:
    """Destinations that longer prefixes surely lead elsewhere: with policy rules, none."""
    if not _plain(side):
        return Intervals()
    found = Intervals()
    for hop in side.fib.tables.get("main", ()):
        if hop.prefix > prefix and interface not in hop.way.interfaces:
            found = found | hop.numbers
    return found
