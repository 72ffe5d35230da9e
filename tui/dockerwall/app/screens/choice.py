"""A page to choose one thing from: what to copy, which theme, how often to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import BindingType

from dockerwall.app.commands import Where, bindings
from dockerwall.app.look import Look
from dockerwall.app.screens.page import Page
from dockerwall.app.widgets.footer import Footer
from dockerwall.app.widgets.lines import Lines
from dockerwall.app.widgets.pane import Line, Pane
from dockerwall.app.widgets.text import Text
from dockerwall.app.wrapping import wrapped
from dockerwall.present.pieces import Pieces, Tone, piece


class Choice(NamedTuple):
    """One thing to choose, and what it is in full."""

    label: str
    text: str = ""


class Whole(Pane):
    """The whole text of a choice, to be read or selected with the terminal's own means."""

    def __init__(self, look: Look, text: str) -> None:
        super().__init__(look, id="whole")
        self.text = text

    def show(self, text: str) -> None:
        """Show another text."""
        self.text = text
        self.update_lines()

    def lines(self, width: int, height: int) -> list[Line]:
        """A rule, then every line of it, broken where it is too long."""
        look = self.look
        rule: Line = [Segment(look.glyphs.rule * width, look.tone(Tone.FAINT))]
        parts = [part for line in self.text.splitlines() for part in wrapped(line, width)]
        plain = look.tone(Tone.PLAIN)
        return [rule, *([Segment(look.safe(part), plain)] for part in parts)] if parts else []


class ChoicePage(Page[int]):
    """Choices above, the whole text of one of them below; the result is its number."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Where.CHOICE)]

    def __init__(self, look: Look, title: str, choices: Sequence[Choice], at: int = 0) -> None:
        super().__init__(look, title)
        self.choices = choices
        labels: list[Pieces] = [(piece(choice.label, Tone.NAME),) for choice in choices]
        self.listed = Text(look, labels, id="choices")
        self.whole = Whole(look, choices[at].text if choices else "")
        self._at = at

    def body(self) -> ComposeResult:
        """The list, and the text."""
        self.listed.styles.height = len(self.choices)
        yield self.listed
        yield self.whole

    def footer(self) -> Footer:
        """How to choose, and how to leave."""
        return Footer(self.look, (Where.CHOICE, Where.PAGE))

    def on_mount(self) -> None:
        """Begin at what holds now."""
        self.listed.cursor = self._at
        self.listed.focus()

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """Show the text of the choice under the cursor."""
        if self.choices:
            self.whole.show(self.choices[self.listed.cursor].text)

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """Take the choice that was clicked on."""
        self.dismiss(message.row)

    def action_take(self) -> None:
        """Take the choice under the cursor."""
        self.dismiss(self.listed.cursor if self.choices else None)
