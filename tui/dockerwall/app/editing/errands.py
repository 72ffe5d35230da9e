"""A thread for what takes its time: planning, applying, asking for trials.

Errands are run one after another, in a daemon thread, so that neither the keyboard nor leaving
ever waits for one. A change that is cut short by leaving is taken back by its watchdog.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

Work = Callable[[], Any]
Then = Callable[[Any], None]


class Done(NamedTuple):
    """An errand came to its end."""

    then: Then
    """What to do with the result, where widgets may be touched."""
    result: Any
    """What came of it; the exception if it failed."""
    is_last: bool = True
    """Whether the errand has ended; else it goes on."""


class Errands:
    """Runs what it is sent; each result is handed to `deliver`."""

    def __init__(self, name: str, deliver: Callable[[Done], object]) -> None:
        self._name = name
        self._deliver = deliver
        self._queue: queue.SimpleQueue[tuple[Work, Then]] = queue.SimpleQueue()
        self._started = False
        self._open = 0

    @property
    def busy(self) -> bool:
        """Whether something was sent whose result was not handed over yet."""
        return self._open > 0

    def send(self, work: Work, then: Then) -> None:
        """Have something done, and its result handed over."""
        if not self._started:
            self._started = True
            threading.Thread(target=self._run, name=self._name, daemon=True).start()
        self._open += 1
        self._queue.put((work, then))

    def hand_over(self, result: Any, then: Then) -> None:
        """Hand over what an errand has come to so far, from its own thread."""
        self._deliver(Done(then, result, is_last=False))

    def finish(self, done: Done) -> None:
        """Do what was to be done with a result."""
        self._open -= done.is_last
        done.then(done.result)

    def _run(self) -> None:
        while True:
            work, then = self._queue.get()
            try:
                result = work()
            except Exception as error:
                result = error
            self._deliver(Done(then, result))
