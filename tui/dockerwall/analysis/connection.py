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
    forwarded: Boxes = field(default_factory=Boxes)
    """The first packet as it comes to FORWARD, where it is to be forwarded."""
    later: Boxes = field(default_factory=Boxes)
    """Replies and what follows them, as they come to FORWARD, where they are to be forwarded."""
