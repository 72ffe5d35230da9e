"""A page over the views: a list of lines to read, or to choose from."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from dockerwall.app.commands import Where, bindings
from dockerwall.app.look import Look
from dockerwall.app.widgets.footer import Footer
from dockerwall.app.widgets.pane import Line, Pane

Result = TypeVar("Result")


class Title(Pane):
    """The page's name in the bar."""

    def __init__(self, look: Look, title: str) -> None:
        super().__init__(look, id="title")
        self.title_text = title

    @property
    def ground(self) -> Style:
        """The bar's background."""
        return self.look.bar

    def rename(self, title: str) -> None:
        """Say another name."""
        self.title_text = title
        self.update_lines()

    def lines(self, width: int, height: int) -> list[Line]:
        """One line."""
        return [[Segment(f" {self.title_text}", self.look.bar_strong)]]


class Page(Screen[Result], inherit_bindings=False):
    """A title, something that holds lines, and the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Where.PAGE)]

    def __init__(self, look: Look, title: str) -> None:
        super().__init__()
        self.look = look
        self.page_title = title

    def compose(self) -> ComposeResult:
        """Title, body, footer."""
        yield Title(self.look, self.page_title)
        yield from self.body()
        yield self.footer()

    def body(self) -> ComposeResult:
        """What stands between title and footer."""
        raise NotImplementedError

    def footer(self) -> Footer:
        """The keys that work on the page."""
        return Footer(self.look, (Where.PAGE,))

    @property
    def text_to_copy(self) -> str:
        """What the copy key takes from here; empty for nothing."""
        return ""

    def action_close(self) -> None:
        """Go back to the view."""
        self.dismiss(None)
