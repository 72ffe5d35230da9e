"""Making a change: refused before anything is touched, or made, read back and on trial.

The order is the law: looked at, journal, watchdog armed, looked at again, one transaction for each
family, in force, read back, journal. Looking again may be left out where the kernel itself says
that nobody changed anything since. Killed at any point, what is left behind is either nothing, or a
trial that the watchdog takes back: what was not read back cannot be kept before it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from dockerwall.applying.backup import back_up
from dockerwall.applying.bench import Bench
from dockerwall.applying.decisions import is_here, pending
from dockerwall.applying.document import written
from dockerwall.applying.firewall import Firewall, FirewallError, SetsError
from dockerwall.applying.journal import Event, JournalError
from dockerwall.applying.looking import compare, demand_made, looked_at
from dockerwall.applying.outcome import Applied, ArmingError, RefusedError, TakenBackError
from dockerwall.applying.rehearsal import Marks, are_same
from dockerwall.applying.state import BusyError, StateError
from dockerwall.applying.together import at_once
from dockerwall.applying.trial import Standing, Trial
from dockerwall.applying.wayback import conclude, decided_back, undo
from dockerwall.editing.plan import Plan
from dockerwall.editing.takeback import as_found, takeback_sets


def _unheard(_applied: Applied) -> None:
    """Nobody wants to know."""


def apply(
    bench: Bench,
    plan: Plan,
    seconds: float,
    undoes: str | None = None,
    in_force: Callable[[Applied], object] = _unheard,
) -> Applied:
    """Make a change and put it on trial for so many seconds; `undoes` names one it takes back.

    `in_force` is told as soon as the rules are in the kernel and on trial. They are read back after
    that: the change can be kept once this returns.
    RefusedError: nothing was changed. TakenBackError: something was, and is as it was before.
    NotTakenBackError: neither; the watchdog goes on trying.
    """
    try:
        bench.state.prepare()
        with bench.state.changing(bench.patience) as held:
            firewall = bench.firewall(held)
            _demand_no_other(bench)
            seen = looked_at(bench, firewall, plan)
            trial = seen.trial.begun(seconds)
            _announce(bench, firewall, trial, undoes)
            watchdog = _arm(bench, trial)
            _make(bench, firewall, trial, seen.marks)
            try:
                in_force(Applied(trial, watchdog))
            finally:  # whoever was told may fail: what is made is read back all the same
                applied = _confirm(bench, firewall, trial, watchdog)
            return applied
    except (StateError, BusyError) as error:
        raise RefusedError(str(error)) from error


def _demand_no_other(bench: Bench) -> None:
    """RefusedError while another change of the same rules is on trial."""
    waiting = [trial for trial in pending(bench) if is_here(bench, trial)]
    if waiting:
        first = waiting[0]
        raise RefusedError(
            f"change {first.id} is still on trial for {max(first.left, 0):.0f} s "
            f"({first.plan.summary}), and only one can be at a time: "
            "keep it or undo it first, or wait."
        )


def _announce(bench: Bench, firewall: Firewall, trial: Trial, undoes: str | None) -> None:
    """Back up, and write into the journal what is going to be done."""
    try:
        backup = back_up(bench.state, firewall, trial.plan, trial.id)
        known = {"backup": backup, "undoes": undoes}
        facts: dict[str, Any] = {name: value for name, value in known.items() if value is not None}
        facts |= {"boot": trial.boot, "seconds": trial.seconds}
        facts["plan"] = trial.text or written(trial.plan)
        # It has to be on the disk before anything is changed, but not before the watchdog is told.
        bench.note(trial, Event.PLANNED, lasting=False, **facts)
    except JournalError as error:
        raise RefusedError(str(error)) from error
    except (OSError, FirewallError) as error:
        raise RefusedError(f"the rules cannot be backed up: {error}") from error


def _arm(bench: Bench, trial: Trial) -> str:
    """Have the watchdog armed; refused, and told so in the journal, if it cannot be."""
    try:
        trial.arm(bench.state)
        armed = bench.watchdog.arm(trial)
        bench.journal.sync()
        watchdog = armed()
        bench.note(trial, Event.ARMED, lasting=False, watchdog=watchdog)
    except (OSError, ArmingError, JournalError) as error:
        reason = error.strerror or "" if isinstance(error, OSError) else str(error)
        _give_up(bench, trial, reason)
        raise RefusedError(f"no change without a way back: {reason}") from error
    return watchdog


def _give_up(bench: Bench, trial: Trial, reason: str) -> None:
    """Close a trial of which nothing was made."""
    if trial.is_armed(bench.state) and not decided_back(bench, trial):
        return
    trial.free_room(bench.state)
    # If it cannot be written: `planned` without `applied` says the same, nothing was made.
    with contextlib.suppress(JournalError):
        bench.note(trial, Event.FAILED, reason=reason)
    trial.close(bench.state)


def _make(bench: Bench, firewall: Firewall, trial: Trial, then: Marks) -> None:
    """Commit, unless somebody was quicker."""
    plan = trial.plan
    try:
        if not are_same(firewall, plan, then):
            compare(firewall, plan)
        if trial.left <= 0:
            raise RefusedError("it took too long until the change could be made.")
    except (RefusedError, FirewallError) as error:
        _give_up(bench, trial, str(error))
        if isinstance(error, RefusedError):
            raise
        raise RefusedError(str(error)) from error
    done = 0
    try:
        for step in _steps(firewall.while_there(trial.name(Standing.ARMED)), plan):
            step()
            done += 1
    except SetsError as error:
        half = _half_made(trial, done, error)
        touched = done > 0 or _is_felt(firewall, half)
        _undo_now(bench, firewall, half, str(error), touched=touched)
    except FirewallError as error:
        _undo_now(bench, firewall, trial, str(error), touched=done > 0)


def _half_made(trial: Trial, steps: int, error: SetsError) -> Trial:
    """The trial with those of its set changes that were made: a member that somebody else added
    meanwhile made them fail, and stays.
    """
    plan = trial.plan
    if error.done is None:
        return trial
    first = plan.sets_before if steps else ()
    failed = plan.sets_after if first or not plan.sets_before else plan.sets_before
    return replace(trial, plan=replace(plan, sets=(*first, *failed[: error.done])))


def _is_felt(firewall: Firewall, trial: Trial) -> bool:
    """Whether any set change of the trial is in the kernel, or may be."""
    try:
        return bool(takeback_sets(trial.plan, firewall.sets()))
    except FirewallError:
        return True


def _confirm(bench: Bench, firewall: Firewall, trial: Trial, watchdog: str) -> Applied:
    """Read back what is in force, and write down that it is made."""

    def read_back() -> str | None:
        demand_made(firewall, trial.plan)
        return None

    works: list[Callable[[], str | None]] = [read_back, partial(bench.watchdog.entrust, trial)]
    try:
        _, other = at_once(works)
    except FirewallError as error:
        _undo_now(bench, firewall, _as_it_came_out(firewall, trial), str(error), touched=True)
    if not trial.is_armed(bench.state):
        _undo_late(firewall, trial, "it took too long.")
    try:
        bench.note(trial, Event.APPLIED, watchdog=other or watchdog)
    except JournalError as error:
        _undo_now(bench, firewall, trial, str(error), touched=True)
    return Applied(trial, other or watchdog)


def _as_it_came_out(firewall: Firewall, trial: Trial) -> Trial:
    """The trial with its rules as the kernel printed them, where that is not as predicted: else
    they would not be found, to be taken out again.
    """
    with contextlib.suppress(FirewallError):
        return replace(trial, plan=as_found(trial.plan, firewall.rules(trial.plan.chains)))
    return trial


def _steps(firewall: Firewall, plan: Plan) -> Iterator[Callable[[], None]]:
    """What has to be done, in order."""
    if plan.sets_before:
        yield lambda: firewall.change_sets([each.line for each in plan.sets_before])
    for family in plan.families:
        variant, script = plan.variant(family), plan.script(family)
        yield partial(firewall.commit, variant, family, script)
    if plan.sets_after:
        yield lambda: firewall.change_sets([each.line for each in plan.sets_after])


def _undo_late(firewall: Firewall, trial: Trial, reason: str) -> NoReturn:
    """Take back what was made after the watchdog decided: it may have come and gone already, if
    this process stood still.
    """
    undo(firewall, trial.plan)
    raise TakenBackError(f"change {trial.id} is taken back by its watchdog: {reason}")


def _undo_now(
    bench: Bench, firewall: Firewall, trial: Trial, reason: str, *, touched: bool
) -> NoReturn:
    """Take back at once what was made, and say how it ended by an exception."""
    if not decided_back(bench, trial):
        _undo_late(firewall, trial, reason)
    # Also when the first step failed: a program that was ended may have been at its end.
    notes = undo(firewall, trial.plan)
    if touched:
        conclude(bench, trial, reason, notes)
        bench.watchdog.stand_down(trial)
        raise TakenBackError(f"change {trial.id} was taken back: {reason}")
    trial.free_room(bench.state)
    with contextlib.suppress(JournalError):
        bench.note(trial, Event.FAILED, reason=reason)
    trial.close(bench.state)
    bench.watchdog.stand_down(trial)
    raise RefusedError(reason)
