"""A list of any length with a cursor, drawn line by line: only what is on screen is ever made.

Byte for byte this is what a slow link asks for: a moved cursor redraws two rows, a changed counter
its own cells, and nothing at all is written while nothing changes.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from dockerwall.app.commands import Where, bindings
from dockerwall.app.look import Look
from dockerwall.app.widgets.pane import Line, fit
from dockerwall.present.pieces import Tone


class Lines(Widget, can_focus=True, inherit_bindings=False):
    """The list; what a row says is up to the subclass (`count`, `draw`)."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Where.LIST)]

    cursor: reactive[int] = reactive(0, repaint=False, init=False)
    """The row the cursor is on."""

    class Moved(Message):
        """The cursor is on another row, or the row under it says something else."""

        def __init__(self, lines: Lines) -> None:
            super().__init__()
            self.lines = lines

        @property
        def control(self) -> Lines:
            """The list whose cursor moved."""
            return self.lines

    class Chosen(Message):
        """Enter was pressed on a row, or it was clicked once more."""

        def __init__(self, lines: Lines, row: int) -> None:
            super().__init__()
            self.lines = lines
            self.row = row

        @property
        def control(self) -> Lines:
            """The list the row belongs to."""
            return self.lines

    def __init__(self, look: Look, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.look = look
        self.top_row = 0
        """The first row on screen."""
        self.lit = True
        """Whether this is the list the operator is in; its cursor stands out."""

    # What a subclass says.

    def count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def draw(self, row: int, width: int, cursor: bool) -> Line:
        """One row, at most `width` cells; what is missing is filled up."""
        raise NotImplementedError

    def empty(self) -> str:
        """What stands on the first line while there is no row."""
        return ""

    # Rows came or went.

    def recount(self, cursor: int | None = None) -> None:
        """Take in a new number of rows and redraw everything; the cursor goes to `cursor`."""
        place = self.cursor if cursor is None else cursor
        self.set_reactive(Lines.cursor, self.validate_cursor(place))
        self.put_top(self.top_row)
        self.keep_in_view()
        self.refresh()
        self.post_message(self.Moved(self))

    def redraw_cells(self, row: int, width: int) -> None:
        """Redraw the leftmost cells of one row, if it is on screen."""
        y = row - self.top_row
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, width, 1))

    def redraw_row(self, row: int) -> None:
        """Redraw one row, if it is on screen."""
        self.redraw_cells(row, self.size.width)

    def keep_in_view(self, margin: int = 0) -> None:
        """Scroll no more than needed to have the cursor on screen, `margin` rows from the edge."""
        height = self.size.height
        if height <= 0:
            return
        margin = min(margin, (height - 1) // 2)
        top = self.top_row
        if self.cursor < top + margin:
            top = self.cursor - margin
        elif self.cursor > top + height - 1 - margin:
            top = self.cursor - height + 1 + margin
        self.put_top(top)

    def put_top(self, row: int) -> None:
        """Scroll so that `row` comes first, as far as the list reaches."""
        last = max(0, self.count() - self.size.height)
        row = max(0, min(row, last))
        if row != self.top_row:
            self.top_row = row
            self.refresh()

    def with_cursor(self, line: Line, cursor: bool) -> Line:
        """A line behind the cursor's mark; at the cursor in one style, which needs no colour."""
        if not cursor:
            return [Segment("  ", self.look.ground), *line]
        text = "".join(segment.text for segment in line)
        mark = self.look.glyphs.cursor if self.lit else " "
        return [Segment(f"{mark} {text}", self.cursor_style)]

    # Drawing.

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        row, width = self.top_row + y, self.size.width
        ground = self.look.ground
        if row >= self.count():
            said = self.empty() if y == 0 else ""
            faint = self.look.tone(Tone.FAINT)
            return fit([Segment(f"  {self.look.safe(said)}", faint)], width, ground, self.look)
        at_cursor = row == self.cursor
        segments = self.draw(row, width, at_cursor)
        style = self.cursor_style if at_cursor else ground
        return fit(segments, width, style, self.look)

    @property
    def cursor_style(self) -> Style:
        """The style of the cursor's row."""
        return self.look.cursor if self.lit else self.look.blurred

    def watch_cursor(self, old: int, new: int) -> None:
        """Redraw the two rows concerned."""
        self.redraw_row(old)
        self.redraw_row(new)
        self.keep_in_view()
        self.post_message(self.Moved(self))

    def validate_cursor(self, row: int) -> int:
        """The nearest row there is."""
        return max(0, min(row, self.count() - 1))

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor on screen."""
        self.put_top(self.top_row)
        self.keep_in_view()

    def light(self, lit: bool) -> None:
        """Let the cursor stand out, or not."""
        if lit is not self.lit:
            self.lit = lit
            self.redraw_row(self.cursor)

    # Keys and mouse.

    def action_down(self) -> None:
        """Move the cursor one row down."""
        self.cursor += 1

    def action_up(self) -> None:
        """Move the cursor one row up."""
        self.cursor -= 1

    def action_page_down(self) -> None:
        """Move one screen down."""
        self._page(self.size.height - 1)

    def action_page_up(self) -> None:
        """Move one screen up."""
        self._page(1 - self.size.height)

    def action_first(self) -> None:
        """Move to the first row."""
        self.cursor = 0

    def action_last(self) -> None:
        """Move to the last row."""
        self.cursor = self.count() - 1

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self.count():
            self.post_message(self.Chosen(self, self.cursor))

    def _page(self, rows: int) -> None:
        self.put_top(self.top_row + rows)
        self.cursor += rows

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; once more on the same row chooses it."""
        row = self.top_row + event.y
        if row >= self.count():
            return
        if row == self.cursor:
            self.action_choose()
        else:
            self.cursor = row

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self.cursor += 3

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self.cursor -= 3
