"""Making a change: refused before anything is touched, or made, read back and on trial.

The order is the law: looked at, journal, watchdog armed, looked at again, one transaction for each
family, read back, journal. Looking again may be left out where the kernel's own count of changes
says that nobody changed anything since. Killed at any point, what is left behind is either nothing,
or a trial that the watchdog takes back.
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NoReturn

from dockerwall.applying.backup import back_up
from dockerwall.applying.bench import Bench
from dockerwall.applying.decisions import is_here, pending
from dockerwall.applying.document import plan_document
from dockerwall.applying.firewall import Firewall, FirewallError
from dockerwall.applying.journal import Event, JournalError
from dockerwall.applying.outcome import Applied, ArmingError, RefusedError, TakenBackError
from dockerwall.applying.rehearsal import Marks, Rehearsal, are_same, marks
from dockerwall.applying.scratch import needs_printing
from dockerwall.applying.state import BusyError, StateError
from dockerwall.applying.trial import Trial, new_trial
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
        with bench.state.changing(bench.patience) as held:
            firewall = bench.firewall(held)
            _demand_no_other(bench)
            seen = _looked_at(bench, firewall, plan)
            trial = new_trial(seen.plan, bench.who, seconds, bench.space, bench.clock)
            _announce(bench, firewall, trial, undoes)
            watchdog = _arm(bench, trial)
            return _make(bench, firewall, trial, watchdog, seen.marks)
    except (StateError, BusyError) as error:
        raise RefusedError(str(error)) from error


def rehearse(bench: Bench, plan: Plan) -> None:
    """Have a plan looked at before anybody is asked, and get ready to make it.

    RefusedError where it could not be made. Nothing is changed.
    """
    bench.watchdog.prepare()
    bench.rehearsals.clear()
    bench.rehearsals.append(_look(bench, bench.firewall(()), plan))


def _looked_at(bench: Bench, firewall: Firewall, plan: Plan) -> Rehearsal:
    """The plan looked at just now, or when it was rehearsed, where nobody changed a rule since."""
    for known in bench.rehearsals:
        if known.asked is plan and are_same(firewall, plan, known.marks):
            return known
    return _look(bench, firewall, plan)


def _look(bench: Bench, firewall: Firewall, plan: Plan) -> Rehearsal:
    """Refuse what cannot be made, as far as that can be told beforehand."""
    try:
        then = marks(firewall, plan)
        made = plan
        if needs_printing(plan):
            sets = firewall.sets() if "--match-set" in repr(plan.changes) else ()
            made = bench.printed(plan, sets)
        _compare(firewall, made)
        if not made.sets:  # a rule may name a set that is only to be made
            for family in made.families:
                firewall.test(made.variant(family), family, made.script(family))
    except FirewallError as error:
        raise RefusedError(str(error)) from error
    return Rehearsal(plan, made, then)


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
        known = {"backup": backup, "undoes": undoes}
        facts: dict[str, Any] = {name: value for name, value in known.items() if value is not None}
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
        watchdog = bench.watchdog.arm(trial)
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


def _make(bench: Bench, firewall: Firewall, trial: Trial, watchdog: str, then: Marks) -> Applied:
    """Commit, read back, and write down that it is made."""
    plan = trial.plan
    try:
        if not are_same(firewall, plan, then):
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
