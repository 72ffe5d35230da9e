"""What the reading thread tells the screen."""

from __future__ import annotations

from textual.message import Message

from dockerwall.app.picture import Picture
from dockerwall.app.unfolded import Unfolded


class Arrived(Message):
    """The host was read."""

    def __init__(self, picture: Picture, unfolded: Unfolded | None) -> None:
        super().__init__()
        self.picture = picture
        self.unfolded = unfolded
        """The lines of the new tree, when the rules are others than before."""


class Failed(Message):
    """The host could not be read at all; gaps are no failures."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason
