"""Starting the watchdog of a trial, before anything is changed.

A process in a session of its own, which was started while the operator read what would be done: it
has loaded all it needs, and is armed at a word. Where systemd runs, a transient timer takes over as
soon as the change is in force: it outlives the session, and no kill reaches it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from dockerwall.applying.document import Written
from dockerwall.applying.outcome import ArmingError
from dockerwall.applying.state import VARIABLE, State
from dockerwall.applying.trial import Standing, Trial
from dockerwall.programs import find_program, run, search_path
from dockerwall.programs.apart import Apart, start_apart

READY = b"armed\n"
"""What a detached watchdog prints once it is ready to take back."""
RELIEVED = b"relieved\n"
"""What it is told when a timer has taken over; it hangs up, and ends."""
_SYSTEMD = Path("/run/systemd/system")
_ROOT = Path(__file__).absolute().parent.parent.parent
_CODE = (
    "import sys\n"
    "sys.path.append(sys.argv.pop(1))\n"
    "from dockerwall.applying.watchdog import main\n"
    "sys.exit(main(sys.argv[1:]))\n"
)
_GARBLED = frozenset(";$")
"""What no command given to systemd may hold. The file that it makes of a transient unit escapes
them in a way that it takes otherwise when it reads its units again, as after most installations."""


class OwnWatchdog:
    """This host's: a process that has loaded all it needs beforehand, then a timer of systemd."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._waiting: Apart | None = None
        self._armed: Apart | None = None

    def prepare(self, plan: Written | None = None) -> None:
        """Start a process that waits to be told its trial, and tell it the plan beforehand."""
        if self._waiting is None:
            self._waiting = start_apart(_interpreter(), _environment(self._state))
        if plan and self._waiting is not None and not self._waiting.tell(plan + b"\n"):
            self._waiting.leave()  # it may have ended since, or have heard half of it
            self._waiting = start_apart(_interpreter(), _environment(self._state))

    def arm(self, trial: Trial) -> Callable[[], str]:
        """Tell the process that waits what to watch over; see Watchdog."""
        name = trial.name(Standing.ARMED).encode("ascii")
        return partial(self._watched, name, self._told(name))

    def _watched(self, name: bytes, told: Apart | None) -> str:
        if not _is_ready(told):
            told = self._told(name)  # the first was started long ago, and may have ended since
            if not _is_ready(told):
                raise ArmingError(
                    "the process that would take the change back could not be started."
                )
        self._armed = told
        return "detached process"

    def _told(self, name: bytes) -> Apart | None:
        """The process that waits, or a new one, once it was told the name of its trial."""
        waiting = self._waiting or start_apart(_interpreter(), _environment(self._state))
        self._waiting = None
        return waiting if waiting is not None and waiting.tell(name + b"\n") else None

    def entrust(self, trial: Trial) -> str | None:
        """Have a timer take over, where there is one; the process stays where it cannot be set."""
        armed, self._armed = self._armed, None
        has_timer = _has_systemd() and _start_timer(trial, self._state)
        if armed is not None:
            if has_timer:
                armed.tell(RELIEVED)
                armed.answers(b"")
            armed.leave()
        return f"systemd timer {unit(trial)}.timer" if has_timer else None

    def stand_down(self, trial: Trial) -> None:
        """End the timer of a trial that is decided; one that still comes finds nothing to do."""
        if _has_systemd():
            run(["systemctl", "--quiet", "stop", f"{unit(trial)}.timer"], patience=5)


def _is_ready(told: Apart | None) -> bool:
    """Whether a process says that it watches; one that does not is left alone."""
    if told is None:
        return False
    is_ready = told.answers(READY)
    if not is_ready:
        told.leave()
    return is_ready


def unit(trial: Trial) -> str:
    """The name of the trial's systemd unit, without its type."""
    return f"dockerwall-trial-{trial.id}"


def trial_file(trial: Trial, state: State) -> Path:
    """The file that says that a trial waits to be decided."""
    return (state.trials / trial.name(Standing.ARMED)).absolute()


def _has_systemd() -> bool:
    """Whether systemd runs here, and what it starts sees the same network as this program."""
    if not _SYSTEMD.is_dir() or find_program("systemd-run") is None:
        return False
    try:
        return os.readlink("/proc/self/ns/net") == os.readlink("/proc/1/ns/net")
    except OSError:
        return False


def _start_timer(trial: Trial, state: State) -> bool:
    settings = [f"--setenv={name}={value}" for name, value in _environment(state).items()]
    command = [*_interpreter(), str(trial_file(trial, state))]
    if not _GARBLED.isdisjoint("".join(command)):
        return False
    # It ends once the timer runs, or says that it does not (systemd-run(1), --no-block).
    started = run(
        [
            "systemd-run",
            "--quiet",
            "--collect",
            f"--unit={unit(trial)}",
            "--description=Take back an unconfirmed firewall change (dockerwall-tui)",
            f"--on-active={max(trial.left, 1):.0f}s",
            "--timer-property=AccuracySec=500ms",
            *settings,
            *command,
        ],
        patience=10,
    )
    return started.failure is None


def _interpreter() -> list[str]:
    # The standard library and this very package: no environment, no folder, no other package.
    return [sys.executable, "-I", "-S", "-c", _CODE, str(_ROOT)]


def _environment(state: State) -> dict[str, str]:
    return {
        "PATH": search_path(),
        "LC_ALL": "C",
        VARIABLE: str(state.folder.absolute()),
    }
