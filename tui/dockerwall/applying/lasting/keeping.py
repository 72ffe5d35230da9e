"""Making own rules last on this host, and undoing it: one at a time, and never during a trial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dockerwall.applying.bench import Bench
from dockerwall.applying.decisions import pending
from dockerwall.applying.history import Past, history
from dockerwall.applying.journal import Event, JournalError
from dockerwall.applying.lasting.writing import NotWrittenError, write_all
from dockerwall.applying.outcome import RefusedError
from dockerwall.applying.state import BusyError
from dockerwall.editing.lasting.planning import Persisting
from dockerwall.model.boot import EARLY, UNIT, WATCH
from dockerwall.model.kinds import Family
from dockerwall.programs import run

_PATIENCE = 320.0
"""Seconds the unit may take: longer than it waits for Docker."""


def placed(bench: Bench) -> frozenset[tuple[Family, str]]:
    """The rules that kept changes put in, whether they still stand or not."""
    try:
        changes = history(bench)
    except JournalError:
        return frozenset()
    return frozenset(
        rule for past in changes if past.standing == Event.KEPT for rule in _rules(past)
    )


def _rules(past: Past) -> Iterator[tuple[Family, str]]:
    try:
        plan = past.plan
    except (KeyError, ValueError, TypeError):
        return
    for change in plan.changes:
        if change.insert:
            yield change.where.family, change.text


def carry_out(bench: Bench, planned: Persisting, root: Path = Path("/")) -> tuple[str, ...]:
    """Write what is planned and have systemd look at it; sentences on what did not work then.

    RefusedError, and nothing written, where that cannot be done.
    """
    waiting = pending(bench)
    if waiting:
        raise RefusedError(
            f"change {waiting[0].id} is still on trial ({waiting[0].plan.summary}): "
            "keep it or undo it first."
        )
    try:
        bench.state.prepare()
        with bench.state.changing(bench.patience):
            write_all(planned.changes, root)
    except (BusyError, NotWrittenError) as error:
        raise RefusedError(str(error)) from error
    return tuple(_systemd(planned))


def _systemd(planned: Persisting) -> Iterator[str]:
    """Tell systemd of its units; start the one that is new, which shows that it works."""
    changed = {change.path: change.after for change in planned.changes}
    gone = [_name(path) for path in (UNIT, EARLY, WATCH) if changed.get(path, "") is None]
    if planned.touches_units:
        if gone:
            run(["systemctl", "stop", *gone])
        answer = run(["systemctl", "daemon-reload"])
        if answer.failure is not None:
            yield f"systemd does not know of it yet: {answer.problem()}"
            return
        if gone:  # a unit that had failed would be listed as such for ever
            run(["systemctl", "reset-failed", *gone])
    for name in [_name(path) for path in (UNIT, WATCH) if changed.get(path)]:
        answer = run(["systemctl", "start", name], patience=_PATIENCE)
        if answer.failure is not None:
            yield f"{name} does not start (see journalctl -u {name}): {answer.problem()}"


def _name(path: str) -> str:
    return path.rpartition("/")[2]
