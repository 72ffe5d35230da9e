"""Prepared lines of text to read through."""

from __future__ import annotations

from rich.segment import Segment

from dockerwall.app.look import Look
from dockerwall.app.widgets.lines import Lines
from dockerwall.app.widgets.pane import Line, segments
from dockerwall.present.pieces import Pieces


class Text(Lines):
    """Lines of pieces, with a cursor."""

    def __init__(self, look: Look, rows: list[Pieces], *, id: str | None = None) -> None:
        super().__init__(look, id=id)
        self.rows = rows

    def put(self, rows: list[Pieces]) -> None:
        """Show other lines; nothing is redrawn when they are the same."""
        if rows != self.rows:
            self.rows = rows
            self.recount()

    def count(self) -> int:
        """How many lines there are."""
        return len(self.rows)

    def draw(self, row: int, width: int, cursor: bool) -> Line:
        """One line of text, the cursor's marked."""
        line: list[Segment] = segments(self.rows[row], self.look)
        return self.with_cursor(line, cursor)
