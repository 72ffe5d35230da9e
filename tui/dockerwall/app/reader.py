"""The thread that reads the host: one reading at a time, and never anything the exit waits for.

It is a daemon thread, because a worker of Textual's would hold up leaving until a stuck reading
came back. It knows no widget: it makes values and hands them over. It starts before Textual is
even imported, so that the programs it asks run meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from dockerwall.app.background import BACKGROUND
from dockerwall.app.judging import Judging
from dockerwall.app.picture import Picture
from dockerwall.app.unfolded import Folding, Unfolded
from dockerwall.changes import Changing
from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Snapshot
from dockerwall.model.unreadable import UnreadableError
from dockerwall.present.outline import BOTH, Outline, outline

WARMED = 80
"""How many lines are made ready by the thread: what the screen shows first."""


class Host(Judging, Protocol):
    """What is read and judged: `dockerwall.session.Session`, or a fake."""

    @property
    def live(self) -> bool:
        """Whether another reading may differ."""
        ...

    @property
    def name(self) -> str:
        """The path of a recording; empty for a live host."""
        ...

    @property
    def changing(self) -> Changing | None:
        """What changes the host; None for a recorded one."""
        ...

    def first(self) -> Snapshot:
        """The soonest useful snapshot."""
        ...

    def read(self) -> Snapshot:
        """A whole snapshot."""
        ...

    def report(self, snapshot: Snapshot, form: str) -> str:
        """What is judged of a snapshot, as `text` or `markdown`."""
        ...


class Wanted(NamedTuple):
    """What the next reading is drawn with."""

    families: tuple[Family, ...] = (Family.IPV4,)
    previous: Outline | None = None
    foldings: Mapping[str, Folding] = MappingProxyType({})


class Reading(NamedTuple):
    """The host was read."""

    picture: Picture
    unfolded: Unfolded | None
    """The lines of the new tree, when the rules are others than before."""


class Failure(NamedTuple):
    """The host could not be read at all; a gap is no failure."""

    reason: str


Outcome = Reading | Failure


class Reader:
    """Reads when asked, and hands over what it finds; before `connect` it keeps the last."""

    def __init__(self, host: Host, clock: Callable[[], float] = time.monotonic) -> None:
        self.host = host
        self._clock = clock
        self.busy = False
        """Whether a reading is under way."""
        self.complete = False
        """Whether all that can be read was read once."""
        self._asked = threading.Event()
        self._wanted = Wanted()
        self._last: tuple[Snapshot, float] | None = None
        self._lock = threading.Lock()
        self._deliver: Callable[[Outcome], object] | None = None
        self._kept: Outcome | None = None

    def start(self) -> None:
        """Read for the first time: soon what is quick, then everything."""
        self.busy = True
        threading.Thread(target=self._run, name="reader", daemon=True).start()

    def connect(self, deliver: Callable[[Outcome], object]) -> Outcome | None:
        """Hand over what is found from now on; what was found before is returned."""
        with self._lock:
            self._deliver = deliver
            kept, self._kept = self._kept, None
            return kept

    def ask(self, wanted: Wanted) -> bool:
        """Read again; False when a reading is still under way."""
        if self.busy:
            return False
        self.busy = True
        self._wanted = wanted
        self._asked.set()
        return True

    def _run(self) -> None:
        self.complete = not self.host.live  # a recording is read at once
        self._read(self.host.first)
        self.complete = True
        if self.host.live:
            self._read(self.host.read)
        while True:
            self.busy = False
            self._asked.wait()
            self._asked.clear()
            self._read(self.host.read)

    def _read(self, read: Callable[[], Snapshot]) -> None:
        try:
            outcome: Outcome = self._found(read)
        except UnreadableError as error:
            outcome = Failure(str(error))
        except Exception as error:
            outcome = Failure(f"{type(error).__name__}: {error}")
        with self._lock:
            deliver = self._deliver
            if deliver is None:
                self._kept = outcome
        if deliver is not None:
            deliver(outcome)

    def _found(self, read: Callable[[], Snapshot]) -> Reading:
        with BACKGROUND.computing():
            return self._look_at(read())

    def _look_at(self, snapshot: Snapshot) -> Reading:
        now = self._clock()
        wanted = self._wanted
        drawn = outline(snapshot, wanted.families, wanted.previous)
        unfolded = None
        if drawn is not wanted.previous:
            unfolded = Unfolded(drawn.roots, wanted.foldings)
            for _ in unfolded.rows(0, WARMED):
                pass
            outline(snapshot, BOTH)  # what it takes to switch families is now remembered
        earlier, seconds = None, 0.0
        if self._last is not None:
            earlier, seconds = self._last[0].rules, now - self._last[1]
        self._last = (snapshot, now)
        self._wanted = Wanted(wanted.families, drawn, wanted.foldings)
        return Reading(Picture(snapshot, drawn, earlier, seconds), unfolded)
