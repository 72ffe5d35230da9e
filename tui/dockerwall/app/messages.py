"""What the reading and the judging threads tell the application."""

from __future__ import annotations

from textual.message import Message

from dockerwall.app.judging import Opinion
from dockerwall.app.reader import Outcome


class Found(Message):
    """A reading came to an end, well or not."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class Judged(Message):
    """Something was found out of a reading."""

    def __init__(self, opinion: Opinion) -> None:
        super().__init__()
        self.opinion = opinion
