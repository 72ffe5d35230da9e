"""A host that can be changed, in memory: what it was asked, and what it answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from dockerwall.changes import ChangeError, Denial, Ending, OnTrial, Past, Undoing, unheard
from dockerwall.editing.guard import Ssh
from dockerwall.editing.plan import ChainRef, Change, Plan
from dockerwall.editing.preview import ReachChange
from dockerwall.model.kinds import Family, Variant

CLIENT = "203.0.113.9"

USER = ChainRef(Variant.NFT, Family.IPV4, "DOCKER-USER")
PLAN = Plan(
    "Close 8080/tcp to the Internet",
    {USER: ("-A DOCKER-USER -j RETURN",)},
    (Change(USER, True, 1, "-A DOCKER-USER -i eth0 -p tcp -m tcp --dport 8080 -j DROP"),),
)
"""A change that somebody else may have made."""

_INPUT = ChainRef(Variant.NFT, Family.IPV4, "INPUT")
_NO_SSH = "-A INPUT -p tcp -m tcp --dport 22 -j DROP"
OPENED = Plan("Delete rule 1 of INPUT", {_INPUT: (_NO_SSH,)}, (Change(_INPUT, False, 1, _NO_SSH),))
"""A change whose undoing cuts the operator's own session."""


class Stopwatch:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The seconds."""
        return self.now

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


class FakeChanging:
    """Trials, a journal and refusals as a test prescribes them."""

    def __init__(self, denial: Denial | None = None) -> None:
        self.denial = denial
        self.watch = Stopwatch()
        """By which trials run down."""
        self.applied: list[Plan] = []
        self.undone: list[str | None] = []
        self.ended: list[Sequence[ReachChange]] = []
        self.waiting: list[OnTrial] = []
        self.past: list[Past] = []
        self.trouble: Callable[[str], None] = lambda what: None
        """Called with what is about to be done; may raise."""
        self._deadline = 0.0
        self.gate = threading.Event()
        """What takes its time waits until it is set."""
        self.gate.set()
        self.reading_back = threading.Event()
        """What was made is read back once it is set."""
        self.reading_back.set()
        self.at_last = "detached process"
        """What watches over a trial once it was read back."""

    def ssh(self) -> Ssh | None:
        """The operator's session."""
        return Ssh(CLIENT, 51022, "203.0.113.1", 22)

    def rehearse(self, plan: Plan) -> None:
        """The kernel's parser."""
        self.trouble("rehearse")

    def apply(
        self,
        plan: Plan,
        seconds: float,
        undoes: str | None,
        in_force: Callable[[OnTrial], object] = unheard,
    ) -> OnTrial:
        """Make a change."""
        self.gate.wait()
        self.trouble("apply")
        self.applied.append(plan)
        self.undone.append(undoes)
        change = f"20261120-1402{len(self.applied):02}-ab12"
        trial = OnTrial(change, plan, f"root from {CLIENT}", seconds, "detached process")
        self.put_on_trial(trial)
        in_force(trial)
        self.reading_back.wait()
        try:
            self.trouble("read back")
        except ChangeError as error:
            if error.ending is not Ending.LOST:
                self.waiting = []
            raise
        return trial._replace(watchdog=self.at_last)

    def put_on_trial(self, trial: OnTrial) -> None:
        """Let a change wait, from now on for as long as it says."""
        self.waiting = [trial]
        self._deadline = self.watch() + trial.left

    def keep(self, change: str) -> None:
        """Confirm it."""
        self.trouble("keep")
        self.decide(change, "kept")

    def take_back(self, change: str) -> str:
        """Take it back."""
        self.trouble("take back")
        self.decide(change, "taken back")
        return "the rules are as they were before"

    def decide(self, change: str, standing: str, reason: str = "") -> None:
        """End a trial, as somebody else may."""
        trial = next(each for each in self.waiting if each.change == change)
        self.waiting = [each for each in self.waiting if each is not trial]
        self.past.append(past_of(trial, standing, reason))

    def trials(self) -> tuple[OnTrial, ...]:
        """What waits."""
        self.trouble("trials")
        left = self._deadline - self.watch()
        return tuple(each._replace(left=left) for each in self.waiting)

    def history(self) -> tuple[Past, ...]:
        """The journal."""
        self.trouble("history")
        return tuple(self.past)

    def undoing(self, change: str | None) -> Undoing:
        """What undoes a change."""
        kept = [each for each in self.past if each.can_be_undone]
        found = next((p for p in reversed(kept) if change in (None, p.change)), None)
        if found is None or found.plan is None:
            raise ChangeError("there is no change to undo.")
        return Undoing(found.change, found.plan.inverse(f"Undo: {found.summary}"), ())

    def end_connections(self, reaches: Sequence[ReachChange]) -> int:
        """End connections."""
        self.trouble("end connections")
        self.ended.append(reaches)
        return 3


def past_of(trial: OnTrial, standing: str, reason: str = "") -> Past:
    """A change as the journal tells of it."""
    lines = list(trial.plan.commands)
    if reason:
        lines.append(f"{standing} at 2026-11-20T14:03:07Z: {reason}")
    return Past(
        trial.change,
        "2026-11-20T14:02:07Z",
        trial.by,
        standing,
        trial.plan.summary,
        lines,
        trial.plan,
        standing == "kept",
    )
