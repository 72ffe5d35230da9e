"""Starting the watchdog of a trial, before anything is changed.

Where systemd runs, a transient timer of its own: it outlives the terminal, the session and this
program, and no kill reaches it. Elsewhere, a process in a session of its own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dockerwall.applying.outcome import ArmingError
from dockerwall.applying.state import VARIABLE, State
from dockerwall.applying.trial import Standing, Trial
from dockerwall.programs import find_program, run, search_path, start_apart

READY = b"armed\n"
"""What a detached watchdog prints once it is ready to take back."""
_SYSTEMD = Path("/run/systemd/system")
_ROOT = Path(__file__).absolute().parent.parent.parent
_CODE = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from dockerwall.applying.watchdog import main; sys.exit(main(sys.argv[1:]))"
)


def arm(trial: Trial, state: State) -> str:
    """Start the watchdog and say what it is; ArmingError if neither way works."""
    if _has_systemd() and _start_timer(trial, state):
        return f"systemd timer {unit(trial)}.timer"
    if start_apart(_command(trial, state), _environment(state), ready=READY):
        return "detached process"
    raise ArmingError("the process that would take the change back could not be started.")


def unit(trial: Trial) -> str:
    """The name of the trial's systemd unit, without its type."""
    return f"dockerwall-trial-{trial.id}"


def stand_down(trial: Trial) -> None:
    """End the timer of a trial that is decided; a watchdog that still comes finds nothing to do."""
    if _has_systemd():
        run(["systemctl", "--quiet", "stop", f"{unit(trial)}.timer"], patience=5)


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
            *_command(trial, state),
            "--now",
        ],
        patience=10,
    )
    if started.failure is not None:
        return False
    active = run(["systemctl", "is-active", f"{unit(trial)}.timer"], patience=10)
    return active.text.strip() == "active"


def _command(trial: Trial, state: State) -> list[str]:
    path = trial.file(state, Standing.ARMED)
    # The standard library and this very package: no environment, no folder, no other package.
    return [sys.executable, "-I", "-S", "-c", _CODE, str(_ROOT), str(path.absolute())]


def _environment(state: State) -> dict[str, str]:
    return {
        "PATH": search_path(),
        "LC_ALL": "C",
        VARIABLE: str(state.folder.absolute()),
    }
