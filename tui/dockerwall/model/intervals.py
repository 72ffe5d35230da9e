"""Sets of whole numbers as sorted, disjoint, inclusive intervals: ports, addresses, marks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter

from dockerwall.model.value import value

_START, _END = itemgetter(0), itemgetter(1)


@value
class Intervals:
    """An immutable set of whole numbers; `spans` is normalised, so equal sets compare equal."""

    spans: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> Intervals:
        """The set covered by any spans (first, last), in any order, overlapping or not."""
        merged: list[tuple[int, int]] = []
        for low, high in sorted(spans):
            if low > high:
                continue
            if merged and low <= merged[-1][1] + 1:
                if high > merged[-1][1]:
                    merged[-1] = (merged[-1][0], high)
            else:
                merged.append((low, high))
        return cls(tuple(merged))

    @classmethod
    def single(cls, value: int) -> Intervals:
        """The set of one number."""
        return cls(((value, value),))

    @classmethod
    def upto(cls, last: int) -> Intervals:
        """Every number from 0 to `last`."""
        return cls(((0, last),))

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self.spans)

    def __contains__(self, value: int) -> bool:
        spans = self.spans
        if len(spans) == 1:
            low, high = spans[0]
            return low <= value <= high
        place = bisect_right(spans, value, key=_START)
        return place > 0 and value <= spans[place - 1][1]

    @property
    def only(self) -> int | None:
        """The number of a set that holds just one."""
        if len(self.spans) != 1:
            return None
        low, high = self.spans[0]
        return low if low == high else None

    @property
    def size(self) -> int:
        """How many numbers are in the set."""
        return sum([high - low + 1 for low, high in self.spans])

    def __or__(self, other: Intervals) -> Intervals:
        return Intervals.of((*self.spans, *other.spans))

    def __and__(self, other: Intervals) -> Intervals:
        few, many = sorted((self.spans, other.spans), key=len)
        found: list[tuple[int, int]] = []
        for low, high in few:
            first = bisect_left(many, low, key=_END)
            last = bisect_right(many, high, key=_START)
            if first < last:
                begin, end = len(found), len(found) + last - first - 1
                found += many[first:last]
                found[begin] = (max(low, found[begin][0]), found[begin][1])
                found[end] = (found[end][0], min(high, found[end][1]))
        return Intervals(tuple(found))

    def __sub__(self, other: Intervals) -> Intervals:
        if not self.spans or not other.spans:
            return self
        return self & other.complement(self.spans[-1][1])

    def complement(self, last: int) -> Intervals:
        """Every number from 0 to `last` that is not in the set."""
        gaps: list[tuple[int, int]] = []
        start = 0
        for low, high in self.spans:
            if low > last:
                break
            if low > start:
                gaps.append((start, low - 1))
            start = high + 1
        if start <= last:
            gaps.append((start, last))
        return Intervals(tuple(gaps))

    def covers(self, other: Intervals) -> bool:
        """Whether every number of `other` is in this set."""
        return not (other - self)
