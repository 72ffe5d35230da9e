"""Keys one after another: each goes to where the one before it has led.

Textual hands every key at once to whatever has the keyboard, although what the key before did, such
as opening a page, comes later: of two keys in one burst the second would go to the view behind the
page. Here it waits until everything that the first one set off was done.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from textual import events
from textual.message_pump import MessagePump
from textual.screen import Screen

from dockerwall.app.telling import TellingApp

PATIENCE = 3.0
"""Seconds after which the next key is taken, whatever became of the one before."""
ROUNDS = 2
"""How often a key's way is gone along: the key itself, then what a widget said because of it."""


class TypingAheadApp(TellingApp, inherit_bindings=False):
    """Takes a key, or a pasted text, when the one before has been dealt with."""

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[events.Key | events.Paste] = deque()
        self._turn = 0
        """Counts what was taken, so that what is late for one is not mistaken for the next."""
        self._taken_at: float | None = None
        """When the one under way was taken; None if none is."""
        self._typed_on: Screen[Any] | None = None

    async def on_event(self, event: events.Event) -> None:
        """Let keys wait for their turn; everything else is handled as it comes."""
        if not isinstance(event, events.Key | events.Paste):
            await super().on_event(event)
            return
        if event.is_forwarded:
            # It comes back to be a command; but not of another page than it was typed on.
            if self.screen_stack and self.screen is self._typed_on:
                await super().on_event(event)
            return
        self._typed.append(event)
        if self._taken_at is None or time.monotonic() - self._taken_at > PATIENCE:
            await self._take_next()

    def taken(self, event: events.Key | events.Paste) -> None:
        """A key or a text is dealt with from now on."""

    async def _take_next(self) -> None:
        self._taken_at = None
        if not self._typed or not self.screen_stack:  # which is empty on the way out
            self._typed.clear()
            return
        self._taken_at = time.monotonic()
        self._turn += 1
        self._typed_on = self.screen
        way = [*(self.focused or self.screen).ancestors_with_self]
        event = self._typed.popleft()
        self.taken(event)
        await super().on_event(event)
        await self._follow(self._turn, way * ROUNDS)

    async def _follow(self, turn: int, way: Sequence[MessagePump]) -> None:
        """Come after the key to each of these, and then to the page that is on top by then."""
        if turn != self._turn or not self.screen_stack:
            return
        for place, pump in enumerate(way):
            if pump.call_later(self._follow, turn, way[place + 1 :]):
                return
        top = self.screen
        if not top.call_later(self.call_later, self._settle, turn, top):
            await self._take_next()

    async def _settle(self, turn: int, top: MessagePump) -> None:
        """Take the next key once no other page came on top meanwhile."""
        if turn != self._turn or not self.screen_stack:
            return
        if self.screen is top:
            await self._take_next()
        else:
            await self._follow(turn, [])
