"""Paragraphs to read through: wrapped to the width and scrolled; it has no cursor."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.strip import Strip

from dockerwall.app.look import Look
from dockerwall.app.widgets.lines import Lines
from dockerwall.app.widgets.pane import Line
from dockerwall.app.wrapping import wrapped
from dockerwall.present.plan_sheet import Paragraph

WIDEST = 116
"""Cells of a line: longer ones are hard to read."""


class Sheet(Lines, can_focus=False):
    """The paragraphs; its keys are pressed elsewhere, where something is typed."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:
        super().__init__(look, id=id)
        self.paragraphs: Sequence[Paragraph] = ()
        self._rows: list[Line] = []

    def put(self, paragraphs: Sequence[Paragraph]) -> None:
        """Show other paragraphs, from the first line on if they differ."""
        if tuple(paragraphs) != tuple(self.paragraphs):
            self.paragraphs = tuple(paragraphs)
            self._wrap()
            self.top_row = 0
            self.refresh()

    def put_first(self, paragraphs: Sequence[Paragraph]) -> None:
        """Show other first paragraphs in the place of as many; the rest stays where it is."""
        self.paragraphs = (*paragraphs, *self.paragraphs[len(paragraphs) :])
        before, top = self._rows, self.top_row
        self._wrap()
        for row in range(top, top + self.size.height):
            if self._rows[row : row + 1] != before[row : row + 1]:
                self.redraw_row(row)

    @property
    def below(self) -> int:
        """How many lines are below what is on screen."""
        return max(0, self.count() - self.top_row - self.size.height)

    def count(self) -> int:
        """How many lines there are."""
        return len(self._rows)

    def draw(self, row: int, width: int, cursor: bool) -> Line:
        """One line."""
        return self._rows[row]

    def render_line(self, y: int) -> Strip:
        """One line of the screen; none is the cursor's."""
        self.set_reactive(Lines.cursor, -1)
        return super().render_line(y)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap again."""
        self._wrap()
        self.put_top(self.top_row)
        self.refresh()

    def scroll(self, rows: int) -> None:
        """Scroll by so many lines."""
        before = self.top_row
        self.put_top(self.top_row + rows)
        if self.top_row != before:
            self.post_message(self.Moved(self))

    def action_down(self) -> None:
        """One line down."""
        self.scroll(1)

    def action_up(self) -> None:
        """One line up."""
        self.scroll(-1)

    def action_page_down(self) -> None:
        """One screen down."""
        self.scroll(self.size.height - 1)

    def action_page_up(self) -> None:
        """One screen up."""
        self.scroll(1 - self.size.height)

    def action_first(self) -> None:
        """To the first line."""
        self.scroll(-self.count())

    def action_last(self) -> None:
        """To the last line."""
        self.scroll(self.count())

    def _wrap(self) -> None:
        width = min(self.size.width - 3, WIDEST)
        self._rows = [line for each in self.paragraphs for line in self._wrapped(each, width)]

    def _wrapped(self, paragraph: Paragraph, width: int) -> list[Line]:
        look = self.look
        lead = look.safe(paragraph.lead.text)
        indent = cell_len(lead)
        lines: list[Line] = []
        for text in wrapped(look.safe(paragraph.text.text), max(8, width - indent)):
            before = " " * indent if lines else lead
            lines.append(
                [
                    Segment(" ", look.ground),
                    Segment(before, look.tone(paragraph.lead.tone)),
                    Segment(text, look.tone(paragraph.text.tone)),
                ]
            )
        return lines
