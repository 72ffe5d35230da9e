"""One change, made inside a throw-away machine: reads a plan, prints how it ended.

    python -m tests.applying.driver SECONDS [STEP] <PLAN

With STEP, the process kills itself (SIGKILL) right before its STEP-th dealing with the machine.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from dockerwall.applying.bench import Bench, Watchdog, kernel, this_bench
from dockerwall.applying.decisions import settle
from dockerwall.applying.document import plan_from
from dockerwall.applying.executor import apply
from dockerwall.applying.firewall import Firewall
from dockerwall.applying.outcome import NotTakenBackError, RefusedError, TakenBackError
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

    def __init__(self, inner: Firewall, fate: Fate) -> None:
        self._inner = inner
        self._meet = fate.meet

    def rules(self, wheres: Sequence[ChainRef]) -> Mapping[ChainRef, tuple[str, ...]]:
        """See Firewall."""
        return self._meet(lambda: self._inner.rules(wheres))

    def test(self, variant: Variant, family: Family, script: str) -> None:
        """See Firewall."""
        self._meet(lambda: self._inner.test(variant, family, script))

    def commit(self, variant: Variant, family: Family, script: str) -> None:
        """See Firewall."""
        self._meet(lambda: self._inner.commit(variant, family, script))

    def sets(self) -> tuple[IpSet, ...]:
        """See Firewall."""
        return self._meet(self._inner.sets)

    def change_sets(self, lines: Sequence[str]) -> None:
        """See Firewall."""
        self._meet(lambda: self._inner.change_sets(lines))

    def saved(self, variant: Variant, family: Family) -> bytes:
        """See Firewall."""
        return self._meet(lambda: self._inner.saved(variant, family))

    def generation(self, variant: Variant) -> int | None:
        """See Firewall."""
        return self._inner.generation(variant)


class DoomedWatchdog:
    """A watchdog whose user may die before it is armed."""

    def __init__(self, inner: Watchdog, fate: Fate) -> None:
        self._inner = inner
        self._meet = fate.meet

    def prepare(self) -> None:
        """See Watchdog."""
        self._inner.prepare()

    def arm(self, trial: Trial) -> str:
        """See Watchdog."""
        return self._meet(lambda: self._inner.arm(trial))

    def stand_down(self, trial: Trial) -> None:
        """See Watchdog."""
        self._inner.stand_down(trial)


def bench(step: int) -> Bench:
    """This machine's bench, for a process that dies before its given step; 0 for never."""
    fate = Fate(step)

    def dangerous_firewall(held: Sequence[int]) -> Firewall:
        return Doomed(kernel(held), fate)

    own = this_bench()
    watchdog = DoomedWatchdog(own.watchdog, fate)
    return replace(own, firewall=dangerous_firewall, watchdog=watchdog)


def main(arguments: Sequence[str]) -> int:
    """Make the change; the exit status is that of the commands."""
    made = bench(int(arguments[1]) if len(arguments) > 1 else 0)
    made.watchdog.prepare()
    plan = plan_from(json.load(sys.stdin))
    for sentence in settle(made):
        print(sentence)
    try:
        applied = apply(made, plan, float(arguments[0]))
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
