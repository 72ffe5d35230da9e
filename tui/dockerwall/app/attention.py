"""The loop of the screen: it says whether it is at work or waits for a key."""

from __future__ import annotations

import asyncio
import selectors
import threading


class _Selector(selectors.DefaultSelector):
    """The place where the loop waits."""

    def __init__(self, rests: threading.Event) -> None:
        super().__init__()
        self._rests = rests

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Rest until something happens; a loop that only glances is still at work."""
        if timeout == 0:
            return super().select(0)
        self._rests.set()
        try:
            return super().select(timeout)
        finally:
            self._rests.clear()


def attentive_loop(rests: threading.Event) -> asyncio.AbstractEventLoop:
    """A loop that sets the event while it waits, and clears it while it works."""
    return asyncio.SelectorEventLoop(_Selector(rests))
