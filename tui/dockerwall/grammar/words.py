"""A rule's text as words, quoted the way iptables-save quotes them.

Only double quotes and the backslash are special (libxtables, xtables_save_string): a word with
anything beyond `A-Za-z0-9._/-,+:%@~=` may be quoted, with `"` and `\\` escaped inside.
"""

from __future__ import annotations

import re

_WORD = re.compile(r'[ \t]*(?:"((?:[^"\\]|\\.)*)"(?=[ \t]|$)|([^ \t]+))', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PLAIN = re.compile(r"[^\s\"'\\]+")


def split_words(text: str) -> list[str]:
    """The words of `text`, unquoted; ValueError when a quote is left open."""
    if '"' not in text:
        return text.split()
    words = []
    place, end = 0, len(text.rstrip(" \t"))
    while place < end:
        found = _WORD.match(text, place)
        if found is None:
            break
        quoted, plain = found.groups()
        if quoted is not None:
            words.append(_ESCAPE.sub(r"\1", quoted) if "\\" in quoted else quoted)
        elif plain.startswith('"'):
            raise ValueError(f"a quote is left open at column {found.start(2) + 1}")
        else:
            words.append(plain)
        place = found.end()
    return words


def has_open_quote(text: str) -> bool:
    """Whether the text ends inside a quoted word."""
    try:
        split_words(text)
    except ValueError:
        return True
    return False


def quote_word(word: str) -> str:
    """One word as iptables-save would print it."""
    if word and _PLAIN.fullmatch(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
