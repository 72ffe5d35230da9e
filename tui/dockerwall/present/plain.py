"""Text read from a host, made safe to show: nothing in it can move a cursor or hide a letter."""

from __future__ import annotations

import unicodedata

# Everything a terminal may obey or a reader may not see: C0, DEL, C1, the line and paragraph
# separators, bidirectional controls, joiners, fillers, tags, surrogates and private use.
_HOSTILE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_FILLERS = "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5"


def plain(text: str) -> str:
    """`text` on one line, with every control, invisible or reordering character written out.

    A byte that was no UTF-8 (held as a lone surrogate) becomes `\\xNN`, the others `\\u{N}`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def ascii_only(text: str) -> str:
    """`plain(text)` for a terminal that shows nothing beyond ASCII."""
    return "".join(c if c.isascii() else _escape(c) for c in plain(text))


def _shown(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() else f"\\x{ord(character):02x}"
    if unicodedata.category(character) in _HOSTILE or character in _FILLERS:
        return _escape(character)
    if character.isspace() or unicodedata.combining(character):
        return _escape(character)
    return character


def _escape(character: str) -> str:
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:
        return f"\\x{number - 0xDC00:02x}"
    return f"\\u{{{number:x}}}"
