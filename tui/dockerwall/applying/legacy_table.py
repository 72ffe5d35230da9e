"""The filter table of the legacy variant, as the bytes in which the kernel holds it.

Equal bytes are equal rules at equal places: the kernel gives them out as they were put in, apart
from the counters, which are blanked here. Source: include/uapi/linux/netfilter_ipv4/ip_tables.h,
netfilter_ipv6/ip6_tables.h, netfilter/x_tables.h; the layout is the machine's own.
"""

from __future__ import annotations

import ctypes
import socket
from pathlib import Path
from struct import Struct, calcsize
from typing import NamedTuple

from dockerwall.model.kinds import Family

_NAME = b"filter"
_GET_INFO, _GET_ENTRIES = 64, 65
_INFO = Struct("@32sI5I5III")
"""struct ipt_getinfo: name, valid hooks, hook entries, underflows, number of entries, size."""
_HEAD = Struct("@32sI0Q")
"""struct ipt_get_entries before its entries: name, size."""
_LENGTH = Struct("@H")
_COUNTERS = calcsize("@2Q")


class _Kind(NamedTuple):
    """What differs between the families."""

    names: Path
    """Which tables there are: asking the kernel about another would make it."""
    domain: int
    level: int
    length_at: int
    """Where the length of an entry stands in it: behind whom it matches, nfcache, target_offset."""
    counters_at: int
    """Where its counters stand: behind comefrom."""


def _kind(names: str, domain: int, level: int, matched: int) -> _Kind:
    lengths = calcsize(f"@{matched}sIH"), calcsize(f"@{matched}sIHHI0Q")
    return _Kind(Path(names), domain, level, *lengths)


_KINDS = {
    Family.IPV4: _kind("/proc/net/ip_tables_names", socket.AF_INET, socket.IPPROTO_IP, 84),
    Family.IPV6: _kind("/proc/net/ip6_tables_names", socket.AF_INET6, socket.IPPROTO_IPV6, 136),
}


def legacy_table(family: Family) -> bytearray | None:
    """The bytes of the filter table; None where there is none, or the kernel does not say."""
    kind = _KINDS[family]
    try:
        if _NAME.decode() not in kind.names.read_text().split():
            return None
        with socket.socket(kind.domain, socket.SOCK_RAW, socket.IPPROTO_RAW) as asked:
            info = bytearray(_NAME.ljust(_INFO.size, b"\0"))
            _ask(asked, kind.level, _GET_INFO, info)
            size = _INFO.unpack(info)[-1]
            table = bytearray(_HEAD.size + size)
            _HEAD.pack_into(table, 0, _NAME, size)
            _ask(asked, kind.level, _GET_ENTRIES, table)
        return table if _blank_counters(table, kind) else None
    except OSError:  # as when the table has become another size in between
        return None


def _ask(asked: socket.socket, level: int, number: int, held: bytearray) -> None:
    """getsockopt with a value that is read first, which Python's own does not know."""
    place = (ctypes.c_char * len(held)).from_buffer(held)
    size = ctypes.c_uint(len(held))
    library = ctypes.CDLL(None, use_errno=True)
    if library.getsockopt(asked.fileno(), level, number, place, ctypes.byref(size)) != 0:
        raise OSError(ctypes.get_errno(), "getsockopt")


def _blank_counters(table: bytearray, kind: _Kind) -> bool:
    """Blank the counters of each entry; False where a table is not laid out as is known."""
    length_at, counters_at = kind.length_at, kind.counters_at
    length_of, blank = _LENGTH.unpack_from, Struct(f"@{_COUNTERS}x").pack_into
    place, end, least = _HEAD.size, len(table), counters_at + _COUNTERS
    while place + least <= end:
        blank(table, place + counters_at)
        (length,) = length_of(table, place + length_at)
        if length < least:
            return False
        place += length
    return place == end
