"""Which rules of a chain could match one packet, without asking each of them.

For every field a few whole numbers hold one bit a rule; the rules left for a packet are what all
fields leave (the bit-vector scheme of Lakshman and Stiliadis). Rules are indexed in blocks, so
that a chain's index grows no faster than the chain.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence

from dockerwall.analysis.findings.shadowing.region import Region, Value, join
from dockerwall.model.intervals import Intervals

BLOCK = 1024
MOST_LOOKED_UP = 256
"""Steps of one look-up by a range, beyond which a field does not narrow the choice."""
AXES = ("src", "dst", "dport", "proto", "iif", "oif", "origdstport", "ct")
"""The fields worth an index; the others are compared when it comes to it."""
Get = Callable[[str], int]


class Axis:
    """The rules of a block by one field."""

    def __init__(self, field: str, rules: Sequence[tuple[Region, ...]]) -> None:
        self.field = field
        self.others = 0
        """Rules that do not restrict the field."""
        self._exact: dict[int, int] = {}
        self._starts: list[int] = [0]
        self._masks: list[int] = [0]
        edges: dict[int, int] = {}
        for place, regions in enumerate(rules):
            value = _allowed(field, regions)
            if value is None:
                self.others |= 1 << place
            else:
                self._add(value, 1 << place, edges)
        mask = 0
        for edge in sorted(edges):
            mask ^= edges[edge]
            self._starts.append(edge)
            self._masks.append(mask)
        self._keys = sorted(self._exact)

    def _add(self, value: Value, bit: int, edges: dict[int, int]) -> None:
        if isinstance(value, int):
            place = 0
            while value >> place:
                if value >> place & 1:
                    self._exact[place] = self._exact.get(place, 0) | bit
                place += 1
            return
        for low, high in value.spans:
            if low == high:
                self._exact[low] = self._exact.get(low, 0) | bit
            else:
                edges[low] = edges.get(low, 0) ^ bit
                edges[high + 1] = edges.get(high + 1, 0) ^ bit

    def of(self, number: int) -> int:
        """The rules that allow a value, as bits."""
        found = self.others | self._exact.get(number, 0)
        if len(self._starts) > 1:
            found |= self._masks[bisect_right(self._starts, number) - 1]
        return found

    def any_of(self, value: Value | None) -> int:
        """The rules that allow some number of a value, and perhaps a few more, as bits."""
        if not isinstance(value, Intervals):
            return -1
        found = self.others
        for low, high in value.spans:
            first, last = bisect_left(self._keys, low), bisect_right(self._keys, high)
            begin, end = bisect_right(self._starts, low) - 1, bisect_right(self._starts, high)
            if last - first + end - begin > MOST_LOOKED_UP:
                return -1
            for key in self._keys[first:last]:
                found |= self._exact[key]
            for mask in self._masks[begin:end]:
                found |= mask
        return found

    @property
    def useful(self) -> bool:
        """Whether any rule restricts the field."""
        return bool(self._exact) or len(self._starts) > 1


def _allowed(field: str, regions: tuple[Region, ...]) -> Value | None:
    """What a rule's regions together allow a field to be; None for anything."""
    first: Value | None = None
    for region in regions:
        value = region.get(field)
        if value is None:
            return None
        first = value if first is None else join(first, value)
    return first


class Index:
    """All blocks of a chain."""

    def __init__(self, rules: Sequence[tuple[Region, ...]]) -> None:
        self._blocks = []
        for start in range(0, len(rules), BLOCK):
            part = rules[start : start + BLOCK]
            axes = [axis for axis in (Axis(field, part) for field in AXES) if axis.useful]
            present = sum(1 << place for place, regions in enumerate(part) if regions)
            self._blocks.append((start, present, axes))

    def candidates(self, get: Get, before: int) -> Iterator[int]:
        """The places, below `before`, of rules that could match a packet."""
        for start, left, axes in self._blocks:
            if start >= before:
                return
            if before - start < BLOCK:
                left &= (1 << (before - start)) - 1
            for axis in axes:
                if not left:
                    break
                left &= axis.of(get(axis.field))
            while left:
                lowest = left & -left
                yield start + lowest.bit_length() - 1
                left ^= lowest

    def overlapping(self, value_of: Callable[[str], Value | None], before: int) -> Iterator[int]:
        """The places, below `before`, of rules that could match some packet of a region."""
        for start, left, axes in self._blocks:
            if start >= before:
                return
            if before - start < BLOCK:
                left &= (1 << (before - start)) - 1
            for axis in axes:
                left &= axis.any_of(value_of(axis.field))
            while left:
                lowest = left & -left
                yield start + lowest.bit_length() - 1
                left ^= lowest
