"""What a journey comes to: for which clients a connection can be opened, surely or perhaps.

The sender's choices are the sender's: one that gets through is enough. What the kernel or an
undecidable match chooses is not: there, every way must get through before it is called open.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from math import prod
from typing import NamedTuple

from dockerwall.analysis.journey import Journey
from dockerwall.analysis.packet import Choice
from dockerwall.model.intervals import Intervals

MOST_CHOICES = 4096
"""Combinations of the sender's choices that are told apart; beyond, the answer is unknown."""


class Reached(NamedTuple):
    """Masks of clients."""

    accept: int
    """They can open the connection."""
    unknown: int
    """They may or may not."""


def reached(journey: Journey) -> Reached:
    """For which clients the connection can be opened."""
    ways = [(each.choice, each.clients) for each in journey.opened]
    ways += [(each.choice, each.clients) for each in journey.astray]
    ends = [(each.choice, each.clients) for each in journey.losses]
    may = 0
    for _, clients in ways:
        may |= clients
    if not may:
        return Reached(0, 0)
    one = ways[0][0]
    told = [choice for choice, _ in (*ways, *ends) if choice is not one]
    choices = {one, *told} if told else set()
    if len(choices) < 2:
        lost = 0
        for _, clients in ends:
            lost |= clients
        return Reached(may & ~lost, may & lost)
    values = [_representatives(fields) for fields in zip(*choices, strict=True)]
    count = prod(map(len, values))
    if count > MOST_CHOICES:
        return Reached(0, may)
    sure = 0
    opened, lost_in = _by_cell(ways, values, count), _by_cell(ends, values, count)
    for let, kept in zip(opened, lost_in, strict=True):
        sure |= let & ~kept
    return Reached(sure, may & ~sure)


def _by_cell(
    boxes: Iterable[tuple[Choice, int]], values: Sequence[Sequence[int]], count: int
) -> list[int]:
    """The clients of all boxes, for each combination of values that their choices hold."""
    found = [0] * count
    for choice, clients in boxes:
        for cell in _cells(choice, values):
            found[cell] |= clients
    return found


def _cells(choice: Choice, values: Sequence[Sequence[int]]) -> Iterable[int]:
    """The numbers of the combinations that a choice holds, counted with the last value fastest."""
    cells: Iterable[int] = (0,)
    for field, some in zip(choice, values, strict=True):
        held = [
            place
            for low, high in field
            for place in range(bisect_left(some, low), bisect_right(some, high))
        ]
        cells = [cell * len(some) + place for cell in cells for place in held]
    return cells


def _representatives(fields: Sequence[Intervals]) -> list[int]:
    """One number of each part into which the fields cut what they hold together."""
    edges = {low for field in fields for low, _ in field.spans}
    edges |= {high + 1 for field in fields for _, high in field.spans}
    whole = Intervals.of(span for field in fields for span in field.spans)
    return [edge for edge in sorted(edges) if edge in whole]
