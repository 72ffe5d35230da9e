"""One line to type into: no blinking cursor, so that it writes nothing while nobody types."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message

from dockerwall.app.look import Look
from dockerwall.app.widgets.pane import Line, Pane
from dockerwall.present.pieces import Tone
from dockerwall.present.plain import plain

LONGEST = 200
"""How many characters may be typed."""


class Prompt(Pane, can_focus=True):
    """A label, what was typed, and a remark on the right."""

    class Changed(Message):
        """The text is another one."""

        def __init__(self, prompt: Prompt, text: str) -> None:
            super().__init__()
            self.prompt = prompt
            self.text = text

    class Submitted(Message):
        """Enter was pressed."""

        def __init__(self, prompt: Prompt, text: str) -> None:
            super().__init__()
            self.prompt = prompt
            self.text = text

    class Left(Message):
        """Esc was pressed."""

        def __init__(self, prompt: Prompt) -> None:
            super().__init__()
            self.prompt = prompt

    def __init__(self, look: Look, label: str, *, id: str | None = None) -> None:
        super().__init__(look, id=id)
        self.label = label
        self.does = ""
        """What Enter does, in the words of the footer."""
        self.text = ""
        self.remark = ""
        self._place = 0

    @property
    def ground(self) -> Style:
        """The bar's background."""
        return self.look.bar

    def put(self, text: str) -> None:
        """Start with this text."""
        self.text, self._place = text, len(text)
        self.update_lines()

    def say(self, remark: str) -> None:
        """Put a remark on the right."""
        if remark != self.remark:
            self.remark = remark
            self.update_lines()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The line, with the place of typing in reverse."""
        look = self.look
        remark = look.safe(f" {self.remark} ") if self.remark else ""
        room = max(4, width - len(self.label) - len(remark) - 2)
        start = max(0, self._place - room + 1)
        before = look.safe(self.text[start : self._place])
        after = look.safe(self.text[self._place + 1 : start + room])
        here = look.safe(self.text[self._place : self._place + 1]) or " "
        caret = look.bar + Style(reverse=True) if self.has_focus else look.bar
        line = [
            Segment(f" {self.label}", look.key),
            Segment(before, look.bar_strong),
            Segment(here, caret),
            Segment(after, look.bar_strong),
        ]
        gap = width - sum(part.cell_length for part in line) - len(remark)
        tone = look.tone(Tone.NOTE)
        style = Style(color=tone.color, bgcolor=look.bar.bgcolor)
        return [[*line, Segment(" " * max(0, gap), look.bar), Segment(remark, style)]]

    async def on_key(self, event: events.Key) -> None:
        """Edit the line; keys that mean nothing here go on to the commands."""
        if event.key == "enter":
            self.post_message(self.Submitted(self, self.text))
        elif event.key == "escape":
            self.post_message(self.Left(self))
        elif event.is_printable and event.character:
            self._type(event.character)
        elif not self._move(event.key) and not self._cut(event.key):
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Take pasted text as typed, on one line."""
        event.stop()
        self._type(plain(" ".join(event.text.split())))

    def on_focus(self) -> None:
        """Show the place of typing."""
        self.update_lines()

    def on_blur(self) -> None:
        """Hide the place of typing."""
        self.update_lines()

    def _type(self, text: str) -> None:
        self._become(
            self.text[: self._place] + text + self.text[self._place :], self._place + len(text)
        )

    def _move(self, key: str) -> bool:
        places = {
            "left": self._place - 1,
            "right": self._place + 1,
            "home": 0,
            "ctrl+a": 0,
            "ctrl+e": len(self.text),
            "end": len(self.text),
        }
        if key not in places:
            return False
        self._place = max(0, min(places[key], len(self.text)))
        self.update_lines()
        return True

    def _cut(self, key: str) -> bool:
        before, after = self.text[: self._place], self.text[self._place :]
        if key == "backspace":
            self._become(before[:-1] + after, max(0, self._place - 1))
        elif key == "delete":
            self._become(before + after[1:], self._place)
        elif key == "ctrl+u":
            self._become(after, 0)
        elif key == "ctrl+w":
            kept = before.rstrip().rpartition(" ")
            left = kept[0] + kept[1]
            self._become(left + after, len(left))
        else:
            return False
        return True

    def _become(self, text: str, place: int) -> None:
        text = text[:LONGEST]
        changed = text != self.text
        self.text, self._place = text, min(place, len(text))
        self.update_lines()
        if changed:
            self.post_message(self.Changed(self, text))
