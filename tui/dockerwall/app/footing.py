"""Whether the line under the cursor is the one that was seen when a key was typed.

A reading may put another line there: the old one is gone, or a view has just come up. A key that
changes something, typed before that could be seen, is meant for the line that stood there.
"""

from __future__ import annotations

import time
from collections.abc import Callable

REFLEX = 0.3
"""Seconds from the sight of a line to the first key that can be meant for it."""
LOOK_AGAIN = "The line under the cursor has just become another: look, then press the key again."


class Footing:
    """Knows when the line under the cursor last became another by itself, and when keys came."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._slipped: float | None = None
        self._typed = 0.0
        self.touched = False
        """Whether any key was typed at all."""

    def slip(self) -> None:
        """The line under the cursor is another, and nobody typed anything."""
        self._slipped = self._clock()

    def typed(self, moment: float) -> None:
        """The key at hand was typed at this moment of the monotonic clock."""
        self.touched = True
        # A key may have waited: what counts is when it was typed.
        self._typed = self._clock() - max(0.0, time.monotonic() - moment)

    @property
    def firm(self) -> bool:
        """Whether the key at hand is meant for the line under the cursor."""
        return self._slipped is None or self._typed - self._slipped >= REFLEX
