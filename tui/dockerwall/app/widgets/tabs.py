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

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="tabs")
        self.views: Sequence[tuple[str, str]] = ()
        self.current = ""
        self.remark = ""

    def show(self, views: Sequence[tuple[str, str]], current: str, remark: str) -> None:
        """Say which views there are (key, title), which is current, and a remark."""
        self.views, self.current, self.remark = views, current, remark
        self.update_lines()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """One line."""
        look = self.look
        line: Line = []
        for key, title in self.views:
            at = key == self.current
            style = look.cursor if at else look.tone(Tone.PLAIN)
            line.append(Segment(f" {key} {title} ", style))
        room, remark = width - text_width(line) - 2, self.remark
        while len(remark) > room and ", " in remark:  # the first part matters most
            remark = remark.rpartition(", ")[0]
        remark = remark if len(remark) <= room else ""
        gap = max(0, width - text_width(line) - len(remark) - 1)
        faint: Style = look.tone(Tone.FAINT)
        return [[*line, Segment(" " * gap, look.ground), Segment(remark, faint)]]
