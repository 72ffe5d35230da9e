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


class Parser(XTermParser):
    """Reads keys from a terminal."""

    _escaped = False
    """Whether the last character was an Escape."""

    def feed(self, data: str) -> Iterable[Message]:
        """The keys in what was read."""
        for part in _APART.split(data):
            if self._escaped and _APART.match(f"\x1b{part}", 1):
                yield from self._end_waiting()
            yield from super().feed(part)
            self._escaped = part.endswith("\x1b")

    def _end_waiting(self) -> Iterator[Message]:
        """The Escape was a key; unless that has been found out already."""
        if self._timeout_time is not None:
            self._timeout_time = 0.0
            yield from self.tick()
