"""The columns of the exposures, and what becomes of them where there is little room."""

from __future__ import annotations

from typing import NamedTuple

REACHED_BY = (
    ("Internet", "INET"),
    ("neighbours on the wire", "NBRS"),
    ("LAN", "LAN"),
    ("containers", "CONT"),
    ("this host", "HOST"),
)
"""Who gets in, most distant first, and the heading of each one's column."""
CELL = 5
"""The cells of each of these columns."""
SEVERITY = 11
_PACKETS = 6
_MARK = 3


class Widths(NamedTuple):
    """The cells of the columns that depend on what is in them; 0 where one is left out."""

    port: int
    bind: int
    container: int
    packets: int = _PACKETS


def fitted(widest: Widths, width: int) -> Widths:
    """The columns in so many cells: long names are cut first, then counters go, then binds."""
    port, bind, container, _ = widest
    room = width - _MARK - SEVERITY - 1 - len(REACHED_BY) * CELL - 2
    packets = _PACKETS if room >= _PACKETS + port + min(container, 8) else 0
    room -= packets or -1  # what comes last needs no space behind it
    bind = min(bind, room - 1 - port - min(container, 10))
    if bind < min(7, widest.bind):
        bind = 0
    room -= bind + bool(bind)
    container = max(6, min(container, room - port))
    port = max(min(port, 8), min(port, room - container))
    return Widths(port, bind, container, packets)
