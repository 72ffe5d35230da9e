"""Where the operator was: a view and the line the cursor was on, to come back to."""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.app.screens.frame import Frame
from dockerwall.app.views import View
from dockerwall.app.widgets.listing import Listing


class Spot(NamedTuple):
    """A view and the line under its cursor, by what stays the same when the host is read again."""

    view: View
    row: int
    keys: tuple[str, ...] = ()
    """In the tree: the keys from the top down."""
    hints: tuple[int, ...] = ()
    record: object = None
    """In a list: the record."""


def spot_of(frame: Frame) -> Spot:
    """Where the operator is."""
    active = frame.active
    if active is frame.traversal:
        keys, hints = frame.traversal.place()
        return Spot(View.TRAVERSAL, active.cursor, tuple(keys), tuple(hints))
    if isinstance(active, Listing) and active.current is not None:
        return Spot(frame.view, active.cursor, record=active.current)
    return Spot(frame.view, active.cursor)


def is_at(frame: Frame, spot: Spot) -> bool:
    """Whether the operator is still there, though the host was read again."""
    active, now = frame.active, spot_of(frame)
    if now.view is not spot.view:
        return False
    if isinstance(active, Listing) and spot.record is not None:
        return active.place_of(spot.record) == active.cursor
    return (now.keys, now.record) == (spot.keys, spot.record)


def go_back_to(frame: Frame, spot: Spot) -> None:
    """Go to a place again, or as near to it as there still is."""
    frame.go_to(spot.view)
    active = frame.active
    if active is frame.traversal:
        frame.traversal.go_to_place(spot.keys, spot.hints)
    elif isinstance(active, Listing) and spot.record is not None:
        place = active.place_of(spot.record)
        active.cursor = spot.row if place is None else place
    else:
        active.cursor = spot.row
