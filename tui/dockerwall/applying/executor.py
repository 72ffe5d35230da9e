"""Making a change: refused before anything is touched, or made, read back and on trial.

The order is the law: looked at, journal, watchdog armed, looked at again, one transaction for each
family, read back, journal. Killed at any point, what is left behind is either nothing, or a trial
that the watchdog takes back.
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NoReturn

from dockerwall.applying.backup import back_up
from dockerwall.applying.bench import Bench
from dockerwall.applying.document import plan_document
from dockerwall.applying.firewall import Firewall, FirewallError
from dockerwall.applying.journal import Event, JournalError
from dockerwall.applying.outcome import Applied, ArmingError, RefusedError, TakenBackError
from dockerwall.applying.scratch import as_printed, needs_printing
from dockerwall.applying.state import BusyError, StateError
from dockerwall.applying.trial import Standing, Trial, new_trial, trials
from dockerwall.applying.wayback import conclude, decided_back, live_chains, undo
from dockerwall.editing.plan import ChainRef, Plan
from dockerwall.editing.sameness import meaning
from dockerwall.model.ipsets import IpSet


def apply(bench: Bench, plan: Plan, seconds: float, undoes: str | None = None) -> Applied:
    """Make a change and put it on trial for so many seconds; `undoes` names one it takes back.

    RefusedError: nothing was changed. TakenBackError: something was, and is as it was before.
    NotTakenBackError: neither; the watchdog goes on trying.
    """
    try:
        bench.state.prepare()
        with bench.state.changing(bench.patience) as lock:
            firewall = bench.firewall((lock,))
            plan = _spelled(firewall, plan)
            trial = new_trial(plan, bench.who, seconds)
            _look(bench, firewall, plan)
            _announce(bench, firewall, trial, undoes)
            watchdog = _arm(bench, trial)
            return _make(bench, firewall, trial, watchdog)
    except (StateError, BusyError) as error:
        raise RefusedError(str(error)) from error


def _spelled(firewall: Firewall, plan: Plan) -> Plan:
    """The plan with hand-written rules as the kernel's programs will print them."""
    if not needs_printing(plan):
        return plan
    try:
        return as_printed(plan, firewall.sets() if "--match-set" in repr(plan.changes) else ())
    except FirewallError as error:
        raise RefusedError(str(error)) from error


def rehearse(bench: Bench, plan: Plan) -> None:
    """Have a plan looked at by the kernel's own programs, as far as that changes nothing."""
    firewall = bench.firewall(())
    try:
        _spelled(firewall, plan)
        _test(firewall, plan)
    except FirewallError as error:
        raise RefusedError(str(error)) from error


def _test(firewall: Firewall, plan: Plan) -> None:
    if plan.sets:  # a rule may name a set that is only to be made
        return
    for family in plan.families:
        firewall.test(plan.variant(family), family, plan.script(family))


def _look(bench: Bench, firewall: Firewall, plan: Plan) -> None:
    """Refuse what cannot be made, as far as that can be told beforehand."""
    pending = [trial for trial, standing in trials(bench.state) if standing is Standing.ARMED]
    if pending:
        raise RefusedError(
            f"change {pending[0].id} is still on trial ({pending[0].plan.summary}): "
            "keep it or undo it first."
        )
    try:
        _compare(firewall, plan)
        _test(firewall, plan)
    except FirewallError as error:
        raise RefusedError(str(error)) from error


def _compare(firewall: Firewall, plan: Plan) -> None:
    """Refuse where a chain or a set is not what the plan was made from."""
    live = live_chains(firewall, plan)
    difference: list[str] = []
    for where in plan.chains:
        now, expected = live.get(where), plan.before.get(where, ())
        if now is None:
            raise RefusedError(f"there is no chain {where.chain} in {where.family} any more.")
        if now != expected:
            difference += _diff(where, expected, now)
    if difference:
        raise RefusedError(
            "the rules are no longer those the plan was made from: look again and plan anew.",
            tuple(difference),
        )
    if plan.sets:
        found = [*_moved_sets(plan, firewall.sets())]
        if found:
            raise RefusedError(" ".join(found))


