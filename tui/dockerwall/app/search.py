"""Finding a text anywhere in the tree, folded or not, a slice at a time.

Each chain is looked through once, at the first place where the tree shows it: chains may be jumped
to a thousand times, and the operator wants the rule, not its every appearance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from dockerwall.app.facets import of_node, of_rule
from dockerwall.app.filters import Filter
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.rules import Rule, Table
from dockerwall.present.flow import jump_of
from dockerwall.present.node import CounterRef, Node
from dockerwall.present.outline import Outline

Way = tuple[int, ...]
"""Child indices from the top of the tree to a line."""

Moved = Callable[[CounterRef | None], bool]
"""Whether a counter has moved since the search began."""

MOST = 5_000
"""How many places are remembered."""
LONG = 1_000
"""In longer chains only the rules' text is looked at: making a line of each would take seconds."""


class LongChain(NamedTuple):
    """The rules of a chain of which not every line is made."""

    rules: Sequence[Rule]
    table: Table
    pair: tuple[Variant, Family]
    name: str

    def matters(self, index: int, wanted: Filter, moved: Moved) -> bool:
        """Whether a rule is as wanted, or jumps to one that may be."""
        rule = self.rules[index]
        if jump_of(rule, self.table.chains) is not None:
            return True
        facets = of_rule(rule, self.name)
        if wanted.needs_counters:
            facets = facets._replace(moving=moved(CounterRef(*self.pair, rule.slot)))
        return wanted.holds(facets)


class TreeText:
    """The tree of an outline as something to look through."""

    def __init__(self, outline: Outline, wanted: Filter, moved: Moved) -> None:
        self._outline = outline
        self._wanted = wanted
        self._moved = moved
        self._entered: set[tuple[object, ...]] = set()

    def places(self) -> Iterator[Way | None]:
        """Every line that holds the text, in the order of the tree; None for each that does not.

        The caller takes as many as it has time for.
        """
        roots = self._outline.roots
        waiting: list[tuple[Sequence[Node], LongChain | None, Way, int]] = [(roots, None, (), 0)]
        while waiting:
            branch, long, way, index = waiting.pop()
            if index >= len(branch):
                continue
            waiting.append((branch, long, way, index + 1))
            here = (*way, index)
            skipped = long is not None and index < len(long.rules)
            if skipped and long is not None and not long.matters(index, self._wanted, self._moved):
                yield None
                continue
            node = branch[index]
            yield here if self._holds(node) else None
            if node.foldable and self._is_new(node):
                below = node.children()
                chain = self._chain_below(node) if len(below) > LONG else None
                waiting.append((below, chain, here, 0))

    def _chain_below(self, node: Node) -> LongChain | None:
        place = node.place
        if place is None:
            return None
        ruleset = self._outline.rulesets.get((place.variant, place.family))
        table = None if ruleset is None else ruleset.tables.get(place.table)
        chain = None if table is None else table.chains.get(node.target or place.chain)
        if chain is None or table is None:
            return None
        return LongChain(chain.rules, table, (place.variant, place.family), chain.name)

    def _holds(self, node: Node) -> bool:
        facets = of_node(node)
        if self._wanted.needs_counters:
            facets = facets._replace(moving=self._moved(node.ref))
        return self._wanted.holds(facets)

    def _is_new(self, node: Node) -> bool:
        """Whether the chain below a line was not looked through before; remembers it."""
        if node.place is None or node.target is None:
            return True
        chain = (*node.place[:3], node.target)
        if chain in self._entered:
            return False
        self._entered.add(chain)
        return True
