"""Which thread computes: the one that answers the keyboard before those that read and judge.

Python gives every thread that waits a turn after the same time, so two that compute would leave the
keyboard a third of the processor. That time is long while a key is answered, so nobody cuts in, and
short while the keyboard is waited for, so it gets its turn at once.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import time

ANSWERING = 0.02
"""Seconds that others wait while the loop works. Not longer: whoever began to wait then, such as
the thread that writes to the terminal, waits as long even when the loop has come to rest."""
WAITING = 0.0005
"""Seconds that the loop waits for its turn."""
GLANCE = 0.01
"""Seconds after which the loop looks for news while it still has work: looking costs its turn."""


class _Turns(selectors.DefaultSelector):
    """The place where the loop waits."""

    _looked = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait with the short turn; work with the long one."""
        if timeout == 0 and time.monotonic() - self._looked < GLANCE:
            return []
        sys.setswitchinterval(WAITING)
        found = super().select(timeout)
        sys.setswitchinterval(ANSWERING)
        self._looked = time.monotonic()
        return found


def attentive_loop() -> asyncio.AbstractEventLoop:
    """A loop that the other threads leave the processor to."""
    return asyncio.SelectorEventLoop(_Turns())