def _diff(where: ChainRef, expected: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    name = f"{where.family} {where.chain}"
    yield from difflib.unified_diff(
        expected, now, f"{name} as planned from", f"{name} now", lineterm="", n=1
    )


def _moved_sets(plan: Plan, live: Sequence[IpSet]) -> Iterator[str]:
    """What is not as the set changes expect; each change is seen after those before it."""
    entries = {each.name: {entry.split(" ")[0] for entry in each.entries} for each in live}
    for change in plan.sets:
        there = entries.get(change.name)
        entry = change.words.split(" ")[0]
        if change.action == "create":
            if there is not None:
                yield f"there is a set {change.name} already."
            entries[change.name] = set()
        elif there is None:
            yield f"there is no set {change.name} any more."
        elif change.action == "destroy":
            del entries[change.name]
        elif (entry in there) is (change.action == "add"):
            yield f"set {change.name} was changed meanwhile: {entry}."
        else:
            (there.add if change.action == "add" else there.remove)(entry)


def _announce(bench: Bench, firewall: Firewall, trial: Trial, undoes: str | None) -> None:
    """Back up, and write into the journal what is going to be done."""
    try:
        backup = back_up(bench.state, firewall, trial.plan, trial.id)
        known = {"backup": backup and str(backup), "undoes": undoes}
        facts = {name: value for name, value in known.items() if value is not None}
        plan = plan_document(trial.plan)
        bench.note(trial, Event.PLANNED, seconds=trial.seconds, plan=plan, **facts)
    except JournalError as error:
        raise RefusedError(str(error)) from error
    except (OSError, FirewallError) as error:
        raise RefusedError(f"the rules cannot be backed up: {error}") from error


def _arm(bench: Bench, trial: Trial) -> str:
    """Start the watchdog; refused, and told so in the journal, if it cannot be."""
    try:
        trial.arm(bench.state)
        watchdog = bench.arm(trial, bench.state)
        bench.note(trial, Event.ARMED, watchdog=watchdog)
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


def _make(bench: Bench, firewall: Firewall, trial: Trial, watchdog: str) -> Applied:
    """Commit, read back, and write down that it is made."""
    plan = trial.plan
    try:
        _compare(firewall, plan)
        if trial.left <= 0:
            raise RefusedError("it took too long until the change could be made.")
    except (RefusedError, FirewallError) as error:
        _give_up(bench, trial, str(error))
        if isinstance(error, RefusedError):
            raise
        raise RefusedError(str(error)) from error
    done = 0
    try:
        for step in _steps(firewall, plan):
            step()
            done += 1
        _verify(firewall, plan)
    except FirewallError as error:
        _undo_now(bench, firewall, trial, str(error), touched=done > 0)
    if not trial.is_armed(bench.state):
        raise TakenBackError(f"change {trial.id} took too long and is being taken back.")
    try:
        bench.note(trial, Event.APPLIED)
    except JournalError as error:
        _undo_now(bench, firewall, trial, str(error), touched=True)
    return Applied(trial, watchdog)


def _steps(firewall: Firewall, plan: Plan) -> Iterator[Callable[[], None]]:
    """What has to be done, in order."""
    if plan.sets_before:
        yield lambda: firewall.change_sets([each.line for each in plan.sets_before])
    for family in plan.families:
        variant, script = plan.variant(family), plan.script(family)
        yield partial(firewall.commit, variant, family, script)
    if plan.sets_after:
        yield lambda: firewall.change_sets([each.line for each in plan.sets_after])


def _verify(firewall: Firewall, plan: Plan) -> None:
    """FirewallError where the chains are not what was predicted."""
    live, after = live_chains(firewall, plan), plan.after
    for where in plan.chains:
        now = live.get(where, ())
        if now == after[where]:
            continue
        # A rule typed by hand may come back in other words; it has to mean the same.
        family = where.family
        if [meaning(t, family) for t in now] != [meaning(t, family) for t in after[where]]:
            shown = "; ".join(line for line in _diff(where, after[where], now) if line[2:3] == "A")
            raise FirewallError(f"{where.chain} did not become what was predicted ({shown}).")


def _undo_now(
    bench: Bench, firewall: Firewall, trial: Trial, reason: str, *, touched: bool
) -> NoReturn:
    """Take back at once what was made, and say how it ended by an exception."""
    if not decided_back(bench, trial):
        raise TakenBackError(f"change {trial.id} is being taken back by its watchdog: {reason}")
    # Also when the first step failed: a program that was ended may have been at its end.
    notes = undo(firewall, trial.plan)
    if touched:
        conclude(bench, trial, reason, notes)
        raise TakenBackError(f"change {trial.id} was taken back: {reason}")
    trial.free_room(bench.state)
    with contextlib.suppress(JournalError):
        bench.note(trial, Event.FAILED, reason=reason)
    trial.close(bench.state)
    raise RefusedError(reason)
