"""The page that asks what should hold: for the port or rule under the cursor, or for the host."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult

from dockerwall.app.commands import Where
from dockerwall.app.editing.choices import Choice
from dockerwall.app.editing.sheet import Sheet
from dockerwall.app.look import Look
from dockerwall.app.screens.page import Page
from dockerwall.app.widgets.footer import Footer
from dockerwall.app.widgets.lines import Lines
from dockerwall.app.widgets.pane import Line
from dockerwall.app.widgets.prompt import Prompt
from dockerwall.app.widgets.text import Text
from dockerwall.changes import Wish
from dockerwall.present.pieces import Piece, Pieces, Tone, piece
from dockerwall.present.plan_sheet import BLANK, Paragraph, heading, said

_TITLE = 30
"""Cells of a choice's title."""


class Menu(Text):
    """The choices under their headings; the cursor never stands on a heading."""

    def __init__(self, look: Look, parts: Sequence[tuple[str, Sequence[Choice]]]) -> None:
        super().__init__(look, [], id="wishes")
        self.choices: list[Choice | None] = []
        for name, choices in parts:
            if choices:
                self.rows += [(), (piece(name, Tone.NAME),)]
                self.choices += [None, None, *choices]
                self.rows += [_row(choice) for choice in choices]
        self.set_reactive(Lines.cursor, next((n for n, c in enumerate(self.choices) if c), 0))

    @property
    def chosen(self) -> Choice | None:
        """The choice under the cursor."""
        return self.choices[self.cursor] if self.cursor < len(self.choices) else None

    def draw(self, row: int, width: int, cursor: bool) -> Line:
        """A choice, or a heading."""
        return super().draw(row, width, cursor and self.choices[row] is not None)

    def validate_cursor(self, row: int) -> int:
        """The nearest choice on the way."""
        places = [n for n, choice in enumerate(self.choices) if choice]
        if not places:
            return 0
        if row >= self.cursor:
            return next((n for n in places if n >= row), places[-1])
        return next((n for n in reversed(places) if n <= row), places[0])


def _row(choice: Choice) -> Pieces:
    return (
        Piece(f"  {choice.key}  ", Tone.ACCEPT),
        piece(f"{choice.title:<{_TITLE}} ", Tone.PLAIN),
        piece(choice.about, Tone.FAINT),
    )


class MenuPage(Page[Wish]):
    """Choices by key; where one needs an answer, a line to type it into. The result is a wish."""

    def __init__(
        self,
        look: Look,
        title: str,
        parts: Sequence[tuple[str, Sequence[Choice]]],
        wish: Callable[[Choice, str], Wish],
        client: str = "",
        asked: Choice | None = None,
    ) -> None:
        """`wish` makes a wish of a choice and an answer, ValueError for a wrong answer.

        `client` is the operator's own address where it is known; `asked` is what to ask for at
        once, without the choices.
        """
        super().__init__(look, title)
        self._parts = parts
        self._wish = wish
        self._client = client
        self._asked = asked
        self.menu = Menu(look, () if asked else parts)
        self.hint = Sheet(look, id="hint")
        self.prompt = Prompt(look, "", id="typed")
        self._said: list[Paragraph] = []

    def body(self) -> ComposeResult:
        """The choices, and the line that is there once it is needed."""
        yield self.menu
        yield self.hint
        yield self.prompt

    def footer(self) -> Footer:
        """How to choose, and how to leave."""
        return Footer(self.look, (Where.CHOICE, Where.PAGE))

    def on_mount(self) -> None:
        """Choose first, or answer at once."""
        self.hint.display = self.prompt.display = False
        if self._asked is not None:
            self._ask(self._asked)
        else:
            self.menu.focus()

    def on_key(self, event: events.Key) -> None:
        """A choice's own key."""
        if self.prompt.display:
            return
        if event.key == "enter":
            event.stop()
            self._choose(self.menu.chosen)
        else:
            named = (c for c in self.menu.choices if c is not None and c.key == event.character)
            choice = next(named, None)
            if choice is not None:
                event.stop()
            self._choose(choice)

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """The choice that was clicked on."""
        self._choose(self.menu.chosen)

    def _choose(self, choice: Choice | None) -> None:
        if choice is None:
            return
        if choice.question:
            self._ask(choice)
        else:
            self.dismiss(self._wish(choice, ""))

    def _ask(self, choice: Choice) -> None:
        self._asked = choice
        self.menu.display = False
        words = " ".join(word or "..." for word in choice.words)
        self._said = [BLANK, heading(words), said(choice.about), BLANK]
        self._said.append(said(f"Type {choice.hint}.", Tone.FAINT))
        if choice.proposal and self._client:
            self._said.append(said(f"Your own SSH client is {self._client}.", Tone.NOTE))
        self.hint.put(self._said)
        self.hint.display = self.prompt.display = True
        self.prompt.label = choice.question
        self.prompt.put(choice.proposal if self._client else "")
        self.prompt.focus()

    def on_prompt_changed(self) -> None:
        """What was wrong is being mended."""
        self.hint.put(self._said)

    def on_prompt_submitted(self, message: Prompt.Submitted) -> None:
        """The answer, if it is one."""
        assert self._asked is not None
        try:
            wish = self._wish(self._asked, message.text)
        except ValueError as problem:
            self._complain(str(problem))
            return
        self.dismiss(wish)

    def _complain(self, sentence: str) -> None:
        self.hint.put([*self._said, BLANK, said(sentence, Tone.WARN, " ! ")])

    def on_prompt_left(self) -> None:
        """Back to the choices, or to the view."""
        if self.menu.count():
            self.hint.display = self.prompt.display = False
            self.menu.display = True
            self.menu.focus()
            self._asked = None
        else:
            self.dismiss(None)
