"""One line of the tree: what decides first, then names, then conditions: a cut hurts least so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.segment import Segment
from rich.style import Style

from dockerwall.app.look import Look
from dockerwall.grammar.spec import parse_spec
from dockerwall.present.node import Kind, Node
from dockerwall.present.pieces import Piece, Tone
from dockerwall.present.sentences import sentence


def title_line(node: Node, width: int, look: Look, *, words: bool = False) -> Iterator[Segment]:
    """The line of a node in at most about `width` cells; a dead one is faint and says so."""
    pieces = list(_words(node) if words else _text(node))
    if node.dead:
        pieces = [Piece(part.text, Tone.FAINT) for part in pieces]
        yield Segment("never reached  ", look.tone(Tone.WARN))
    for part in pieces:
        yield Segment(look.safe(part.text), look.tone(part.tone))


def _text(node: Node) -> Iterator[Piece]:
    if node.kind is not Kind.RULE:
        yield from node.title
        yield from _notes(node, "  ")
        return
    number, *rest = node.title
    target = [part for part in rest if part.text.startswith(("-j ", "-g "))]
    others = [part for part in rest if part not in target]
    yield number
    for part in target:
        name = part.text.removeprefix("-j ").replace("-g ", "goto ")
        yield Piece(f"{name:<7} ", part.tone)
    yield from _notes(node, "")
    if node.notes and others:
        yield Piece("  ")
    yield from others


def _words(node: Node) -> Iterator[Piece]:
    if node.rule is None or node.place is None:
        yield from _text(node)
        return
    number, *rest = node.title
    yield number
    tone = next((part.tone for part in rest if part.text.startswith("-j ")), Tone.PLAIN)
    family, table = node.place.family, node.place.table
    text = sentence(parse_spec(node.rule.text, family), family, table)
    yield Piece(text, tone if tone in (Tone.ACCEPT, Tone.DROP) else Tone.PLAIN)
    yield from _notes(node, "  ")


def _notes(node: Node, before: str) -> Iterator[Piece]:
    for place, note in enumerate(node.notes):
        yield Piece(before if place == 0 else ", ", Tone.FAINT)
        yield note


def marked(line: Iterable[Segment], sought: str, style: Style) -> Iterator[Segment]:
    """The line with every appearance of a text (in folded case) in another style."""
    for segment in line:
        text, start = segment.text, 0
        folded = text.casefold()
        if len(folded) != len(text) or sought not in folded:
            yield segment
            continue
        while (place := folded.find(sought, start)) >= 0:
            yield Segment(text[start:place], segment.style)
            start = place + len(sought)
            yield Segment(text[place:start], (segment.style or Style()) + style)
        yield Segment(text[start:], segment.style)
