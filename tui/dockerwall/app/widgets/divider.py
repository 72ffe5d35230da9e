"""The line between two panes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment

from dockerwall.app.look import Look
from dockerwall.app.widgets.pane import Line, Pane
from dockerwall.present.pieces import Tone


class Divider(Pane):
    """One column of strokes."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="divider")

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """A stroke on every line."""
        stroke = Segment(self.look.glyphs.divider, self.look.tone(Tone.FAINT))
        return [[stroke]] * height
