"""Finding a text anywhere in the tree, folded or not, a slice at a time.

Each chain is looked through once, at the first place where the tree shows it: chains may be jumped
to a thousand times, and the operator wants the rule, not its every appearance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dockerwall.present.node import Node
from dockerwall.present.pieces import text_of

Way = tuple[int, ...]
"""Child indices from the top of the tree to a line."""

MOST = 5_000
"""How many places are remembered."""


def places(roots: Sequence[Node], text: str) -> Iterator[Way | None]:
    """Every line that holds the text, in the order of the tree; None for each line that does not.

    The caller takes as many as it has time for.
    """
    wanted = text.casefold()
    entered: set[tuple[object, ...]] = set()
    waiting: list[tuple[Sequence[Node], Way, int]] = [(roots, (), 0)]
    while waiting:
        branch, way, index = waiting.pop()
        if index >= len(branch):
            continue
        waiting.append((branch, way, index + 1))
        node = branch[index]
        here = (*way, index)
        yield here if holds(node, wanted) else None
        if node.foldable and _is_new(node, entered):
            waiting.append((node.children(), here, 0))


def holds(node: Node, wanted: str) -> bool:
    """Whether a line shows the text, given in folded case, or its rule holds it."""
    if wanted in node.text.casefold() or wanted in text_of(node.notes).casefold():
        return True
    return node.rule is not None and wanted in node.rule.text.casefold()


def _is_new(node: Node, entered: set[tuple[object, ...]]) -> bool:
    """Whether the chain below a line was not looked through before; remembers it."""
    if node.place is None or node.target is None:
        return True
    chain = (*node.place[:3], node.target)
    if chain in entered:
        return False
    entered.add(chain)
    return True
