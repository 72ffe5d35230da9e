"""What the terminal shows, so that only what differs is written to it.

Textual repaints whole widgets, and the whole screen whenever the layout changes, even where the
same letters stand already. On a link of a few kilobytes a second that is what people wait for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from textual.strip import Strip

Change = tuple[int, int, Strip]
"""Column, line, and what to write there."""


class Frames:
    """The last frame that was written."""

    def __init__(self) -> None:
        self._shown: list[list[Segment]] = []

    def forget(self) -> None:
        """The terminal may show anything now: the next frame is written whole."""
        self._shown = []

    def sequence(self, strips: Sequence[Strip], console: Console) -> str:
        """What to write so that the terminal shows these lines; empty when it does already."""
        return "".join(
            f"{Control.move_to(column, line).segment.text}{strip.render(console)}"
            for column, line, strip in self.changes(strips)
        )

    def changes(self, strips: Sequence[Strip]) -> Iterator[Change]:
        """The parts that differ from the last frame, which these lines become."""
        lines = [list(strip) for strip in strips]
        before, self._shown = self._shown, lines
        if len(before) != len(lines):
            before = [[] for _ in lines]
        for number, (old, new) in enumerate(zip(before, lines, strict=True)):
            change = _difference(old, new)
            if change is not None:
                column, segments = change
                yield column, number, Strip(segments)


def _difference(old: list[Segment], new: list[Segment]) -> tuple[int, list[Segment]] | None:
    """Where two lines begin to differ, and the new one's part up to where they agree again."""
    if old == new:
        return None
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    stop_old, stop_new = len(old), len(new)
    if _cells(old) == _cells(new):
        while stop_old > start and stop_new > start and old[stop_old - 1] == new[stop_new - 1]:
            stop_old, stop_new = stop_old - 1, stop_new - 1
    return _cells(new[:start]), new[start:stop_new]


def _cells(segments: list[Segment]) -> int:
    return sum(segment.cell_length for segment in segments)
