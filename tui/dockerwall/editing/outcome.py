"""Who gets in by one interface: the values that outcomes are told and compared in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dockerwall.analysis.cells import Cells
from dockerwall.analysis.exposure import Exposure, Reach
from dockerwall.analysis.interfaces import Interface
from dockerwall.model.addresses import AddressSet


class Access(NamedTuple):
    """Who gets in by one interface to one address, as masks of the stage's cells."""

    accept: int
    unknown: int
    via: tuple[str, ...] = ()
    """The ways by which anybody gets in."""


@dataclass(frozen=True, eq=False, slots=True)
class Pair:
    """An exposure, and an interface by which it is asked; a stage has each but once."""

    exposure: Exposure
    interface: Interface
    reaches: tuple[Reach, ...]
    """Who gets in by it now, as judged."""


PROCESS_WAYS = frozenset({"proxy", "listen"})
"""Ways that end at a process of the host: INPUT decides them, DOCKER-USER never sees them."""


class Door(NamedTuple):
    """One destination address, and where packets for it end."""

    to: str
    process: bool
    """Whether they end at a process of the host; else they are forwarded, or lost."""


Outcome = Mapping[Door, Access]

NOBODY = Access(0, 0)


class Masks:
    """Sets of addresses as masks of one family's cells; the same set is only looked at once."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self._known: dict[int, tuple[AddressSet, int]] = {}
        self._outcomes: dict[object, Outcome] = {}

    def of(self, numbers: AddressSet) -> int:
        """The cells of a set."""
        known = self._known.get(id(numbers))
        if known is None:
            known = self._known[id(numbers)] = (numbers, self.cells.touched(numbers.numbers))
        return known[1]

    def outcome(self, reaches: Iterable[Reach], made_in: Cells) -> Outcome:
        """Who gets in, by door, as judged in a world of these cells; the very same for alike."""
        finer = self.cells.finer
        told = tuple(
            (
                reach.to,
                reach.via,
                finer(reach.accept_cells, made_in),
                finer(reach.unknown_cells, made_in),
            )
            for reach in reaches
        )
        found = self._outcomes.get(told)
        if found is None:
            found = self._outcomes[told] = _outcome(told)
        return found


def _outcome(told: Iterable[tuple[tuple[str, ...], str, int, int]]) -> Outcome:
    found: dict[Door, Access] = {}
    for addresses, via, let, doubt in told:
        way = (via,) if let or doubt else ()
        for to in addresses:
            door = Door(to, via in PROCESS_WAYS)
            old = found.get(door, NOBODY)
            accept = old.accept | let
            found[door] = Access(accept, (old.unknown | doubt) & ~accept, old.via + way)
    return found
