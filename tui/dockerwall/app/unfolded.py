"""Which lines of a lazy tree are on show: row number to node and back, without building the rest.

A level knows how many children it has and which of them are unfolded; everything else is
arithmetic. 100,000 folded rules cost one level.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dockerwall.present.node import Node

EXAMINED = 400
"""How many children are looked at for those that open by themselves."""

OPENED_ROWS = 10_000
OPENED_DEPTH = 24
"""What opens by itself stops here: chains that jump to each other twice make endless trees."""


class Folding(NamedTuple):
    """What the operator did to one line."""

    unfolded: bool
    place: int
    """Where the line stood among its siblings: where to look for it first."""


class Row(NamedTuple):
    """One line on show."""

    node: Node
    depth: int
    place: int
    """Its number among its siblings, from 0."""
    parent: int
    """The row number of its parent, -1 at the top."""
    unfolded: bool


class Level:
    """The children of one unfolded node, some of them unfolded in turn."""

    __slots__ = ("_starts", "branch", "depth", "order", "size", "unfolded")

    def __init__(self, branch: Sequence[Node], depth: int) -> None:
        self.branch = branch
        self.depth = depth
        self.unfolded: dict[int, Level] = {}
        self.order: list[int] = []
        """The indices of the unfolded children, sorted."""
        self.size = len(branch)
        """How many rows the level takes with everything unfolded in it."""
        self._starts: list[int] | None = None

    def open(self, index: int, level: Level) -> None:
        """Unfold one child."""
        insort(self.order, index)
        self.unfolded[index] = level
        self.size += level.size
        self._starts = None

    def shut(self, index: int) -> int:
        """Fold one child; how many rows went away."""
        level = self.unfolded.pop(index)
        self.order.remove(index)
        self.size -= level.size
        self._starts = None
        return level.size

    def grow(self, rows: int) -> None:
        """Take in that a level below has changed its size."""
        self.size += rows
        self._starts = None

    @property
    def starts(self) -> list[int]:
        """The row of each unfolded child, in order."""
        if self._starts is None:
            starts, before = [], 0
            for index in self.order:
                starts.append(index + before)
                before += self.unfolded[index].size
            self._starts = starts
        return self._starts

    def row_of(self, index: int) -> int:
        """The row of a child."""
        place = bisect_left(self.order, index)
        if place == 0:
            return index
        last = self.order[place - 1]
        return self.starts[place - 1] + self.unfolded[last].size + index - last

    def child_at(self, row: int) -> tuple[int, int]:
        """The child a row belongs to, and how many rows below that child it is (0: itself)."""
        place = bisect_right(self.starts, row) - 1
        if place < 0:
            return row, 0
        index = self.order[place]
        below = row - self.starts[place]
        size = self.unfolded[index].size
        return (index, below) if below <= size else (index + below - size, 0)


class Unfolded:
    """The rows of a tree, given what the operator has folded and unfolded."""

    def __init__(self, roots: Sequence[Node], foldings: Mapping[str, Folding] | None = None):
        self.foldings: dict[str, Folding] = dict(foldings or {})
        self._room = OPENED_ROWS
        self.top = self._level(roots, 0)

    def __len__(self) -> int:
        return self.top.size

    def row(self, number: int) -> Row:
        """The line at a row number; IndexError beyond the end."""
        if not 0 <= number < self.top.size:
            raise IndexError(number)
        level, first, parent = self.top, 0, -1
        while True:
            index, below = level.child_at(number - first)
            if below == 0:
                return Row(level.branch[index], level.depth, index, parent, index in level.unfolded)
            parent = number - below
            first = parent + 1
            level = level.unfolded[index]

    def rows(self, start: int, stop: int) -> Iterator[Row]:
        """The lines from `start` up to `stop`, as far as there are any."""
        for number in range(max(0, start), min(stop, self.top.size)):
            yield self.row(number)

    def set_unfolded(self, number: int, unfolded: bool) -> int:
        """Fold or unfold the line at a row; by how many rows the tree grew."""
        way = self._way(number)
        level, index = way[-1]
        node = level.branch[index]
        if not node.foldable or (index in level.unfolded) == unfolded:
            return 0
        self.foldings[node.key] = Folding(unfolded, index)
        if unfolded:
            below = self._level(node.children(), level.depth + 1)
            level.open(index, below)
            grown = below.size
        else:
            grown = -level.shut(index)
        for above, _ in way[:-1]:
            above.grow(grown)
        return grown

    def unfold_below(self, number: int) -> int:
        """Unfold everything below a row, within reason; by how many rows the tree grew."""
        before = len(self)
        last = number + min(OPENED_ROWS, self.row_count_below(number))
        row = number
        while row <= last and len(self) - before < OPENED_ROWS:
            line = self.row(row)
            if line.node.foldable and not line.unfolded and line.depth < OPENED_DEPTH:
                last += self.set_unfolded(row, True)
            row += 1
        return len(self) - before

    def row_count_below(self, number: int) -> int:
        """How many rows hang below a row, at any depth."""
        level, index = self._way(number)[-1]
        below = level.unfolded.get(index)
        return 0 if below is None else below.size

    def row_of(self, way: Sequence[int]) -> int:
        """The row of the line reached by these child indices from the top, unfolding on the way."""
        level, row = self.top, 0
        for depth, index in enumerate(way):
            row += level.row_of(index)
            if depth == len(way) - 1:
                break
            if index not in level.unfolded:
                self.set_unfolded(row, True)
            level = level.unfolded[index]
            row += 1
        return row

    def way_of(self, number: int) -> tuple[int, ...]:
        """The child indices from the top to a row."""
        return tuple(index for _, index in self._way(number))

    def find(self, keys: Sequence[str], hints: Sequence[int]) -> int:
        """The row of the line with this way of keys, or of the last of them still to be found.

        `hints` are the indices it had before. Nothing is unfolded for it. -1 if all are gone.
        """
        level, row, found = self.top, 0, -1
        for key, hint in zip(keys, hints, strict=True):
            index = locate(level.branch, key, hint)
            if index is None:
                break
            found = row + level.row_of(index)
            if index not in level.unfolded:
                break
            row, level = found + 1, level.unfolded[index]
        return found

    def _way(self, number: int) -> list[tuple[Level, int]]:
        level, first = self.top, 0
        way: list[tuple[Level, int]] = []
        while True:
            index, below = level.child_at(number - first)
            way.append((level, index))
            if below == 0:
                return way
            first = number - below + 1
            level = level.unfolded[index]

    def _level(self, branch: Sequence[Node], depth: int) -> Level:
        level = Level(branch, depth)
        self._room -= len(branch)
        for index in self._to_open(branch, depth):
            level.open(index, self._level(branch[index].children(), depth + 1))
        return level

    def _to_open(self, branch: Sequence[Node], depth: int) -> Iterator[int]:
        for index in range(min(len(branch), EXAMINED)):
            node = branch[index]
            if not node.foldable:
                continue
            folding = self.foldings.get(node.key)
            if folding is not None:
                opens = folding.unfolded
            else:
                opens = node.opens and self._room > 0 and depth < OPENED_DEPTH
            if opens:
                yield index
        if len(branch) > EXAMINED:
            yield from self._remembered(branch)

    def _remembered(self, branch: Sequence[Node]) -> Iterator[int]:
        """The unfolded lines of a long branch, where they stood or close to it."""
        places = sorted(folding.place for folding in self.foldings.values() if folding.unfolded)
        seen: set[int] = set()
        for place in places:
            for index in range(max(EXAMINED, place - 8), min(len(branch), place + 9)):
                folding = self.foldings.get(branch[index].key)
                if index not in seen and folding is not None and folding.unfolded:
                    seen.add(index)
                    if branch[index].foldable:
                        yield index


def locate(branch: Sequence[Node], key: str, hint: int) -> int | None:
    """The index of the child with this key, looked for near `hint` first, then anywhere."""
    for index in _outward(hint, len(branch)):
        if branch[index].key == key:
            return index
    return None


def _outward(hint: int, size: int) -> Iterator[int]:
    """Indices ordered by their distance from `hint`; at most `2 * EXAMINED` of them."""
    if hint < size:
        yield hint
    for distance in range(1, EXAMINED):
        below, above = hint - distance, hint + distance
        if 0 <= below < size:
            yield below
        if above < size:
            yield above
        if below < 0 and above >= size:
            return
