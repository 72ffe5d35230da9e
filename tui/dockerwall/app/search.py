"""Finding a text anywhere in the tree, folded or not, a slice at a time.

Each chain is looked through once, at the first place where the tree shows it: chains may be jumped
to a thousand times, and the operator wants the rule, not its every appearance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dockerwall.model.rules import Rule, Table
from dockerwall.present.flow import jump_of
from dockerwall.present.node import Node
from dockerwall.present.outline import Outline
from dockerwall.present.pieces import text_of

Way = tuple[int, ...]
"""Child indices from the top of the tree to a line."""

MOST = 5_000
"""How many places are remembered."""
LONG = 1_000
"""In longer chains only the rules' text is looked at: making a line of each would take seconds."""


class LongChain(NamedTuple):
    """The rules of a chain of which not every line is made."""

    rules: Sequence[Rule]
    table: Table

    def matters(self, index: int, wanted: str) -> bool:
        """Whether a rule holds the text, or jumps to where it may stand."""
        rule = self.rules[index]
        own = rule.text.split(" ", 2)[-1]  # without -A CHAIN, as the line shows it
        return wanted in own.casefold() or jump_of(rule, self.table.chains) is not None


class TreeText:
    """The tree of an outline as something to look through."""

    def __init__(self, outline: Outline, text: str) -> None:
        self._outline = outline
        self._wanted = text.casefold()
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
            if skipped and long is not None and not long.matters(index, self._wanted):
                yield None
                continue
            node = branch[index]
            yield here if holds(node, self._wanted) else None
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
        return None if chain is None or table is None else LongChain(chain.rules, table)

    def _is_new(self, node: Node) -> bool:
        """Whether the chain below a line was not looked through before; remembers it."""
        if node.place is None or node.target is None:
            return True
        chain = (*node.place[:3], node.target)
        if chain in self._entered:
            return False
        self._entered.add(chain)
        return True


def holds(node: Node, wanted: str) -> bool:
    """Whether a line shows the text, given in folded case."""
    return wanted in node.text.casefold() or wanted in text_of(node.notes).casefold()
