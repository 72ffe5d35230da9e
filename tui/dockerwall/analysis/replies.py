"""What answers a packet that arrived: the reply, or an ICMP error that refuses it."""

from __future__ import annotations

from dockerwall.analysis.packet import (
    ERROR,
    ICMP,
    ICMPV6,
    SYN_ACK,
    TCP,
    Packet,
    echo_reply,
)
from dockerwall.model.kinds import Family


def reply_to(first: Packet, family: Family) -> Packet:
    """The packet that answers one that arrived."""
    return Packet(
        src=first.dst,
        dst=first.src,
        proto=first.proto,
        sport=first.dport,
        dport=echo_reply(first.proto, first.sport),
        iif="",
        flags=SYN_ACK if first.proto == TCP else 0,
        reply=first.conn is not None,
        entry=first.conn,
        choice=first.choice,
    )


def error_to(first: Packet, family: Family, code: int) -> Packet:
    """The ICMP error (type * 256 + code) that refuses a packet, related to its connection."""
    proto = ICMP if family is Family.IPV4 else ICMPV6
    flags = ERROR if first.conn is not None else 0
    return reply_to(first, family)._replace(proto=proto, sport=0, dport=code, flags=flags)
