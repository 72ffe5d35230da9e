"""The way through the tree to one rule: what to unfold so that it can be seen."""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.present.flow import flow_of
from dockerwall.present.node import Kind, Node, Place
from dockerwall.present.outline import Outline


def ways_to(outline: Outline, place: Place, number: int | None) -> Iterator[tuple[Node, ...]]:
    """Every way from a top line down to rule `number` of a chain, None for its policy.

    Each way is the nodes to unfold and, last, the rule's own; the first one is the first that a
    packet takes. Only chains that lead there are entered.
    """
    for root in outline.roots:
        if root.kind in (Kind.HOOK, Kind.SECTION):
            for node in root.children():
                if node.place is not None and node.place[:3] == place[:3]:
                    leads = _leading_to(outline, place)
                    yield from _below(node, (root,), place, number, leads)


def _leading_to(outline: Outline, place: Place) -> frozenset[str]:
    """The chains of the table from which some jump leads to the chain, itself included."""
    ruleset = outline.rulesets[place.variant, place.family]
    if place.table not in ruleset.tables:
        return frozenset()
    jumps = flow_of(ruleset).tables[place.table].jumps
    found = {place.chain}
    grown = True
    while grown:
        more = {name for name, to in jumps.items() if name not in found and found & set(to)}
        grown = bool(more)
        found |= more
    return frozenset(found)


def _below(
    node: Node, above: tuple[Node, ...], place: Place, number: int | None, leads: frozenset[str]
) -> Iterator[tuple[Node, ...]]:
    """The ways that lead through a chain's node or through a jump's."""
    entered = node.target if node.kind is Kind.RULE else node.place and node.place.chain
    if entered not in leads:
        return
    way = (*above, node)
    children = node.children()
    if entered == place.chain:
        if number is None:
            last = children[-1] if len(children) else node
            if last.kind in (Kind.POLICY, Kind.BASE):
                yield (*way, last) if last is not node else way
        elif 0 < number <= len(children) and children[number - 1].kind is Kind.RULE:
            yield (*way, children[number - 1])
        return
    table = _jump_numbers(node, leads)
    for index in table:
        if index < len(children):
            yield from _below(children[index], way, place, number, leads)


def _jump_numbers(node: Node, leads: frozenset[str]) -> list[int]:
    """The indices of the children that jump to one of the chains."""
    return [i for i, child in enumerate(node.children()) if child.target in leads]
