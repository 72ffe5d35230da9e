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


class Written(Message):
    """A thread has written a text that is to be copied."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Told(Message):
    """A thread has something to say."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence
