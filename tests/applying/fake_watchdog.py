"""A watchdog that only says that it was armed, or does what it is told instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from dockerwall.applying.document import Written
from dockerwall.applying.trial import Trial


def _nobody(_: Trial) -> str:
    return "nobody"


@dataclass
class FakeWatchdog:
    """Watches over nothing."""

    arming: Callable[[Trial], str] = _nobody
    stood_down: list[str] = field(default_factory=list)
    """The changes it no longer watches over."""

    def prepare(self, plan: Written | None = None) -> None:
        """See Watchdog."""

    def arm(self, trial: Trial) -> Callable[[], str]:
        """See Watchdog."""
        return partial(self.arming, trial)

    def entrust(self, trial: Trial) -> str | None:
        """See Watchdog."""
        return None

    def stand_down(self, trial: Trial) -> None:
        """See Watchdog."""
        self.stood_down.append(trial.id)
