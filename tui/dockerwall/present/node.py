"""One line of the traversal tree, its children found only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, overload

from dockerwall.model.kinds import Family, Variant
from dockerwall.model.rules import Rule
from dockerwall.present.pieces import Pieces, text_of


class Kind(StrEnum):
    """What a node stands for."""

    NOTE = "note"
    """Something that could not be read, or a remark about the whole host."""
    HOOK = "hook"
    """A hook of the kernel; its children are what it runs, in priority order."""
    BASE = "base"
    """A base chain of one table and variant; its children are its rules and its policy."""
    NFT = "nft"
    """A base chain of a native nft table, not evaluated: no children."""
    STAGE = "stage"
    """Connection tracking, at its place among the tables."""
    RULE = "rule"
    """A rule; when it jumps, its children are the rules of the chain it jumps to."""
    POLICY = "policy"
    """What becomes of a packet that no rule of the base chain decided."""
    SECTION = "section"
    """The heading over the chains that no packet can reach."""
    ORPHAN = "orphan"
    """A chain that no rule reachable from a hook jumps to; its children are its rules."""


class CounterRef(NamedTuple):
    """Where a node's packets and bytes stand: a slot in one reading's `Counters`."""

    variant: Variant
    family: Family
    slot: int


class Place(NamedTuple):
    """The chain a node belongs to."""

    variant: Variant
    family: Family
    table: str
    chain: str


class Branch(Sequence["Node"]):
    """The children of a node: their number is known at once, each is made when first asked for."""

    __slots__ = ("_build", "_built", "_size")

    def __init__(self, size: int, build: Callable[[int], Node]) -> None:
        self._size = size
        self._build = build
        self._built: dict[int, Node] = {}

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Node]: ...
    def __getitem__(self, index: int | slice) -> Node | Sequence[Node]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._size))]
        place = index + self._size if index < 0 else index
        if not 0 <= place < self._size:
            raise IndexError(index)
        node = self._built.get(place)
        if node is None:
            node = self._built[place] = self._build(place)
        return node

    def __iter__(self) -> Iterator[Node]:
        return (self[i] for i in range(self._size))


NO_CHILDREN: Sequence[Node] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One line of the tree."""

    key: str
    """Names the node across refreshes: a rule by chain, text and occurrence, not by number."""
    kind: Kind
    title: Pieces
    """What the line says, without counters; already safe to show."""
    ref: CounterRef | None = None
    """Where its counters are; None when it has none. A base chain with rules has none of its own:
    its policy's line carries them."""
    dead: str = ""
    """Why no packet can get here, in words; empty when one may."""
    notes: Pieces = ()
    """Names beside the numbers of the title, who wrote the chain: shown after the title."""
    place: Place | None = None
    """The chain the node stands in (BASE, ORPHAN: the chain it is)."""
    rule: Rule | None = None
    target: str | None = None
    """The chain a rule jumps or goes to."""
    opens: bool = False
    """Whether to show it unfolded at first."""
    branch: Sequence[Node] = field(default=NO_CHILDREN, repr=False)

    @property
    def foldable(self) -> bool:
        """Whether there is anything to unfold."""
        return len(self.branch) > 0

    def children(self) -> Sequence[Node]:
        """What unfolding shows, in the order a packet meets it; the same object every time."""
        return self.branch

    @property
    def text(self) -> str:
        """The title without tones."""
        return text_of(self.title)
