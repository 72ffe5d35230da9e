"""The second line: the views and their keys, and what is shown of the host."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style

from dockerwall.app.look import Look
from dockerwall.app.widgets.pane import Line, Pane, text_width
from dockerwall.present.pieces import Tone


class Tabs(Pane):
    """The names of the views, the current one in reverse."""

    def __init__(self, look: Look, views: Sequence[tuple[str, str]]) -> None:
        """`views` are pairs of key and title."""
        super().__init__(look, id="tabs")
        self.views = views
        self.current = views[0][0]
        self.remark = ""

    def show(self, current: str, remark: str) -> None:
        """Say which view is current, and a remark on the right."""
        self.current, self.remark = current, remark
        self.update_lines()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """One line."""
        look = self.look
        line: Line = []
        for key, title in self.views:
            at = key == self.current
            style = look.cursor if at else look.tone(Tone.PLAIN)
            line += [Segment(f" {key} {title} ", style), Segment(" ", look.ground)]
        gap = width - text_width(line) - len(self.remark) - 1
        faint: Style = look.tone(Tone.FAINT)
        return [[*line, Segment(" " * max(1, gap), look.ground), Segment(self.remark, faint)]]
