"""A family's addresses, cut wherever any rule, set or route cuts them.

The law: no rule can tell two addresses of one cell apart, so a set of sources is a set of cells,
and a set of cells is one whole number with a bit for each. Every set operation of a walk is then
one machine-fast operation, and exact.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from dockerwall.model.addresses import AddressSet
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family


class Cells:
    """The cut; masks of it are plain ints with bit n for cell n."""

    def __init__(
        self, family: Family, constants: Iterable[Intervals], coarse: Cells | None = None
    ) -> None:
        """Addresses cut by the edges of some sets, and as `coarse` cuts them already."""
        edges: set[int] = {0} if coarse is None else set(coarse._starts)
        for numbers in constants:
            for low, high in numbers.spans:
                edges.add(low)
                edges.add(high + 1)
        edges.discard(family.last + 1)
        self.family = family
        self._starts: list[int] = sorted(edges)
        self.everything = (1 << len(self._starts)) - 1
        """The mask of all addresses."""
        self._known: dict[Intervals, int] = {}
        self._sets: dict[int, AddressSet] = {}
        self._of_others: dict[Cells, dict[int, int]] = {}
        self._coarse = coarse
        old = set(coarse._starts) if coarse is not None else set()
        self._new = [place for place, start in enumerate(self._starts) if start not in old]

    def __len__(self) -> int:
        return len(self._starts)

    def mask(self, numbers: Intervals) -> int:
        """The cells of a set; every edge of the set must have been among the constants."""
        known = self._known.get(numbers)
        if known is not None:
            return known
        found = 0
        for low, high in numbers.spans:
            first = bisect_left(self._starts, low)
            last = bisect_left(self._starts, high + 1)
            if self._starts[first] != low:
                raise ValueError("a set that was not cut")
            found |= ((1 << (last - first)) - 1) << first
        if len(numbers.spans) > 4 or len(self._known) < 4096:
            self._known[numbers] = found
        return found

    def touched(self, numbers: Intervals) -> int:
        """The cells that hold at least one address of any set, cut or not."""
        found = 0
        for low, high in numbers.spans:
            first = bisect_right(self._starts, low) - 1
            last = bisect_right(self._starts, high)
            found |= ((1 << (last - first)) - 1) << first
        return found

    def cut(self, constants: Iterable[Intervals]) -> Cells:
        """The same cut, and by the edges of some sets: the very same where it has those already."""
        fine = Cells(self.family, constants, self)
        return fine if fine._new else self

    def finer(self, mask: int, made_in: Cells) -> int:
        """A mask of other cells as one of these, into which those may have been cut further."""
        if made_in is self:
            return mask
        known = self._of_others.setdefault(made_in, {})
        found = known.get(mask)
        if found is None:
            found = known[mask] = self._finer(mask, made_in)
        return found

    def _finer(self, mask: int, made_in: Cells) -> int:
        if made_in is not self._coarse:
            return self.touched(made_in.addresses(mask).numbers)
        for place in self._new:  # the cell before it was cut in two, and both are what it was
            low = mask & ((1 << place) - 1)
            mask = low | low >> (place - 1) << place | mask >> place << (place + 1)
        return mask

    def cell(self, number: int) -> int:
        """The mask of the one cell that holds an address."""
        return 1 << (bisect_right(self._starts, number) - 1)

    def member(self, mask: int) -> int:
        """An address of the lowest cell of a mask that is not empty."""
        return self._starts[(mask & -mask).bit_length() - 1]

    def numbers(self, mask: int) -> Intervals:
        """The addresses of a mask."""
        spans: list[tuple[int, int]] = []
        place = 0
        while mask:
            skip = (mask & -mask).bit_length() - 1
            mask >>= skip
            place += skip
            run = (~mask & (mask + 1)).bit_length() - 1
            end = place + run
            last = self._starts[end] - 1 if end < len(self._starts) else self.family.last
            spans.append((self._starts[place], last))
            mask >>= run
            place = end
        return Intervals(tuple(spans))

    def addresses(self, mask: int) -> AddressSet:
        """The same as a set of addresses; the very same set for the same mask."""
        found = self._sets.get(mask)
        if found is None:
            found = self._sets[mask] = AddressSet(self.family, self.numbers(mask))
        return found
