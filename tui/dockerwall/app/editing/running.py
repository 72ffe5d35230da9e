"""A trial as this program follows it; the deadline is the host's."""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.changes import OnTrial, Planned


class Running(NamedTuple):
    """A trial as this program follows it."""

    trial: OnTrial
    deadline: float
    """By this program's own clock; the host's counts."""
    planned: Planned | None = None
    """What was previewed, where this program made the change."""
    connections: str = ""
    """What became of established connections, as a sentence."""
    lost: str = ""
    """Why the host cannot be asked now, as a sentence; empty while it can."""

    def left(self, now: float) -> int:
        """Seconds left, none of them negative."""
        return max(0, round(self.deadline - now))
