"""The lines of the tree that a packet's way goes through, in the order it meets them.

A chain stands in the tree under every rule that jumps to it; the jumps among the steps say which
of its appearances is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dockerwall.analysis.hits import Hit
from dockerwall.app.search import Way
from dockerwall.present.node import Kind, Node
from dockerwall.present.outline import Outline


def ways_of(steps: Iterable[Hit], outline: Outline) -> list[Way | None]:
    """For each step its way from the top of the tree; None where the tree does not show it."""
    bases = _bases(outline)
    found: list[Way | None] = []
    ground: Way | None = None
    stack: list[tuple[str, Way]] = []
    for hit in steps:
        base = bases.get((hit.hook, hit.key.variant, hit.key.family, hit.key.table))
        if base is None:
            found.append(None)
            continue
        way, base_chain = base
        if way != ground or hit.chain == base_chain:
            ground, stack = way, [(base_chain, way)]
        while stack and stack[-1][0] != hit.chain:
            stack.pop()
        here = _line(hit, stack[-1][1], outline) if stack else None
        found.append(here)
        if here is None:
            ground = None
        elif node_at(outline.roots, here).target == hit.action:
            stack.append((hit.action, here))
    return found


def node_at(roots: Sequence[Node], way: Way) -> Node:
    """The line at the end of a way."""
    node = roots[way[0]]
    for index in way[1:]:
        node = node.children()[index]
    return node


def _bases(outline: Outline) -> dict[tuple[object, ...], tuple[Way, str]]:
    """By hook, variant, family and table: the way to the base chain, and its name."""
    found: dict[tuple[object, ...], tuple[Way, str]] = {}
    for place, root in enumerate(outline.roots):
        if root.kind is not Kind.HOOK:
            continue
        hook = root.key.removeprefix("hook:")
        for index, node in enumerate(root.children()):
            if node.kind is Kind.BASE and node.place is not None:
                chain = node.place
                key = (hook, chain.variant, chain.family, chain.table)
                found[key] = (place, index), chain.chain
    return found


def _line(hit: Hit, way: Way, outline: Outline) -> Way | None:
    children = node_at(outline.roots, way).children()
    if hit.rule is None:
        return (*way, len(children) - 1) if children else way
    index = hit.rule.number - 1
    return (*way, index) if index < len(children) else None
