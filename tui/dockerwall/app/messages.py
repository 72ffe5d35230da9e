"""What the reading thread tells the application."""

from __future__ import annotations

from textual.message import Message

from dockerwall.app.reader import Outcome


class Found(Message):
    """A reading came to an end, well or not."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome
