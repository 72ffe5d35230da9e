"""One change, made inside a throw-away machine: reads a plan, prints how it ended.

    python -m tests.applying.driver SECONDS [STEP] [--rehearsed SCRIPT] [--in-force SCRIPT]
        [--before-sets SCRIPT] <PLAN

With STEP, the process kills itself (SIGKILL) right before its STEP-th dealing with the machine.
The plan is rehearsed before the first script runs, and in force and not read back when the second
does; the third runs right before ipsets are changed for the first time.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, TypeVar

from dockerwall.applying.bench import Bench, Watchdog, kernel, this_bench
from dockerwall.applying.decisions import settle
from dockerwall.applying.document import Written, plan_from
from dockerwall.applying.executor import apply
from dockerwall.applying.firewall import Firewall, Mark
from dockerwall.applying.looking import rehearse
from dockerwall.applying.outcome import NotTakenBackError, RefusedError, TakenBackError
from dockerwall.applying.state import State, state_of
from dockerwall.applying.trial import Trial
from dockerwall.editing.plan import ChainRef
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family, Variant

T = TypeVar("T")


class Fate:
    """Counts dealings with the machine, and ends the process right before one of them."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._counter = itertools.count(1)

    def meet(self, work: Callable[[], T]) -> T:
        """Do one thing, or die before it."""
        if next(self._counter) == self._step:
            os.kill(os.getpid(), signal.SIGKILL)
        return work()


class Doomed:
    """A firewall whose user may die before any call."""

    def __init__(self, inner: Firewall, fate: Fate, before_sets: list[str]) -> None:
        """`before_sets` are scripts that somebody else runs right before ipsets are changed."""
        self._inner = inner
        self._meet = fate.meet
        self._before_sets = before_sets

    def rules(self, wheres: Sequence[ChainRef]) -> Mapping[ChainRef, tuple[str, ...]]:
        """See Firewall."""
        return self._meet(lambda: self._inner.rules(wheres))

    def test(self, variant: Variant, family: Family, script: str) -> None:
        """See Firewall."""
        self._meet(lambda: self._inner.test(variant, family, script))

    def commit(self, variant: Variant, family: Family, script: str) -> None:
        """See Firewall."""
        self._meet(lambda: self._inner.commit(variant, family, script))

    def while_there(self, name: str) -> Firewall:
        """See Firewall."""
        return self

    def sets(self) -> tuple[IpSet, ...]:
        """See Firewall."""
        return self._meet(self._inner.sets)

    def change_sets(self, lines: Sequence[str]) -> None:
        """See Firewall."""
        while lines and self._before_sets:
            _run(self._before_sets.pop())
        self._meet(lambda: self._inner.change_sets(lines))

    def saved(self, variant: Variant, family: Family) -> bytes:
        """See Firewall."""
        return self._meet(lambda: self._inner.saved(variant, family))

    def mark(self, variant: Variant, family: Family) -> Mark:
        """See Firewall."""
        return self._inner.mark(variant, family)


class DoomedState(State):
    """A folder whose user may die before anything is written there."""

    fate: ClassVar[Fate] = Fate(0)

    def put(self, name: str, content: bytes) -> None:
        """See Store."""
        self.fate.meet(lambda: super(DoomedState, self).put(name, content))

    def add_line(self, line: bytes, *, lasting: bool) -> None:
        """See Store."""
        self.fate.meet(lambda: super(DoomedState, self).add_line(line, lasting=lasting))


class DoomedWatchdog:
    """A watchdog whose user may die before it is armed."""

    def __init__(self, inner: Watchdog, fate: Fate) -> None:
        self._inner = inner
        self._meet = fate.meet

    def prepare(self, plan: Written | None = None) -> None:
        """See Watchdog."""
        self._inner.prepare(plan)

    def arm(self, trial: Trial) -> Callable[[], str]:
        """See Watchdog."""
        return self._meet(lambda: self._inner.arm(trial))

    def entrust(self, trial: Trial) -> str | None:
        """See Watchdog."""
        return self._meet(lambda: self._inner.entrust(trial))

    def stand_down(self, trial: Trial) -> None:
        """See Watchdog."""
        self._inner.stand_down(trial)


def bench(step: int, before_sets: str | None = None) -> Bench:
    """This machine's bench, for a process that dies before its given step; 0 for never."""
    fate = DoomedState.fate = Fate(step)
    scripts = [before_sets] if before_sets is not None else []

    def dangerous_firewall(held: Sequence[int]) -> Firewall:
        return Doomed(kernel(held), fate, scripts)

    own = this_bench()
    watchdog = DoomedWatchdog(own.watchdog, fate)
    state = DoomedState(state_of(os.environ).folder)
    return replace(own, state=state, firewall=dangerous_firewall, watchdog=watchdog)


def _run(script: str | None) -> None:
    if script is not None:
        subprocess.run(["sh", "-euc", script], check=True, stdin=subprocess.DEVNULL)


def main(words: Sequence[str]) -> int:
    """Make the change; the exit status is that of the commands."""
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", type=float)
    parser.add_argument("step", type=int, nargs="?", default=0)
    parser.add_argument("--rehearsed")
    parser.add_argument("--in-force")
    parser.add_argument("--before-sets")
    arguments = parser.parse_args(words)
    made = bench(arguments.step, arguments.before_sets)
    made.watchdog.prepare()
    plan = plan_from(json.load(sys.stdin))
    for sentence in settle(made):
        print(sentence)
    try:
        if arguments.rehearsed is not None:
            rehearse(made, plan)
            _run(arguments.rehearsed)
        applied = apply(made, plan, arguments.seconds, in_force=lambda _: _run(arguments.in_force))
    except RefusedError as error:
        print(error, *error.difference, sep="\n")
        return 4
    except (TakenBackError, NotTakenBackError) as error:
        print(error)
        return 5
    print(applied.trial.id, applied.watchdog)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
