"""The plan that undoes a change which was kept, on the rules as they are now."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from dockerwall.applying.bench import Bench
from dockerwall.applying.firewall import FirewallError
from dockerwall.applying.history import Past, history
from dockerwall.applying.journal import Event
from dockerwall.applying.outcome import RefusedError
from dockerwall.editing.plan import Plan
from dockerwall.editing.takeback import takeback, takeback_sets


class Undoing(NamedTuple):
    """What undoes a change."""

    change: Past
    plan: Plan
    """Empty where nothing of the change is left."""
    notes: tuple[str, ...]
    """Sentences: what others have changed since."""


def undoing(bench: Bench, change: str | None) -> Undoing:
    """What undoes a kept change, by its id or the last; RefusedError where there is none."""
    past = _chosen(history(bench), change)
    try:
        plan = past.plan
        firewall = bench.firewall(())
        live = firewall.rules(plan.chains)
        found = takeback(plan, live)
        sets = takeback_sets(plan, firewall.sets()) if plan.sets else ()
    except (FirewallError, KeyError, ValueError) as error:
        raise RefusedError(f"change {past.id} cannot be undone: {error}") from error
    made = replace(found.as_plan(plan, live), summary=f"Undo: {plan.summary}", sets=sets)
    return Undoing(past, made, found.notes)


def _chosen(changes: tuple[Past, ...], change: str | None) -> Past:
    kept = [each for each in changes if each.standing == Event.KEPT and not each.undone_by]
    if change is None:
        if not kept:
            raise RefusedError("there is no change to undo.")
        return kept[-1]
    found = next((each for each in changes if each.id == change), None)
    if found is None:
        raise RefusedError(f"there is no change {change}.")
    if found not in kept:
        ended = f"undone by {found.undone_by}" if found.undone_by else found.standing
        raise RefusedError(f"change {change} cannot be undone: it was {ended}.")
    return found
