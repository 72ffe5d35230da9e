"""Lines and marks, in UTF-8 and in ASCII."""

from __future__ import annotations

from typing import NamedTuple


class Glyphs(NamedTuple):
    """One set of marks; every one is a single cell wide."""

    cursor: str
    opened: str
    closed: str
    guide: str
    rule: str
    divider: str
    cut: str
    """Ends a text that did not fit."""
    dot: str
    moved: str
    """Beside a counter that moved since the last reading."""
    warn: str
    to: str


UTF8 = Glyphs(">", "▾", "▸", "│", "─", "│", "…", "·", "+", "!", "→")
ASCII = Glyphs(">", "v", ">", "|", "-", "|", ">", "-", "+", "!", ">")
