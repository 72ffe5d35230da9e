"""What a journey comes to: for which clients a connection can be opened, surely or perhaps.

The sender's choices are the sender's: one that gets through is enough. What the kernel or an
undecidable match chooses is not: there, every way must get through before it is called open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
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
    sure = 0
    for cell in _cells(choices):
        if cell is None:
            return Reached(0, may)
        opened = _over(ways, cell)
        sure |= opened & ~_over(ends, cell)
    return Reached(sure, may & ~sure)


def _over(boxes: Iterable[tuple[Choice, int]], cell: tuple[int, ...]) -> int:
    found = 0
    for choice, clients in boxes:
        if all(value in field for value, field in zip(cell, choice, strict=True)):
            found |= clients
    return found


def _cells(choices: set[Choice]) -> Iterator[tuple[int, ...] | None]:
    """One combination of values for each way the choices can be told apart; None: too many."""
    values = [_representatives(fields) for fields in zip(*choices, strict=True)]
    count = 1
    for each in values:
        count *= len(each)
    if count > MOST_CHOICES:
        yield None
        return
    yield from product(*values)


def _representatives(fields: tuple[Intervals, ...]) -> list[int]:
    edges = {low for field in fields for low, _ in field.spans}
    edges |= {high + 1 for field in fields for _, high in field.spans}
    whole = fields[0]
    for field in fields[1:]:
        whole = whole | field
    return [edge for edge in sorted(edges) if edge in whole]
