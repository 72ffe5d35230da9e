"""Keeping the garbage collector from stopping the keyboard.

A full collection looks at every object there is, for a third of a second where a host has 100,000
rules. Values of the rooms below hold few cycles and are freed without it; so it waits while they
are made, and the many of a large host are then left out of its sight.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

MANY = 20_000
"""From so many rules on, what was made of them is put out of the collector's sight."""
ROUNDS = 50
"""After so many changed rule sets of a large host everything is looked at once, after all."""


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
                    gc.enable()

    def settle(self, rules: int) -> None:
        """What was made of so many rules stays for a while."""
        if rules < MANY:
            return
        with self._lock:
            self._rounds += 1
            if self._rounds % ROUNDS == 0:
                gc.unfreeze()
                gc.collect()
            gc.freeze()


COLLECTOR = Collector()
"""There is one collector, so there is one of these."""
