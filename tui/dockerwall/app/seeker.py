"""A search under way: it takes a few milliseconds at a time, so that the keyboard stays free."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from dockerwall.app.filters import understood
from dockerwall.app.search import MOST, Moved, TreeText, Way
from dockerwall.present.outline import Outline

NOT_FOUND = "not found"
SLICE = 0.008
"""Seconds of one slice."""


class Seeker:
    """The places of one text in one tree, as far as they were found."""

    def __init__(
        self, outline: Outline | None, text: str, moved: Moved = lambda ref: False
    ) -> None:
        self.text = text
        self.found: list[Way] = []
        self.looked_at = 0
        self._places: Iterator[Way | None] = iter(())
        self.done = not text or outline is None
        if outline is not None and text:
            self._places = TreeText(outline, understood(text), moved).places()

    def go_on(self, seconds: float = SLICE) -> None:
        """Look for so long."""
        end = time.perf_counter() + seconds
        for place in self._places:
            self.looked_at += 1
            if place is not None:
                self.found.append(place)
                if len(self.found) >= MOST:
                    break
            if self.looked_at % 16 == 0 and time.perf_counter() > end:
                return
        self.done = True

    def after(self, way: Way, *, or_here: bool = False) -> Way | None:
        """The next place from a line on, around the end; None when there is none at all."""
        if not self.found:
            return None
        place = (bisect_left if or_here else bisect_right)(self.found, way)
        return self.found[place % len(self.found)]

    def before(self, way: Way) -> Way | None:
        """The place before a line, around the beginning."""
        return self.found[bisect_left(self.found, way) - 1] if self.found else None

    def remark(self, way: Way) -> str:
        """Where a line is among the places: `3 of 27`."""
        if not self.text:
            return ""
        more = "" if self.done else "+"
        if not self.found:
            return NOT_FOUND if self.done else "searching"
        place = bisect_left(self.found, way)
        here = place < len(self.found) and self.found[place] == way
        return f"{place + 1 if here else '-'} of {len(self.found)}{more}"
