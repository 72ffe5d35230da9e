"""A connection's whole way: the first packet to whoever takes it, and from there back.

The first packet is followed to a process, then the reply back to the client (`answering`), since
a connection is open only when both get through.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dockerwall.analysis import whereabouts
from dockerwall.analysis.answering import Answering
from dockerwall.analysis.boxes import Boxes, boxed
from dockerwall.analysis.connection import Delivery, Journey, Opened, Query, first_packet
from dockerwall.analysis.crossing import Crossing
from dockerwall.analysis.hits import Notes
from dockerwall.analysis.listening import Taker, takers
from dockerwall.analysis.packet import (
    CLIENT,
    ICMP,
    ICMPV6,
    SCTP,
    TCP,
    Choice,
    Packet,
)
from dockerwall.analysis.passage import Passage
from dockerwall.analysis.replies import error_to, reply_to
from dockerwall.analysis.sending import Sending
from dockerwall.analysis.world import World
from dockerwall.model.addresses import format_address, parse_address
from dockerwall.model.docker import Container
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family

EPHEMERAL = Intervals(((32768, 60999),))
"""Source ports the host itself chooses from (net.ipv4.ip_local_port_range, its default)."""

__all__ = [
    "Delivery",
    "Journey",
    "Opened",
    "Query",
    "follow",
    "follow_from_container",
    "follow_from_host",
]


def follow(world: World, query: Query, clients: int | None = None) -> Journey:
    """Follow a new connection from every client (or those of a mask of cells)."""
    side = world.sides[query.family]
    journey = Journey(query, side)
    if clients is None:
        clients = side.cells.everything
    _Traveller(world, journey).arrive(clients)
    return journey


def follow_from_host(
    world: World, query: Query, source: int | None = None, behind: tuple[Query, ...] = ()
) -> Journey:
    """Follow a new connection that the host itself opens, from the address it would choose.

    With a source it is opened from that one, and its port is anybody's choice. `behind` are the
    connections that docker-proxy opened on the way to this one.
    """
    journey = world.departures.get((query, source))
    if not isinstance(journey, Journey):
        journey = Journey(query, world.sides[query.family])
        _Traveller(world, journey, behind=behind).depart(source)
        world.departures[query, source] = journey
    return journey


def follow_from_container(world: World, query: Query, source: int) -> Journey:
    """Follow a new connection that a container opens itself, from its address."""
    journey = world.outings.get((query, source))
    if not isinstance(journey, Journey):
        journey = follow(world, query, world.sides[query.family].cells.cell(source))
        world.outings[query, source] = journey
    return journey


def follow_error(world: World, query: Query, code: int, clients: int) -> Journey:
    """Follow a new connection answered with an ICMP error (type * 256 + code)."""
    journey = Journey(query, world.sides[query.family])
    _Traveller(world, journey, partial(error_to, code=code)).arrive(clients)
    return journey


class _Traveller:
    """Carries one query's packets to their end, and the replies back."""

    def __init__(
        self,
        world: World,
        journey: Journey,
        answer: Callable[[Packet, Family], Packet] = reply_to,
        behind: tuple[Query, ...] = (),
    ) -> None:
        self.world = world
        self.journey = journey
        self.query = journey.query
        self.behind = behind
        self.family = journey.side.family
        first = Notes(journey.hits, journey.doubts)
        self.passage = Passage(
            world, journey.side, first, journey.losses, journey.astray, journey.hooks
        )
        self.back = Answering(world, journey, answer)

    def arrive(self, clients: int) -> None:
        """From the wire to whoever takes it."""
        self.beside_the_host(clients)
        crossing = Crossing(self.world, self.journey.side, self.passage)
        local, forwarded = crossing.enter(boxed(first_packet(self.query, CLIENT), clients))
        self.journey.came["FORWARD"].first.merge(forwarded)
        self.journey.came["INPUT"].first.merge(local)
        self.take_forwarded(crossing.forward(forwarded))
        self.take_local(self.passage.hook("INPUT", local))
        if all(self.never_opens(packet) for packet in local.packets):
            self.journey.hooks.discard("INPUT")

    def beside_the_host(self, clients: int) -> None:
        """A macvlan or ipvlan container takes its packets off the wire before the host can."""
        doubt = whereabouts.on_the_wire(self.world, self.family, self.query.dst, self.query.iif)
        if doubt:
            packet = first_packet(self.query, CLIENT)
            self.passage.doubt(doubt, boxed(packet, clients))
            delivery = self.forward_delivery(packet)
            self.journey.delivered.append(Opened(delivery, packet.choice, clients))
            self.journey.opened.append(Opened(delivery, packet.choice, clients))

    def depart(self, source: int | None = None) -> None:
        """From the host itself, to itself or to a container."""
        sending = Sending(self.world, self.journey.side, self.passage)
        ports = Choice(sport=EPHEMERAL) if source is None else Choice()
        if source is None:
            source = sending.source_for(self.query.dst)
        packet = first_packet(self.query, self.query.dst if source is None else source)
        packet = packet._replace(choice=ports)
        if source is None and self.world.snapshot.addresses is None:
            self.passage.mislay("the host's own addresses were not read", boxed(packet, 1))
            return
        if source is None:
            self.passage.lose(packet, 1, why="there is no way to it")
            return
        looped = Boxes()
        outward = Boxes()
        for box, clients in sending.send(boxed(packet, 1)):
            (looped if box.oif == "lo" else outward).add(box, clients)
        self.take_forwarded(outward)
        self.take_local(sending.loop(looped))

    def take_forwarded(self, boxes: Boxes) -> None:
        """To a container, or beyond this host."""
        for packet, clients in boxes:
            if elsewhere := whereabouts.led_elsewhere(self.world, self.family, packet):
                if whereabouts.never_returns(self.world, self.family, packet, self.query.iif):
                    self.passage.lose(packet, clients, why=elsewhere)
                else:
                    self.passage.mislay(elsewhere, boxed(packet, clients))
                continue
            if unknown := whereabouts.unknown_there(self.world, self.family, packet):
                self.passage.doubt(unknown, boxed(packet, clients))
            delivery = self.forward_delivery(packet)
            self.journey.delivered.append(Opened(delivery, packet.choice, clients))
            self.back.forwarded(delivery, packet, clients)

    def forward_delivery(self, packet: Packet) -> Delivery:
        container = self.world.by_address.get((self.family, packet.dst))
        translated = packet.conn is not None and packet.conn.dnat
        return Delivery(
            "container" if container else "forward",
            container.name if container else None,
            format_address(self.family, packet.dst),
            packet.dport,
            "dnat" if translated else "direct",
        )

    def take_local(self, boxes: Boxes) -> None:
        """To the process that listens, if one does."""
        for packet, everyone in boxes:
            clients = self.answerable(packet, everyone)
            address = format_address(self.family, packet.dst)
            if packet.proto in (ICMP, ICMPV6):
                self.answered(Delivery("host", None, address, 0, "listen"), packet, clients)
            elif self.world.listeners is None:
                box = boxed(packet, clients)
                self.passage.doubt("which processes listen was not read", box)
                self.answered(
                    Delivery("host", None, address, packet.dport, "listen"), packet, clients
                )
            else:
                self.find_taker(address, packet, clients)

    def answerable(self, packet: Packet, clients: int) -> int:
        """The clients a process can answer: not those without an address of their own."""
        if self.family is Family.IPV4 or packet.src != CLIENT:
            return clients
        nobody = clients & self.journey.side.never_answered
        self.passage.lose(packet, nobody, why="no answer can be sent to such a source")
        return clients & ~nobody

    def never_opens(self, packet: Packet) -> bool:
        """Whether it asks for a connection at a broadcast or multicast address, which nobody opens
        whatever rules say.
        """
        return packet.proto in (TCP, SCTP) and packet.dst in self.journey.side.groups

    def find_taker(self, address: str, packet: Packet, clients: int) -> None:
        if self.never_opens(packet):
            self.passage.lose(packet, clients, why="no connection is opened at such an address")
            return
        found = takers(self.world, self.family, packet.dst, packet.proto, packet.dport, packet.iif)
        if not found:
            nobody = Delivery("none", None, address, packet.dport, "listen")
            self.journey.delivered.append(Opened(nobody, packet.choice, clients))
            self.passage.lose(packet, clients, "no process listens on this port", "reject")
        for taker in found:
            self.give(taker, address, packet, clients)

    def give(self, taker: Taker, address: str, packet: Packet, clients: int) -> None:
        """To a process; docker-proxy opens a connection of its own to the container."""
        container, port = taker.container, taker.published
        name = container.name if container else None
        if container is None or port is None:
            kind = "container" if container else "host"
            self.answered(Delivery(kind, name, address, packet.dport, "listen"), packet, clients)
            return
        inside = proxy_target(container)
        if inside is None:
            self.passage.mislay(
                "docker-proxy's container has no known address", boxed(packet, clients)
            )
            return
        target = format_address(*inside)
        delivery = Delivery("container", name, target, port.container_port, "proxy")
        self.journey.delivered.append(Opened(delivery, packet.choice, clients))
        inner = Query(inside[0], "", inside[1], packet.proto, port.container_port)
        self.journey.proxied.add(inner)
        if self.proxied(inner, packet, clients):
            self.back.local(delivery, packet, clients)

    def proxied(self, inner: Query, packet: Packet, clients: int) -> bool:
        """Whether docker-proxy's own connection to the container gets through, perhaps at least."""
        answer = proxied(self.world, inner, self.behind)
        box = boxed(packet, clients)
        if answer == "no":
            self.passage.lose(
                packet, clients, why="docker-proxy's own connection to the container is dropped"
            )
            return False
        if answer == "unknown":
            self.passage.doubt("docker-proxy's own connection is not decided", box)
        return True

    def answered(self, delivery: Delivery, packet: Packet, clients: int) -> None:
        self.journey.delivered.append(Opened(delivery, packet.choice, clients))
        self.back.local(delivery, packet, clients)


def proxied(world: World, query: Query, behind: tuple[Query, ...] = ()) -> str:
    """Whether docker-proxy's own connection to a container gets through: yes, no or unknown.

    Its packets are the same whoever the client is, so it is either all or none. Where a rule leads
    it back to docker-proxy it goes round until something gives way: nobody can say what.
    """
    answer = world.memo.get(query)
    if answer is None:
        if query in behind:
            return "unknown"
        leg = follow_from_host(world, query, behind=(*behind, query))
        answer = "no" if not leg.opened and not leg.astray else "yes"
        if answer == "yes" and (leg.losses or leg.astray):
            answer = "unknown"
        world.memo[query] = answer
    return answer


def proxy_target(container: Container) -> tuple[Family, int] | None:
    """The address docker-proxy connects to: the container's first, IPv4 before IPv6."""
    for family in ("ipv4", "ipv6"):
        for endpoint in container.endpoints:
            text = getattr(endpoint, family)
            if text:
                return parse_address(text.partition("/")[0])
    return None
