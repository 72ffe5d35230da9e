"""A set of packets: everything but the client's address is the same for all of them.

The client's address is what a walk keeps open; where it stands in a packet the number is CLIENT,
and a mask of cells says which addresses are meant. A port the client may choose is CHOSEN, and
`choice` says what of it is left; one the kernel chose is ANY, and nobody can say.
"""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.model.intervals import Intervals

CLIENT = -1
"""In the place of an address: the client's."""
CHOSEN = -1
"""In the place of a port: the client's choice."""
ANY = -2
"""In the place of a port: chosen by the kernel."""

SYN, RST, ACK, SYN_ACK = 0x02, 0x04, 0x10, 0x12
ERROR = 0x100
"""Among the flags: an ICMP error about a connection, which conntrack calls RELATED."""
TCP, UDP, ICMP, ICMPV6, SCTP = 6, 17, 1, 58, 132


class Choice(NamedTuple):
    """What of the sender's free choices is left: the same all along a packet's way."""

    sport: Intervals = Intervals(((0, 65535),))
    ttl: Intervals = Intervals(((1, 255),))
    length: Intervals = Intervals(((20, 65535),))
    dscp: Intervals = Intervals(((0, 63),))
    header: Intervals = Intervals(((0, 255),))
    """An IPv6 extension header by number; 255 for none."""


class Conn(NamedTuple):
    """A conntrack entry: the original direction's tuple, and the reply's."""

    src: int
    sport: int
    dst: int
    dport: int
    reply_src: int
    reply_sport: int
    reply_dst: int
    reply_dport: int
    mark: int = 0
    dnat: bool = False
    snat: bool = False


class Packet(NamedTuple):
    """One box of packets at one point of their way."""

    src: int
    dst: int
    proto: int
    sport: int
    dport: int
    iif: str
    oif: str = ""
    flags: int = 0
    mark: int = 0
    state: str = "INVALID"
    """The conntrack state: INVALID also stands for a packet conntrack has not seen yet."""
    reply: bool = False
    """Whether conntrack counts it to the reply's direction."""
    conn: Conn | None = None
    entry: Conn | None = None
    """For a later packet: the entry conntrack will find when it gets to see it."""
    choice: Choice = Choice()
    assured: bool = False
    """Whether the handshake is complete (--ctstatus ASSURED)."""
    sure: bool = True
    """Whether these packets surely come here, or only perhaps."""


def leaving(packet: Packet, oif: str) -> Packet:
    """The packet once it is known where it leaves by."""
    return tuple.__new__(Packet, (*packet[:6], oif, *packet[7:]))  # far faster than _replace


def to_port(packet: Packet, port: int) -> Packet:
    """The same packet of a connection to another port, of which nothing is translated."""
    conn = packet.conn
    if conn is not None:
        conn = conn._replace(dport=port, reply_sport=port)
    return packet._replace(dport=port, conn=conn)


def tracked(packet: Packet) -> Packet:
    """The packet once conntrack has seen it: with the entry found, or a new one made.

    A packet that can open no connection (a reset, or TCP's SYN/ACK) has none and stays INVALID.
    """
    entry, flags = packet.entry, packet.flags
    if entry is not None:
        state = "RELATED" if flags & ERROR else "ESTABLISHED"
        known = (state, packet.reply, entry, None)
        return tuple.__new__(Packet, (*packet[:9], *known, *packet[13:]))
    if flags & RST or flags & SYN_ACK == SYN_ACK:
        return packet
    src, dst, _, sport, dport = packet[:5]
    made = ("NEW", False, Conn(src, sport, dst, dport, dst, dport, src, sport), None)
    return tuple.__new__(Packet, (*packet[:9], *made, *packet[13:]))


assert Packet._fields[6] == "oif"
assert Packet._fields[9:13] == ("state", "reply", "conn", "entry")


def echo_reply(proto: int, dport: int) -> int:
    """The type and code of the answer to an ICMP request; a port stays as it is."""
    if proto == ICMP:
        return 0
    return 129 << 8 if proto == ICMPV6 else dport
