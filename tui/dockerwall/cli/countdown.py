"""Waiting on the terminal for `keep`: a view of a deadline that is held elsewhere.

Nothing depends on it: when it is interrupted, hung up or killed, the watchdog does its work.
"""

from __future__ import annotations

import selectors
import sys
from typing import TYPE_CHECKING

from dockerwall.cli.status import Status, complain, complain_of_boot

if TYPE_CHECKING:
    from dockerwall.applying.bench import Bench
    from dockerwall.applying.trial import Trial

_GRACE = 10.0
"""Seconds to wait after the deadline for the watchdog to say that it is done."""


def wait_for_word(bench: Bench, trial: Trial, at_host: str) -> int:
    """Wait until the operator types keep or undo, or the change is decided; the exit status.

    `at_host` names the host in a command.
    """
    from dockerwall.applying.decisions import keep, take_back_now

    complain("type keep and Enter once you know that you still get in, or undo")
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        while trial.is_open(bench.state) and trial.left > -_GRACE:
            left = max(0, round(trial.left))
            sys.stderr.write(f"\r{left:5d} s left, keep or undo: ")
            sys.stderr.flush()
            if not selector.select(1.0):
                continue
            line = sys.stdin.readline()
            if not line:
                return Status.DONE
            if line.strip() == "keep":
                keep(bench, trial.id)
                complain(f"change {trial.id} is kept")
                complain_of_boot(at_host)
                return Status.DONE
            if line.strip() == "undo":
                complain(take_back_now(bench, trial.id))
                return Status.DONE
    sys.stderr.write("\n")
    return _decided_elsewhere(bench, trial)


def _decided_elsewhere(bench: Bench, trial: Trial) -> int:
    from dockerwall.applying.journal import Event

    ends = [entry for entry in bench.journal.read() if entry.change == trial.id]
    if ends and ends[-1].event is Event.KEPT:
        complain(f"change {trial.id} was kept from elsewhere")
        return Status.DONE
    complain(f"change {trial.id} was not confirmed in time and is taken back")
    return Status.ROLLED_BACK
