"""Keeping the garbage collector from stopping the keyboard.

A collection looks at every object made since the last one, for a third of a second where a host
with 100,000 rules was judged. Values of the rooms below hold few cycles and are freed without it;
so it waits while they are made, and where they are many they are then left out of its sight, before
it begins again.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

MANY = 50_000
"""From so many new objects on, what was made is put out of the collector's sight."""
ROUNDS = 50
"""After so many times everything is looked at once, after all."""


class Collector:
    """Counts who wants the collector to wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = 0
        self._rounds = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let it wait while values are made."""
        with self._lock:
            self._waiting += 1
            gc.disable()
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1
                if not self._waiting:
                    self._spare()
                    gc.enable()

    def _spare(self) -> None:
        """Spare it what was made meanwhile, if that is much: it stays for a while."""
        if gc.get_count()[0] < MANY:
            return
        self._rounds += 1
        if self._rounds % ROUNDS == 0:
            gc.unfreeze()
            gc.collect()
        gc.freeze()


COLLECTOR = Collector()
"""There is one collector, so there is one of these."""
