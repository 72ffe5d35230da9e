"""A connection to be judged, and what became of it: what a journey is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from dockerwall.analysis.boxes import Boxes
from dockerwall.analysis.hits import Doubt, Hit, Stretch
from dockerwall.analysis.packet import ACK, CHOSEN, CLIENT, SYN, TCP, Choice, Conn, Packet
from dockerwall.analysis.passage import Loss
from dockerwall.analysis.side import Side
from dockerwall.model.kinds import Family


class Query(NamedTuple):
    """A new connection to be judged, its client's address left open."""

    family: Family
    iif: str
    """The interface it arrives by; empty for one that the host itself opens."""
    dst: int
    proto: int
    dport: int
    """For ICMP: type * 256 + code."""
    sport: int | None = None
    """None: the sender may choose."""


def first_packet(query: Query, source: int) -> Packet:
    """The packet that asks for the connection."""
    _, iif, dst, proto, dport, sport = query
    flags = SYN if proto == TCP else 0
    return Packet(source, dst, proto, CHOSEN if sport is None else sport, dport, iif, "", flags)


def third_packet(query: Query, choice: Choice, entry: Conn | None) -> Packet:
    """The packet that completes TCP's handshake, with what is left of the sender's choices."""
    _, iif, dst, proto, dport, sport = query
    sent = (CLIENT, dst, proto, CHOSEN if sport is None else sport, dport, iif, "", ACK)
    return Packet(*sent, entry=entry, choice=choice, assured=True)


class Delivery(NamedTuple):
    """Who gets the packet."""

    kind: str
    """container, host, forward or none."""
    container: str | None
    address: str
    port: int
    via: str
    """dnat, proxy, direct or listen."""


class Opened(NamedTuple):
    """A connection that can be opened, by which clients and with which of the sender's choices."""

    delivery: Delivery
    choice: Choice
    clients: int


def _nothing_came() -> dict[str, Came]:
    return {hook: Came(Boxes(), Boxes()) for hook in ("FORWARD", "INPUT")}


class Came(NamedTuple):
    """A connection's packets as they came to one hook."""

    first: Boxes
    """What asks for it."""
    later: Boxes
    """What comes of it: the replies, and what follows them."""


@dataclass
class Journey:
    """What became of a query's packets."""

    query: Query
    side: Side
    opened: list[Opened] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    astray: list[Loss] = field(default_factory=list)
    """Packets of which nobody can say where they go."""
    delivered: list[Opened] = field(default_factory=list)
    """Where the first packet came to, whether or not the reply got back."""
    hits: list[Hit | Stretch] = field(default_factory=list)
    """Rules the first packet met."""
    reply_hits: list[Hit | Stretch] = field(default_factory=list)
    """Rules later packets met."""
    doubts: list[Doubt] = field(default_factory=list)
    hooks: set[str] = field(default_factory=set)
    """The hooks that any of its packets passed, and that may have a say in what becomes of it."""
    proxied: set[Query] = field(default_factory=set)
    """The connections that docker-proxy opened of its own: they pass hooks of their own."""
    came: dict[str, Came] = field(default_factory=_nothing_came)
    """What comes to FORWARD, and to INPUT."""
