"""One line of the tree: what decides first, then names, then conditions: a cut hurts least so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.segment import Segment
from rich.style import Style

from dockerwall.app.explain import in_words
from dockerwall.app.look import Look
from dockerwall.present.node import Kind, Node
from dockerwall.present.pieces import Piece, Pieces, Tone

# Modules whose options speak for themselves; quoted text is stepped over.
_SPARE = re.compile(
    r'("(?:[^"\\]|\\.)*")'
    r"|-m (?:tcp|udp|sctp|icmp6?|icmpv6|conntrack|addrtype|multiport|comment|set|mark|limit) "
    r"|(?<=[0-9a-f])/(?:32|128)(?= |$)"
)
TARGET = 7
"""How many cells the target takes at least, so that conditions stand in a column."""


def title_line(node: Node, look: Look, *, words: bool = False) -> Iterator[Segment]:
    """The line of a node; a dead one is faint and says so."""
    number, rest = _split(node)
    pieces = list(_in_words(node) if words and node.rule is not None else _as_text(node, rest))
    if node.dead:
        pieces = [_faint(part) for part in pieces]
        if node.kind in (Kind.RULE, Kind.POLICY):
            pieces.insert(0, Piece("never reached  ", Tone.WARN))
    for part in (*number, *pieces):
        yield Segment(look.safe(part.text), look.tone(part.tone))


def _split(node: Node) -> tuple[Pieces, Pieces]:
    """A rule's number, and the rest of the line."""
    if node.kind is Kind.RULE and node.title and node.title[0].text.startswith("#"):
        return node.title[:1], node.title[1:]
    return (), node.title


def _faint(part: Piece) -> Piece:
    return part if part.tone is Tone.WARN else Piece(part.text, Tone.FAINT)


def _as_text(node: Node, title: Pieces) -> Iterator[Piece]:
    if node.kind is not Kind.RULE:
        yield from title
        yield from _notes(node, "  ")
        return
    yield from _target(part for part in title if _is_target(part))
    notes = list(_notes(node, ""))
    yield from notes
    others = [part for part in title if not _is_target(part)]
    if notes and others:
        yield Piece("  ")
    for part in others:
        yield Piece(compact(part.text), part.tone)


def _is_target(part: Piece) -> bool:
    return part.text.startswith(("-j ", "-g "))


def _target(parts: Iterable[Piece]) -> Iterator[Piece]:
    for part in parts:
        name = part.text.removeprefix("-j ").replace("-g ", "goto ")
        yield Piece(f"{name:<{TARGET}} ", part.tone)


def compact(text: str) -> str:
    """A condition without what its options say anyway; the whole text is in the explanation."""
    return _SPARE.sub(lambda found: found[1] or "", text)


def _in_words(node: Node) -> Iterator[Piece]:
    assert node.rule is not None
    assert node.place is not None
    yield from _target(part for part in node.title if _is_target(part))
    yield Piece(in_words(node.rule, node.place))


def _notes(node: Node, before: str) -> Iterator[Piece]:
    """Names beside the numbers; that Docker made a chain called DOCKER needs no saying."""
    notes = [note for note in node.notes if not _is_obvious(node, note)]
    for place, note in enumerate(notes):
        yield Piece(before if place == 0 else ", ", Tone.FAINT)
        yield note


def _is_obvious(node: Node, note: Piece) -> bool:
    return node.target is not None and node.target.lower().startswith(note.text.lower())


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
