"""A page with something to read, and a line below it that takes a typed word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult

from dockerwall.app.editing.confirm import Confirm
from dockerwall.app.editing.sheet import Sheet
from dockerwall.app.screens.page import Page
from dockerwall.app.widgets.lines import Lines

if TYPE_CHECKING:
    from dockerwall.app.editing.desk import Desk


class Dialog(Page[None]):
    """Says something, and asks for a word; the focused button is the way out."""

    out = "Close"
    """The name of the way out."""

    def __init__(self, desk: Desk, title: str) -> None:
        super().__init__(desk.look, title)
        self.desk = desk
        self.sheet = Sheet(desk.look, id="sheet")
        self.confirm = Confirm(desk.look, self.out, desk.clock, self.sheet)

    def body(self) -> ComposeResult:
        """What there is to read, then the words."""
        yield self.sheet
        yield self.confirm

    def on_mount(self) -> None:
        """The way out has the keyboard."""
        self.confirm.focus()

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """Say how much is below now."""
        self.confirm.update_lines()

    def on_resize(self) -> None:
        """Say how much is below now."""
        self.call_after_refresh(self.confirm.update_lines)

    def on_confirm_left(self) -> None:
        """Leave without doing anything."""
        self.leave()

    def action_close(self) -> None:
        """Leave without doing anything."""
        self.leave()

    def leave(self) -> None:
        """Go back to what was there before."""
        self.dismiss(None)
