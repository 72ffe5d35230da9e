"""The thread that reads the host: one reading at a time, and never anything the exit waits for.

It is a daemon thread, because a worker of Textual's would hold up leaving until a stuck reading
came back. It touches no widget: it makes values and posts messages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from textual.message import Message

from dockerwall.app.messages import Arrived, Failed
from dockerwall.app.picture import Picture
from dockerwall.app.unfolded import Folding, Unfolded
from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Snapshot
from dockerwall.present.outline import BOTH, Outline, outline

WARMED = 80
"""How many lines are made ready by the thread: what the screen shows first."""


class Host(Protocol):
    """What is read: `dockerwall.session.Session`, or a fake."""

    @property
    def live(self) -> bool:
        """Whether another reading may differ."""
        ...

    @property
    def name(self) -> str:
        """The path of a recording; empty for a live host."""
        ...

    def first(self) -> Snapshot:
        """The soonest useful snapshot."""
        ...

    def read(self) -> Snapshot:
        """A whole snapshot."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the next reading is drawn with."""

    families: tuple[Family, ...] = BOTH
    previous: Outline | None = None
    foldings: dict[str, Folding] = field(default_factory=dict)


class Reader:
    """Reads when asked; what it finds is posted."""

    def __init__(self, host: Host, post: Callable[[Message], object]) -> None:
        self._host = host
        self._post = post
        self._asked = threading.Event()
        self._wanted = Wanted()
        self._last: tuple[Snapshot, float] | None = None
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)
        self.busy = False
        """Whether a reading is under way."""

    def start(self) -> None:
        """Read for the first time: soon what is quick, then everything."""
        self.busy = True
        self._thread.start()

    def ask(self, wanted: Wanted) -> bool:
        """Read again; False when a reading is still under way."""
        if self.busy:
            return False
        self.busy = True
        self._wanted = wanted
        self._asked.set()
        return True

    def _run(self) -> None:
        if self._host.live:
            self._read(self._host.first)
        self._read(self._host.read)
        while True:
            self.busy = False
            self._asked.wait()
            self._asked.clear()
            self._read(self._host.read)

    def _read(self, read: Callable[[], Snapshot]) -> None:
        try:
            self._post(self._look_at(read()))
        except Exception as error:
            self._post(Failed(f"{type(error).__name__}: {error}"))

    def _look_at(self, snapshot: Snapshot) -> Arrived:
        now = time.monotonic()
        wanted = self._wanted
        drawn = outline(snapshot, wanted.families, wanted.previous)
        unfolded = None
        if drawn is not wanted.previous:
            unfolded = Unfolded(drawn.roots, wanted.foldings)
            for _ in unfolded.rows(0, WARMED):
                pass
        earlier, seconds = None, 0.0
        if self._last is not None:
            earlier, seconds = self._last[0].rules, now - self._last[1]
        self._last = (snapshot, now)
        self._wanted = Wanted(wanted.families, drawn, wanted.foldings)
        return Arrived(Picture(snapshot, drawn, earlier, seconds), unfolded)
