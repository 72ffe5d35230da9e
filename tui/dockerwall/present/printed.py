"""The traversal tree as lines of text, for a terminal, a pipe or a mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dockerwall.model.snapshot import HostInfo
from dockerwall.present.counters import Readings, reading, short
from dockerwall.present.node import Kind, Node, Place
from dockerwall.present.outline import Outline
from dockerwall.present.plain import ascii_only, plain


class Guides(NamedTuple):
    """The lines that join a node to its parent."""

    branch: str
    last: str
    through: str
    blank: str = "  "


LINES = Guides("├╴", "└╴", "│ ")
ASCII = Guides("|-", "`-", "| ")

MARGIN = " " * 12
REPEATED_UPTO = 12
"""A chain of no more rules, none of them a jump, is printed again under every jump to it."""


def tree_lines(
    outline: Outline, readings: Readings, host: HostInfo, ascii_lines: bool = False
) -> Iterator[str]:
    """The whole tree, every line safe to print; ASCII alone where the output holds no more."""
    printer = _Printer(readings, ASCII if ascii_lines else LINES)
    safe = ascii_only if ascii_lines else str
    yield safe(_heading(host))
    for node in outline.roots:
        if node.kind is Kind.NOTE:
            yield from map(safe, _note_lines(node, ""))
    yield " PKTS BYTES"
    for node in outline.roots:
        if node.kind is not Kind.NOTE:
            yield safe(printer.line(node, ""))
            yield from map(safe, printer.below(node.children(), "", node))


def _heading(host: HostInfo) -> str:
    name = plain(host.hostname) or "host of unknown name"
    kernel = f"kernel {plain(host.kernel)}" if host.kernel else ""
    taken = f"read {plain(host.taken_at)}" if host.taken_at else ""
    return ", ".join(part for part in (name, kernel, taken) if part)


def _note_lines(node: Node, indent: str) -> Iterator[str]:
    yield f"{indent}! {node.text}"
    for child in node.children():
        yield from _note_lines(child, f"{indent}  ")


@dataclass(slots=True)
class _Printer:
    readings: Readings
    guides: Guides
    printed: set[Place] = field(default_factory=set)
    """The chains whose rules already stand above."""

    def line(self, node: Node, guide: str, inherited: str = "") -> str:
        """Counters, guide, mark, title, names and why nothing gets here."""
        counted = reading(self.readings, node.ref)
        columns = MARGIN
        if counted is not None:
            columns = f"{short(counted.packets):>5} {short(counted.octets):>5} "
        text = f"{columns}{guide}{node.text}"
        if node.notes:
            text += f"  ({', '.join(note.text for note in node.notes)})"
        if node.dead and node.dead != inherited and node.kind is not Kind.SECTION:
            text += f"  [never reached: {node.dead}]"
        return text

    def below(self, nodes: Sequence[Node], indent: str, parent: Node) -> Iterator[str]:
        """The lines of some children, and of everything below them."""
        last = len(nodes) - 1
        for index, node in enumerate(nodes):
            own, further = (
                (self.guides.last, self.guides.blank)
                if index == last
                else (self.guides.branch, self.guides.through)
            )
            yield self.line(node, indent + own, parent.dead)
            if not node.foldable:
                continue
            children = node.children()
            if self._repeats(node, children):
                yield f"{MARGIN}{indent}{further}{self.guides.last}{_as_above(node, children)}"
            else:
                yield from self.below(children, indent + further, node)

    def _repeats(self, node: Node, children: Sequence[Node]) -> bool:
        """Whether the rules below a jump were printed already, and are too many for a second time.

        Without this, chains that jump to each other's successors twice would double at each level.
        """
        if node.kind is not Kind.RULE or node.place is None or node.target is None:
            return False
        place = node.place._replace(chain=node.target)
        if place not in self.printed:
            self.printed.add(place)
            return False
        return len(children) > REPEATED_UPTO or any(child.foldable for child in children)


def _as_above(node: Node, children: Sequence[Node]) -> str:
    rules = "1 rule" if len(children) == 1 else f"{len(children)} rules"
    return f"... {rules} of {plain(node.target or '')} as shown above"
