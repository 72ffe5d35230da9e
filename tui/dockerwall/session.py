"""One host under observation: what the screen and the command line ask for, in their words.

Where snapshots come from is a Source: a live host or a recorded one, chosen by the command line.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

from dockerwall.model.snapshot import Snapshot


class Source(Protocol):
    """A host that can be read, again and again."""

    @property
    def live(self) -> bool:
        """Whether what is read can change."""
        ...

    @property
    def name(self) -> str:
        """The path of a recording; empty for the host itself."""
        ...

    def first(self) -> Snapshot:
        """The soonest useful snapshot: rules, but nothing that may have to be waited for."""
        ...

    def read(self) -> Snapshot:
        """A whole snapshot. Unchanged parts are the very objects of the reading before."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """How the screen was asked to behave."""

    interval: float = 2.0
    """Seconds between two readings."""
    read_only: bool = False
    """Whether every key that changes the host is taken away."""
    mouse: bool = False
    """Whether the mouse is used from the start."""
    ascii_only: bool = False
    """Whether to draw with ASCII alone, whatever the terminal says."""
    colour: bool = True
    """False for `--no-color` or a NO_COLOR that is not empty."""


class Session:
    """Reads one host; safe to call from a worker thread, one reading at a time."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = threading.Lock()

    @property
    def live(self) -> bool:
        """Whether another reading may differ."""
        return self._source.live

    @property
    def name(self) -> str:
        """The path of the recording that is open; empty for the host itself."""
        return self._source.name

    def first(self) -> Snapshot:
        """The soonest useful snapshot, before Docker has answered."""
        with self._lock:
            return self._source.first()

    def read(self) -> Snapshot:
        """A whole snapshot; where only counters changed, its rule sets are the same objects."""
        with self._lock:
            return self._source.read()
