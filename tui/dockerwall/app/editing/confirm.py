"""The line below a dialog: a word has to be typed whole before Enter does anything but leave.

Until then the way out is the button that is chosen, so that neither a stray Enter nor the rest of
a split escape sequence changes anything; and what was typed before the dialog opened, or right
after that, is lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.message import Message

from dockerwall.app.commands import Where, bindings
from dockerwall.app.editing.sheet import Sheet
from dockerwall.app.look import Look
from dockerwall.app.widgets.pane import Line, Pane

SETTLING = 0.3
"""Seconds after it opened from which on a key that is typed is meant for it."""


class Confirm(Pane, can_focus=True):
    """The words that can be typed, the way out, and what was typed so far."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Where.LIST)]

    class Typed(Message):
        """A word was typed whole, and Enter pressed."""

        def __init__(self, word: str) -> None:
            super().__init__()
            self.word = word

    class Left(Message):
        """Enter was pressed on the way out."""

    def __init__(self, look: Look, out: str, clock: Callable[[], float], sheet: Sheet) -> None:
        super().__init__(look, id="confirm")
        self.out = out
        """The name of the way out."""
        self.words: Sequence[tuple[str, str]] = ()
        """Each word that can be typed, and what it does."""
        self.text = ""
        self.remark = ""
        self._clock = clock
        self._sheet = sheet
        self._opened = clock()

    def offer(self, words: Sequence[tuple[str, str]], out: str | None = None) -> None:
        """Let other words be typed; what was typed is lost, and so are keys for a moment."""
        self.words, self.text, self.remark = tuple(words), "", ""
        self.out = out or self.out
        self._opened = self._clock()
        self.update_lines()

    @property
    def complete(self) -> bool:
        """Whether a whole word stands there."""
        return self.text in dict(self.words)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """How much is below, then the way out, and the words."""
        return [self._rule(width), self._line()]

    def _rule(self, width: int) -> Line:
        look = self.look
        left = self._sheet.below
        more = f" {left} more line{'' if left == 1 else 's'} below: PgDn " if left else ""
        fill = max(0, width - len(more) - 2)
        from dockerwall.present.pieces import Tone

        faint = look.tone(Tone.FAINT)
        return [
            Segment(look.glyphs.rule * fill, faint),
            Segment(more, look.tone(Tone.WARN)),
            Segment(look.glyphs.rule * 2, faint),
        ]

    def _line(self) -> Line:
        look = self.look
        chosen, other = look.cursor, look.ground
        line = [
            Segment(" ", other),
            Segment(f"[ {self.out} ]", other if self.complete else chosen),
        ]
        if not self.words:
            return line
        line.append(Segment("  ", other))
        if self.text:
            line.append(Segment(f"[ {self.text} ]", chosen if self.complete else other))
            said = self.remark or ("Enter does it" if self.complete else self._rest())
            line.append(Segment(f"  {said}", other))
            return line
        from dockerwall.present.pieces import Tone

        line.append(Segment("type ", other))
        for place, (word, does) in enumerate(self.words):
            last = place == len(self.words) - 1
            line.append(Segment("" if not place else " or " if last else ", ", other))
            line.append(Segment(word, look.tone(Tone.ACCEPT)))
            line.append(Segment(f" {does}" if does else "", other))
        return line

    def _rest(self) -> str:
        fitting = [word for word, _ in self.words if word.startswith(self.text)]
        return f"type {' or '.join(fitting)}" if fitting else "that is none of the words"

    async def on_key(self, event: events.Key) -> None:
        """Take a word's letters; other keys are commands as long as no word was begun."""
        # A key may have waited: what counts is when it was typed.
        typed = self._clock() - max(0.0, time.monotonic() - event.time)
        if typed - self._opened < SETTLING:
            event.stop()
            event.prevent_default()
            return
        if event.key == "enter":
            self._enter()
        elif event.key == "backspace" and self.text:
            self._become(self.text[:-1])
        elif event.key == "escape" and self.text:
            self._become("")
        elif event.is_printable and event.character and self._takes(event.character):
            self._become((self.text + event.character)[:12])
        else:
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """A word that was not typed does not count."""
        event.stop()

    def _takes(self, letter: str) -> bool:
        return bool(self.text) or any(word.startswith(letter) for word, _ in self.words)

    def _become(self, text: str) -> None:
        self.text, self.remark = text, ""
        self.update_lines()

    def _enter(self) -> None:
        if self.complete:
            word, self.text = self.text, ""
            self.post_message(self.Typed(word))
        elif self.text:
            self.remark = "that is none of the words: nothing was done"
        else:
            self.post_message(self.Left())
        self.update_lines()

    # Keys of lists scroll what there is to read.

    def action_down(self) -> None:
        """One line down."""
        self._sheet.action_down()

    def action_up(self) -> None:
        """One line up."""
        self._sheet.action_up()

    def action_page_down(self) -> None:
        """One screen down."""
        self._sheet.action_page_down()

    def action_page_up(self) -> None:
        """One screen up."""
        self._sheet.action_page_up()

    def action_first(self) -> None:
        """To the first line."""
        self._sheet.action_first()

    def action_last(self) -> None:
        """To the last line."""
        self._sheet.action_last()
