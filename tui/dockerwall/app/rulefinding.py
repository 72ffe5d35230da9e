"""Where in the tree a finding's rule stands."""

from __future__ import annotations

from dockerwall.analysis.findings import RuleRef
from dockerwall.app.search import Way
from dockerwall.present.node import Node, Place
from dockerwall.present.outline import Outline
from dockerwall.present.places import ways_to


def way_to(rule: RuleRef, outline: Outline) -> Way | None:
    """The first way from the top of the tree to a rule, None where the tree does not show it."""
    place = Place(rule.variant, rule.family, rule.table, rule.chain)
    nodes = next(ways_to(outline, place, rule.number), None)
    return None if nodes is None else _indices(nodes, outline)


def _indices(nodes: tuple[Node, ...], outline: Outline) -> Way:
    way = []
    branch = outline.roots
    for node in nodes:
        size = range(len(branch))
        way.append(next(index for index in size if branch[index] is node))
        branch = node.children()  # type: ignore[assignment]
    return tuple(way)
