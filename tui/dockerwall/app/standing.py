"""How the picture stands to the host: live, frozen, stale, recorded. Said in the header."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Standing(StrEnum):
    """What the operator may conclude from what is on the screen."""

    STARTING = "starting"
    """Nothing was read yet."""
    LIVE = "live"
    FROZEN = "frozen"
    """Held still by the operator."""
    STALE = "stale"
    """The host has not answered for several intervals, or its last answer was an error."""
    OFFLINE = "offline"
    """A recording."""


class Clockface(NamedTuple):
    """What the header says of time; it changes only when the standing does, never by ticking."""

    standing: Standing
    since: str = ""
    """Frozen or stale since, or recorded at: local time of day, or the recording's date."""
    interval: float = 2.0
    slow_link: bool = False
    """Whether readings are left out because the terminal does not take what is written."""

    @property
    def text(self) -> str:
        """In a few words: `every 2 s`, `FROZEN 14:02:07`, `OFFLINE 2026-11-20 14:02`."""
        if self.standing is Standing.LIVE:
            words = f"every {self.interval:g} s"
            return f"{words}, slow link" if self.slow_link else words
        if self.standing is Standing.STARTING:
            return "reading"
        return f"{self.standing.upper()} {self.since}".strip()

    @property
    def alarming(self) -> bool:
        """Whether it must not be overlooked."""
        return self.standing in (Standing.FROZEN, Standing.STALE)
