"""Looking at a plan before it is made: refused, as far as that can be told beforehand.

It changes nothing, and may be done while the operator reads what the plan would do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from functools import partial

from dockerwall.applying.bench import Bench
from dockerwall.applying.document import written
from dockerwall.applying.firewall import Firewall, FirewallError
from dockerwall.applying.outcome import RefusedError
from dockerwall.applying.rehearsal import Rehearsal, marks
from dockerwall.applying.scratch import needs_printing
from dockerwall.applying.together import at_once
from dockerwall.applying.trial import draft
from dockerwall.editing.plan import ChainRef, Plan
from dockerwall.editing.sameness import same_rules
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family


def rehearse(bench: Bench, plan: Plan) -> None:
    """Have a plan looked at before anybody is asked, and get ready to make it.

    RefusedError where it could not be made. Nothing is changed.
    """
    bench.watchdog.prepare()  # it gets up meanwhile
    bench.rehearsals.clear()
    seen = look(bench, bench.firewall(()), plan)
    bench.rehearsals.append(seen)
    bench.watchdog.prepare(seen.trial.text)


def looked_at(bench: Bench, firewall: Firewall, plan: Plan) -> Rehearsal:
    """The plan looked at when it was rehearsed, or else now."""
    for known in bench.rehearsals:
        if known.asked is plan:
            return known
    return look(bench, firewall, plan)


def look(bench: Bench, firewall: Firewall, plan: Plan) -> Rehearsal:
    """Refuse what cannot be made, as far as that can be told beforehand."""
    try:
        then = marks(firewall, plan)
        made = plan
        if needs_printing(plan):
            sets = firewall.sets() if "--match-set" in repr(plan.changes) else ()
            made = bench.printed(plan, sets)
        compare(firewall, made)
        if not made.sets:  # a rule may name a set that is only to be made
            at_once([partial(_test, firewall, made, family) for family in made.families])
    except FirewallError as error:
        raise RefusedError(str(error)) from error
    drafted = draft(made, bench.who, bench.space, bench.clock, written(made))
    return Rehearsal(plan, drafted, then)


def _test(firewall: Firewall, plan: Plan, family: Family) -> None:
    firewall.test(plan.variant(family), family, plan.script(family))


def compare(firewall: Firewall, plan: Plan) -> None:
    """Refuse where a chain or a set is not what the plan was made from."""
    live = firewall.rules(plan.chains)
    found: list[str] = []
    for where in plan.chains:
        now, expected = live.get(where), plan.before.get(where, ())
        if now is None:
            raise RefusedError(f"there is no chain {where.chain} in {where.family} any more.")
        if now != expected:
            found += difference(where, expected, now)
    if found:
        raise RefusedError(
            "the rules are no longer those the plan was made from: look again and plan anew.",
            tuple(found),
        )
    if plan.sets:
        moved = [*_moved_sets(plan, firewall.sets())]
        if moved:
            raise RefusedError(" ".join(moved))


def demand_made(firewall: Firewall, plan: Plan) -> None:
    """FirewallError where the chains are not what was predicted."""
    live, after = firewall.rules(plan.chains), plan.after
    for where in plan.chains:
        now = live.get(where, ())
        # A rule typed by hand may come back in other words; it has to mean the same.
        if not same_rules(now, after[where], where.family):
            lines = difference(where, after[where], now)
            shown = "; ".join(line for line in lines if line[2:3] == "A")
            raise FirewallError(f"{where.chain} did not become what was predicted ({shown}).")


def difference(where: ChainRef, expected: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    """How a chain differs from what was expected, as lines of a diff."""
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
