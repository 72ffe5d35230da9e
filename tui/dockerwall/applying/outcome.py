"""How the attempt to make a change can end."""

from __future__ import annotations

from dockerwall.applying.trial import Trial
from dockerwall.model.value import value


@value
class Applied:
    """The change is in force, and on trial."""

    trial: Trial
    watchdog: str
    """What takes it back unless it is confirmed: a phrase."""


class RefusedError(Exception):
    """The change was not made, and nothing is changed: one sentence."""

    def __init__(self, sentence: str, difference: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.difference = difference
        """What is not as the plan expected, as lines of a diff."""


class TakenBackError(Exception):
    """The change was made, at least in part, and had to be taken back: one sentence."""


class NotTakenBackError(Exception):
    """What was made could not be taken back yet: one sentence."""


class ArmingError(Exception):
    """No process could be started that would take the change back: one sentence."""
