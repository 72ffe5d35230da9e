"""Taking back a change that was made, wholly or in part, by this program or one that was killed.

Only what the change put in is taken out, whatever others have edited meanwhile; doing it again
does nothing (editing/takeback).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress

from dockerwall.applying.bench import Bench
from dockerwall.applying.firewall import Firewall, FirewallError, LockedError
from dockerwall.applying.journal import Event, JournalError
from dockerwall.applying.outcome import NotTakenBackError
from dockerwall.applying.state import BusyError
from dockerwall.applying.trial import Standing, Trial
from dockerwall.editing.plan import Plan
from dockerwall.editing.takeback import takeback, takeback_sets

PATIENCE = 30.0
"""Seconds to wait for another copy of this program before going on without it."""
_TRIES = 5
"""How often to begin again when rules change under one's hands."""


def take_back(bench: Bench, trial: Trial, reason: str, *, patience: float = PATIENCE) -> str:
    """Take back a trial that was decided so (`Standing.BACK`), and write it into the journal.

    Gives a sentence, none where another did it meanwhile. NotTakenBackError if it could not be done
    or not be written: its file then stays, and the watchdog or the next command begins here again.
    """
    with ExitStack() as stack:
        held: Sequence[int] = ()
        # Whoever holds the lock may be stopped for ever, and the operator is locked out.
        with suppress(BusyError):
            held = stack.enter_context(bench.state.changing(patience))
        if not trial.is_open(bench.state):
            return ""
        if trial.rebooted:
            return lose(bench, trial)
        return conclude(bench, trial, reason, undo(bench.firewall(held), trial.plan))


RESTARTED = "the host restarted before the change was confirmed"
"""Why a change is lost."""


def lose(bench: Bench, trial: Trial) -> str:
    """Write that a trial is lost with the kernel that held its rules, and close it.

    After a power cut a file may be back that was renamed before: what the journal says counts.
    """
    trial.free_room(bench.state)
    try:
        is_ended = any(e.change == trial.id and e.event.is_end for e in bench.journal.read())
        if not is_ended:
            bench.note(trial, Event.LOST, reason=RESTARTED)
    except JournalError as error:
        raise NotTakenBackError(f"change {trial.id} is lost ({RESTARTED}), but {error}") from error
    trial.close(bench.state)
    return "" if is_ended else f"Change {trial.id} is lost: {RESTARTED}."


def conclude(bench: Bench, trial: Trial, reason: str, notes: Sequence[str]) -> str:
    """Write that a trial is taken back, and close it."""
    trial.free_room(bench.state)
    try:
        bench.note(trial, Event.TAKEN_BACK, reason=reason, notes=list(notes))
    except JournalError as error:
        raise NotTakenBackError(f"change {trial.id} was taken back, but {error}") from error
    trial.close(bench.state)
    return " ".join([f"Change {trial.id} was taken back: {reason}.", *notes])


def decided_back(bench: Bench, trial: Trial) -> bool:
    """Whether it fell to the caller to take the trial back."""
    return trial.decide(bench.state, Standing.BACK)


def undo(firewall: Firewall, plan: Plan) -> tuple[str, ...]:
    """Undo what of a plan is in the kernel; sentences on what others had changed.

    NotTakenBackError when the kernel refuses.
    """
    notes: tuple[str, ...] = ()
    for attempt in range(_TRIES):
        try:
            found = _undo_once(firewall, plan)
        except LockedError as error:
            if attempt == _TRIES - 1:
                raise NotTakenBackError(str(error)) from error
            continue
        except FirewallError as error:
            # A rule that somebody deletes in between fails the transaction, and nothing is done.
            if attempt == _TRIES - 1:
                raise NotTakenBackError(str(error)) from error
            time.sleep(0.1)
            continue
        notes = tuple(dict.fromkeys((*notes, *found[1])))
        if found[0]:
            return notes
    raise NotTakenBackError("the rules change again and again.")


def _undo_once(firewall: Firewall, plan: Plan) -> tuple[bool, tuple[str, ...]]:
    """Whether there was nothing left to undo; and what is to be said."""
    live = firewall.rules(plan.chains)
    found = takeback(plan, live)
    back = found.as_plan(plan, live)
    sets = takeback_sets(plan, firewall.sets()) if plan.sets else ()
    if not found.changes and not sets:
        return True, ()
    firewall.change_sets([each.line for each in sets if each.builds])
    for family in back.families:
        firewall.commit(back.variant(family), family, back.script(family))
    firewall.change_sets([each.line for each in sets if not each.builds])
    return False, found.notes
