"""The views of a host in one frame. It shows pictures and judgements; it reads nothing itself.

What it can do is gathered by purpose: `frame` (parts and places), `showing` (what was read),
`reasons` (why), `wandering` (from one thing to what belongs to it), `asking` (the line to type
into). A command in view is an action of one of them.
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from dockerwall.app.commands import Where, bindings
from dockerwall.app.screens.asking import Asking
from dockerwall.app.screens.wandering import Wandering


class MainScreen(Wandering, Asking):
    """All views, and every command that works in them."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Where.VIEW), *bindings(Where.CHANGE)]

    def action_words(self) -> None:
        """Show rules in words, or as text."""
        self.traversal.words = not self.traversal.words
        self.traversal.refresh()
        self.tell_of_tree("says rules in words" if self.traversal.words else "shows rules as text")
