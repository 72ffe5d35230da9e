"""The process that takes back a change nobody confirmed; `arming` starts it, without words.

It belongs to no terminal, has loaded all it needs before the change is made, and looks at nothing
but its trial's file and the clock. Ended by SIGTERM, it takes the change back at once. A timer of
systemd starts it with the trial's file as its word, when the time is over.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dockerwall.applying.arming import READY, RELIEVED
from dockerwall.applying.bench import Bench, kernel
from dockerwall.applying.clock import this_space
from dockerwall.applying.document import Written, plan_from
from dockerwall.applying.outcome import NotTakenBackError
from dockerwall.applying.state import state_of
from dockerwall.applying.store import Store
from dockerwall.applying.trial import Trial, draft, read_trial
from dockerwall.applying.wayback import decided_back, take_back

PACE = 0.5
"""Seconds between two looks at the trial's file."""
_PERSISTENCE = 600.0
"""Seconds to go on trying when the kernel refuses, as while somebody holds the xtables lock."""


def main(arguments: list[str]) -> int:
    """Watch over one trial to its end; the exit status says whether it could be ended."""
    ignore_signals()
    state, name, drafted = state_of(os.environ), "", None
    if arguments:
        name = Path(arguments[0]).name
    else:
        detach()
        name, drafted = _asked()
        if not name:
            return 0  # nothing was to be watched over after all
    try:
        trial = read_trial(state, name, drafted=drafted)
    except FileNotFoundError:
        return 0  # decided already
    told = _Told(hears=not arguments)
    if not arguments:
        told.take_note()
        say_ready()
    who = {"user": "watchdog", "for": dict(trial.who)}
    bench = Bench(state, kernel, NoWatchdog(), who, space=this_space())
    wait(trial, state, told)
    if told.relieved:
        return 0
    return end(bench, trial, "it was not confirmed in time" if not told.ended else _ENDED)


_ENDED = "the process that waited for its confirmation was told to end"


class _Told:
    """What this process was told since it is armed."""

    def __init__(self, *, hears: bool) -> None:
        """`hears`: whether somebody may speak on standard input."""
        self.ended = False
        """It has to end, and to take the change back first."""
        self.relieved = False
        """A timer has taken over."""
        self._hears = hears

    def take_note(self) -> None:
        """Take note of SIGTERM, which a shutdown or an operator sends."""
        signal.signal(signal.SIGTERM, self._note)

    def _note(self, _number: int, _frame: object) -> None:
        self.ended = True

    def listen(self, seconds: float) -> None:
        """Wait for so long, or until something is said."""
        if not self._hears:
            time.sleep(seconds)
        elif select.select([0], [], [], seconds)[0]:
            said = os.read(0, 4096)
            self.relieved = said == RELIEVED
            if not said:  # whoever asked has gone, or has no more to say
                self._hears = False
                hang_up()


def _asked() -> tuple[str, Trial | None]:
    """The name of the trial's file, said on standard input, and a draft, if a plan was said before.

    The name is empty when whoever asked has ended instead.
    """
    drafted = None
    for line in sys.stdin.buffer:
        said = line.removesuffix(b"\n")
        if said == line:
            break
        if not said.startswith(b"{"):
            return said.decode("ascii"), drafted
        drafted = draft(plan_from(json.loads(said)), {}, text=Written(said))
    return "", None


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
    """Tell whoever asked."""
    with contextlib.suppress(OSError):  # they may be gone; the trial ends all the same
        os.write(1, READY)


def hang_up() -> None:
    """Let go of whoever asked."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def wait(trial: Trial, state: Store, told: _Told) -> None:
    """Return when the trial is over: kept, closed, at its deadline; or told to end."""
    while trial.is_open(state) and trial.left > 0 and not (told.ended or told.relieved):
        told.listen(max(0.0, min(PACE, trial.left)))


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

    def prepare(self, plan: Written | None = None) -> None:
        """See Watchdog."""

    def arm(self, trial: Trial) -> Callable[[], str]:
        """See Watchdog."""
        raise NotImplementedError

    def entrust(self, trial: Trial) -> str | None:
        """See Watchdog."""
        raise NotImplementedError

    def stand_down(self, trial: Trial) -> None:
        """See Watchdog."""
