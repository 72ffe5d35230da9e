"""What conntrack makes of ICMP by its types (nf_conntrack_proto_icmp.c and _icmpv6.c)."""

from __future__ import annotations

from dockerwall.analysis.packet import ICMP, ICMPV6
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family

_REQUESTS = {Family.IPV4: (8, 13, 15, 17), Family.IPV6: (128, 139)}
_REPLIES = {Family.IPV4: (0, 14, 16, 18), Family.IPV6: (129, 140)}
_ERRORS = {Family.IPV4: (3, 4, 5, 11, 12), Family.IPV6: (1, 2, 3, 4)}
NEIGHBOURS = Intervals(((130 << 8, (138 << 8) - 1), (143 << 8, (144 << 8) - 1)))
"""ICMPv6 that keeps a network together: never tracked."""


def protocol(family: Family) -> int:
    """ICMP's number."""
    return ICMP if family is Family.IPV4 else ICMPV6


def _types(numbers: tuple[int, ...]) -> Intervals:
    return Intervals.of((number << 8, (number << 8) + 255) for number in numbers)


def conversing(family: Family) -> Intervals:
    """Types that open a connection or answer in one."""
    return _types((*_REQUESTS[family], *_REPLIES[family]))


def errors(family: Family) -> Intervals:
    """Types that tell of trouble with another packet, and are RELATED to its connection."""
    return _types(_ERRORS[family])
