"""What remains of the screen on a terminal too small for it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment

from dockerwall.app.widgets.pane import Line, Pane

LEAST_WIDTH, LEAST_HEIGHT = 60, 15


class TooSmall(Pane):
    """One sentence; the key to leave still works."""

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The sentence."""
        text = f"Terminal too small: needs {LEAST_WIDTH}x{LEAST_HEIGHT}, q quits"
        return [[Segment(text, self.look.ground)]]
