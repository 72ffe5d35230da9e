"""Threads that compute while somebody types: they stand back until the key is answered.

Python gives every thread turns of one length, so a key would wait for each thread that computes,
again and again. But such threads make values by the thousand, and the garbage collector looks at
every hundred new ones: there they ask whether the screen is at work, and wait until it rests.

Older values it leaves alone meanwhile, for it would look at them for a second where a host with
100,000 rules was judged. They hold no cycles and are freed without it; so where many were made,
they are put out of its sight for good. The screen's own values do hold cycles: they are looked at
before that, when the next computing begins.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

OFTEN = 100
"""After so many new values a thread that computes looks up."""
NEVER = 1 << 30
"""More than there will ever be."""
MANY = 50_000
"""From so many new values on, what was made is put out of the collector's sight."""
PATIENCE = 0.05
"""Seconds after which the screen is no longer waited for: it is at work on something long, or waits
itself for what this thread holds, such as a module that is being imported."""


class Background:
    """Who computes, and whether the screen lets them."""

    def __init__(self) -> None:
        self.screen_rests = threading.Event()
        """Set while the screen waits for a key; a screen that never says so is not waited for."""
        self.screen_rests.set()
        self._lock = threading.Lock()
        self._computing: list[int] = []
        self._usual = gc.get_threshold()
        self._looks = 0
        self._put_away = False
        """Whether what was made before is out of the collector's sight, so that a look is short."""
        self._tired = False
        """Whether the screen was waited for in vain, and has not rested since."""

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Make values in this thread, and stand back for the screen meanwhile."""
        me = threading.get_ident()
        with self._lock:
            if not self._computing:
                self._begin()
            self._computing.append(me)
        try:
            yield
        finally:
            with self._lock:
                self._computing.remove(me)
                if not self._computing:
                    self._end()

    def _begin(self) -> None:
        if self._put_away:
            gc.collect()
        self._usual, self._looks = gc.get_threshold(), 0
        gc.set_threshold(OFTEN, NEVER, NEVER)
        gc.callbacks.append(self._look_up)

    def _end(self) -> None:
        gc.callbacks.remove(self._look_up)
        gc.set_threshold(*self._usual)
        if self._looks * OFTEN >= MANY:
            gc.freeze()
            self._put_away = True

    def _look_up(self, phase: str, info: dict[str, int]) -> None:
        """The collector begins to look: a good moment to let the screen go first."""
        if phase != "start" or threading.get_ident() not in self._computing:
            return
        self._looks += 1
        if self.screen_rests.is_set():
            self._tired = False
        elif not self._tired:
            self._tired = not self.screen_rests.wait(PATIENCE)


BACKGROUND = Background()
"""There is one screen and one collector, so there is one of these."""
