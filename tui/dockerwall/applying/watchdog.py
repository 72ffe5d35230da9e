"""The process that takes back a change nobody confirmed; `arming` starts it, with TRIALFILE.

It belongs to no terminal, has loaded all it needs before the change is made, and looks at nothing
but its trial's file and the clock. Ended by SIGTERM, it takes the change back at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from dockerwall.applying.arming import READY
from dockerwall.applying.bench import Bench, kernel
from dockerwall.applying.clock import this_space
from dockerwall.applying.outcome import NotTakenBackError
from dockerwall.applying.state import State
from dockerwall.applying.store import Store
from dockerwall.applying.trial import Trial, read_trial
from dockerwall.applying.wayback import decided_back, take_back

PACE = 0.5
"""Seconds between two looks at the trial's file."""
_PERSISTENCE = 600.0
"""Seconds to go on trying when the kernel refuses, as while somebody holds the xtables lock."""


def main(arguments: list[str]) -> int:
    """Watch over one trial to its end; the exit status says whether it could be ended."""
    ignore_signals()
    if not arguments:
        detach()
    path = Path(arguments[0] if arguments else _asked())
    if not path.name:
        return 0  # nothing was to be watched over after all
    state = State(path.parent.parent)
    try:
        trial = read_trial(state, path.name)
    except FileNotFoundError:
        return 0  # decided already
    who = {"user": "watchdog", "for": dict(trial.who)}
    bench = Bench(state, kernel, NoWatchdog(), who, space=this_space())
    told = _Told()
    if "--now" not in arguments[1:]:
        told.listen()
        say_ready()
    wait(trial, state, told)
    return end(bench, trial, "it was not confirmed in time" if not told.ended else _ENDED)


_ENDED = "the process that waited for its confirmation was told to end"


class _Told:
    """Whether this process was told to end."""

    def __init__(self) -> None:
        self.ended = False

    def listen(self) -> None:
        """Take note of SIGTERM, which a shutdown or an operator sends."""
        signal.signal(signal.SIGTERM, self._note)

    def _note(self, _number: int, _frame: object) -> None:
        self.ended = True


def _asked() -> str:
    """The trial's file, said on standard input; empty when whoever asked has ended instead."""
    with contextlib.suppress(OSError):
        return os.read(0, 4096).decode().strip()
    return ""


def ignore_signals() -> None:
    """Let nothing that befalls a terminal or a session end this process."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGTSTP):
        signal.signal(number, signal.SIG_IGN)


def detach() -> None:
    """Become a process that nothing else can take down with it."""
    if os.fork() > 0:
        os._exit(0)
    os.setsid()
    os.chdir("/")


def say_ready() -> None:
    """Tell whoever asked, and let go of them."""
    with contextlib.suppress(OSError):  # they may be gone; the trial ends all the same
        os.write(1, READY)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def wait(trial: Trial, state: Store, told: _Told) -> None:
    """Return when the trial is over: kept, closed, at its deadline, or told to end."""
    while trial.is_open(state) and trial.left > 0 and not told.ended:
        time.sleep(max(0.0, min(PACE, trial.left)))


def end(bench: Bench, trial: Trial, reason: str) -> int:
    """Take the trial back, also where another began to and did not end it; until that is done."""
    if not decided_back(bench, trial) and not trial.is_open(bench.state):
        return 0
    until = time.monotonic() + _PERSISTENCE
    while True:
        try:
            take_back(bench, trial, reason)
        except NotTakenBackError:
            if time.monotonic() > until:
                return 1
            time.sleep(PACE)
        else:
            return 0


class NoWatchdog:
    """A watchdog arms no other."""

    def prepare(self) -> None:
        """See Watchdog."""

    def arm(self, trial: Trial) -> str:
        """See Watchdog."""
        raise NotImplementedError

    def stand_down(self, trial: Trial) -> None:
        """See Watchdog."""
