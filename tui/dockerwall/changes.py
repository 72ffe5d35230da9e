"""Changing a host, as the screen speaks of it: who may, what is wished, and how it ends.

`Changing` is what a host answers that can be changed: this one, or one that is reached otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from dockerwall.model.kinds import Family

if TYPE_CHECKING:
    from dockerwall.editing.guard import Ssh
    from dockerwall.editing.plan import Plan
    from dockerwall.editing.planner import Answer
    from dockerwall.editing.preview import Preview, ReachChange


class Denial(NamedTuple):
    """Why nothing can be changed."""

    word: str
    """One or two words for the header."""
    sentence: str
    plans: bool = False
    """Whether changes can still be planned and previewed."""


RECORDED = Denial("recorded", "This is a recorded host: a plan can be seen, not applied.", True)


class Wish(NamedTuple):
    """What the operator wants."""

    words: tuple[str, ...]
    """As on the command line: `close 8080/tcp`."""
    families: tuple[Family, ...] = tuple(Family)
    use_input: bool | None = None
    """Whether rules may be written to INPUT for what a process of the host serves; None: where a
    port would stay open otherwise."""


class Planned(NamedTuple):
    """What a wish comes to, seen before anything is done."""

    answer: Answer
    preview: Preview
    wish: Wish | None = None
    """None where a change is undone."""
    undoes: str | None = None
    """The change it undoes."""
    notes: Sequence[str] = ()
    """Sentences to be read first."""

    @property
    def can_be_applied(self) -> bool:
        """Whether there is something to do and nothing forbids it."""
        return bool(self.answer.plan) and not self.preview.blocked

    @property
    def can_be_insisted_on(self) -> bool:
        """Whether nothing forbids it but that it may cut the operator's own session."""
        return bool(self.answer.plan) and self.preview.overrulable


class OnTrial(NamedTuple):
    """A change that is made, and taken back unless it is kept."""

    change: str
    """Its id."""
    plan: Plan
    by: str
    """Who made it."""
    left: float
    """Seconds until it is taken back, when this was said; the deadline is the host's."""
    watchdog: str = ""
    """What takes it back: a phrase; empty where it is not known."""


class Past(NamedTuple):
    """One change of the journal."""

    change: str
    at: str
    """UTC, ISO 8601."""
    by: str
    standing: str
    """How it ended: kept, taken back, failed, on trial, never made."""
    summary: str
    lines: Sequence[str]
    """What it did and how it ended, a line each."""
    plan: Plan | None
    """None where the journal does not say."""
    can_be_undone: bool


class Undoing(NamedTuple):
    """What undoes a kept change."""

    change: str
    plan: Plan
    """Empty where nothing of it is left."""
    notes: Sequence[str]
    """What others have changed since."""


class Ending(StrEnum):
    """How a change ends that does not come about."""

    REFUSED = "refused"
    """Nothing was changed."""
    TAKEN_BACK = "taken back"
    STUCK = "not taken back"
    """The watchdog goes on trying."""
    LOST = "lost"
    """The host was lost on the way: what came of it is not known until it is found again."""


class ChangeError(Exception):
    """A change did not come about, or could not be kept or taken back: one sentence."""

    def __init__(
        self, sentence: str, ending: Ending = Ending.REFUSED, difference: Sequence[str] = ()
    ) -> None:
        super().__init__(sentence)
        self.ending = ending
        self.difference = tuple(difference)
        """What is not as the plan expected, as lines of a diff."""


def unheard(_trial: OnTrial) -> None:
    """Nobody wants to know that a change is in force, before it was read back."""


class Changing(Protocol):
    """A host that can be changed. Everything but `denial` may take its time, and ChangeError."""

    @property
    def denial(self) -> Denial | None:
        """Why nothing can be changed; None if it can."""
        ...

    def ssh(self) -> Ssh | None:
        """The operator's own SSH session, as the host sees it."""
        ...

    def rehearse(self, plan: Plan) -> None:
        """Have a plan looked at by the kernel's own parser; it changes nothing."""
        ...

    def apply(
        self,
        plan: Plan,
        seconds: float,
        undoes: str | None,
        in_force: Callable[[OnTrial], object] = unheard,
    ) -> OnTrial:
        """Make a change and put it on trial.

        `in_force` is told at once, on this thread; then the rules are read back, and once they are
        as predicted the change can be kept.
        """
        ...

    def keep(self, change: str) -> None:
        """Confirm a change that is on trial."""
        ...

    def take_back(self, change: str) -> str:
        """Take back a change that is on trial, now; what happened, as a sentence."""
        ...

    def trials(self) -> tuple[OnTrial, ...]:
        """The changes on trial, whoever made them."""
        ...

    def history(self) -> tuple[Past, ...]:
        """Every change of the journal, oldest first."""
        ...

    def undoing(self, change: str | None) -> Undoing:
        """What undoes a kept change: this one, or the last."""
        ...

    def end_connections(self, reaches: Sequence[ReachChange]) -> int:
        """End the established connections of those who lose access; how many there were."""
        ...
