"""A plan looked at before anybody is asked, and what the rules were then."""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.applying.firewall import Firewall, Mark
from dockerwall.applying.trial import Trial
from dockerwall.editing.plan import Plan
from dockerwall.model.kinds import Family, Variant

Marks = dict[tuple[Variant, Family], Mark]
"""What tells the rules that a plan touches from any others; None where nothing does."""


class Rehearsal(NamedTuple):
    """A plan that the kernel's own programs have parsed, on rules it was made from."""

    asked: Plan
    """As it was handed over."""
    trial: Trial
    """Its draft, with hand-written rules as they will be printed."""
    marks: Marks


def marks(firewall: Firewall, plan: Plan) -> Marks:
    """What tells whether anybody changes the rules from now on."""
    touched = {(where.variant, where.family) for where in plan.chains}
    return {each: firewall.mark(*each) for each in touched}


def are_same(firewall: Firewall, plan: Plan, then: Marks) -> bool:
    """Whether surely nobody has changed any rule since; a plan of sets alone has no such proof."""
    known = bool(plan.changes) and not plan.sets and None not in then.values()
    return known and marks(firewall, plan) == then
