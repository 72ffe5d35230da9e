"""Words with a tone: what the screen colours and `show` prints as they are."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from dockerwall.present.plain import plain


class Tone(StrEnum):
    """What a piece of text means; never the only carrier of that meaning."""

    PLAIN = "plain"
    NAME = "name"
    """A hook, table, chain, container or network."""
    FAINT = "faint"
    """Numbers, separators and remarks that may be passed over."""
    ACCEPT = "accept"
    DROP = "drop"
    """DROP and REJECT."""
    RETURN = "return"
    JUMP = "jump"
    CHANGE = "change"
    """Targets that rewrite or mark a packet."""
    LOG = "log"
    """Targets after which the packet goes on unchanged."""
    WARN = "warn"
    NOTE = "note"
    """Names put beside numbers, owners, remarks worth reading."""


class Piece(NamedTuple):
    """Some text in one tone, safe to show."""

    text: str
    tone: Tone = Tone.PLAIN


Pieces = tuple[Piece, ...]


def piece(text: str, tone: Tone = Tone.PLAIN) -> Piece:
    """A piece from any text, made safe."""
    return Piece(plain(text), tone)


def text_of(pieces: Iterable[Piece]) -> str:
    """The pieces as one string."""
    return "".join(part.text for part in pieces)
