"""Escape and the key after it are two keys, however fast they come.

A terminal sends Alt and a key as Escape and that key, and Textual waits after an Escape for what
may follow: over SSH more than half a second. No command has a key with Alt; so what begins no
sequence ends the waiting. Sequences that come in parts are still put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from textual._xterm_parser import XTermParser
from textual.message import Message

_BEGINNINGS = r"\x1b\[O\x7f"
"""What is one key with the Escape before it; the last is Alt and Backspace, which cuts a word."""
_APART = re.compile(rf"(?<=\x1b)(?=[^{_BEGINNINGS}])")
"""Between an Escape and a key of its own."""


_PASTE, _PASTED = "\x1b[200~", "\x1b[201~"
"""Around what is pasted: an Escape in it is no key."""


class Parser(XTermParser):
    """Reads keys from a terminal."""

    _escaped = False
    """Whether the last character was an Escape."""
    _pasting = False
    _begun = ""
    """What was read last, where it may be the beginning of a paste's first mark."""
    _held = ""
    """What may be the beginning of the end of a paste."""

    def feed(self, data: str) -> Iterable[Message]:
        """The keys in what was read; nothing read is the end."""
        if not data:
            yield from super().feed(data)
        for part in filter(None, self._parts(data)):
            if self._escaped and _APART.match(f"\x1b{part}", 1):
                yield from self._end_waiting()
            yield from super().feed(part)
            self._escaped = part.endswith("\x1b")

    def _parts(self, data: str) -> Iterator[str]:
        """Keys each in a part of its own, and what is pasted without its Escapes."""
        while self._pasting or data:
            if not self._pasting:
                keys, start, data = (self._begun + data).partition(_PASTE)
                new = (keys + start)[len(self._begun) :]
                self._begun = "" if start else _beginning(_PASTE, keys)
                self._pasting = bool(start)
                yield from _APART.split(new)
                continue
            text, end, data = (self._held + data).partition(_PASTED)
            self._held = "" if end else _beginning(_PASTED, text)
            yield text.removesuffix(self._held).replace("\x1b", "") + end
            if not end:
                break
            self._pasting = False

    def _end_waiting(self) -> Iterator[Message]:
        """The Escape was a key; unless that has been found out already."""
        if self._timeout_time is not None:
            self._timeout_time = 0.0
            yield from self.tick()


def _beginning(mark: str, text: str) -> str:
    """The longest beginning of a mark with which a text ends."""
    lengths = range(len(mark) - 1, 0, -1)
    return next((mark[:n] for n in lengths if text.endswith(mark[:n])), "")
