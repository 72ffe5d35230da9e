"""The way through the tree to one rule: what to unfold so that it can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dockerwall.present.flow import TableFlow, flow_of
from dockerwall.present.node import Kind, Node, Place
from dockerwall.present.outline import Outline


def ways_to(outline: Outline, place: Place, number: int | None) -> Iterator[tuple[Node, ...]]:
    """Every way from a top line down to rule `number` of a chain; None means its policy.

    Each way is the nodes to unfold and, last, the rule's own; the first one is the first that a
    packet takes. Only chains that lead there are entered.
    """
    ruleset = outline.rulesets.get((place.variant, place.family))
    if ruleset is None or place.table not in ruleset.tables:
        return
    search = _Search(flow_of(ruleset).tables[place.table], place, number)
    for root in outline.roots:
        if root.kind not in (Kind.HOOK, Kind.SECTION):
            continue
        for node in root.children():
            if node.place is not None and node.place[:3] == place[:3]:
                yield from search.below(node, node.place.chain, (root,))


@dataclass(frozen=True)
class _Search:
    """Looks for one rule of one table."""

    flow: TableFlow
    place: Place
    number: int | None

    def below(self, node: Node, chain: str, above: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
        """The ways through a node whose children are the rules of `chain`."""
        if chain not in self.flow.leading_to(self.place.chain):
            return
        children = node.children()
        way = (*above, node)
        if chain != self.place.chain:
            for number, target in self.flow.jump_rules[chain]:
                if number <= len(children):
                    yield from self.below(children[number - 1], target, way)
        elif self.number is None:
            if node.kind is Kind.BASE:
                yield (*way, children[-1]) if len(children) else way
        elif 0 < self.number <= len(self.flow.table.chains[chain].rules) and len(children):
            yield (*way, children[self.number - 1])
