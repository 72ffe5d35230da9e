"""Which rules of a chain could match one packet, without asking each of them.

For every field a few whole numbers hold one bit a rule; the rules left for a packet are what all
fields leave (the bit-vector scheme of Lakshman and Stiliadis). Rules are indexed in blocks, so
that a chain's index grows no faster than the chain.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce

from dockerwall.analysis.findings.shadowing.region import Region, Value, join
from dockerwall.model.intervals import Intervals

BLOCK = 1024
MOST_LOOKED_UP = 256
"""Steps of one look-up by a range, beyond which a field does not narrow the choice."""
AXES = ("ct", "src", "dport", "dst", "iif", "oif", "proto", "origdstport")
"""The fields worth an index, those first that leave fewest; others are compared when it comes to
it."""
Get = Callable[[str], int]


class Axis:
    """The rules of a block by one field."""

    def __init__(self, field: str, allowed: Mapping[int, Value], count: int) -> None:
        """Of so many rules, those that restrict the field: what they allow, by their places."""
        self.field = field
        self._exact: dict[int, int] = {}
        self._starts: list[int] = [0]
        self._masks: list[int] = [0]
        edges: dict[int, int] = {}
        restricting = 0
        for place, value in allowed.items():
            restricting |= 1 << place
            self._add(value, 1 << place, edges)
        self.others = ((1 << count) - 1) ^ restricting
        """Rules that do not restrict the field."""
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


def _axes(rules: Sequence[tuple[Region, ...]]) -> list[Axis]:
    """One for each field that any of the rules restricts."""
    allowed: dict[str, dict[int, Value]] = {field: {} for field in AXES}
    for place, regions in enumerate(rules):
        for field, value in _allowed(regions):
            if field in allowed:
                allowed[field][place] = value
    return [Axis(field, values, len(rules)) for field, values in allowed.items() if values]


def _allowed(regions: tuple[Region, ...]) -> Iterable[tuple[str, Value]]:
    """The fields that all of a rule's regions restrict, and what these together allow."""
    if len(regions) == 1:
        return regions[0].items()
    shared = set.intersection(*map(set, regions)) if regions else ()
    return [(field, reduce(join, [region[field] for region in regions])) for field in shared]


class Index:
    """All blocks of a chain."""

    def __init__(self, rules: Sequence[tuple[Region, ...]]) -> None:
        self._blocks = []
        for start in range(0, len(rules), BLOCK):
            part = rules[start : start + BLOCK]
            present = sum([1 << place for place, regions in enumerate(part) if regions])
            self._blocks.append((start, present, _axes(part)))

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
