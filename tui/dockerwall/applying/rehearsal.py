"""A plan looked at before anybody is asked, and what the rules were then."""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.applying.document import Written
from dockerwall.applying.firewall import Firewall
from dockerwall.editing.plan import Plan
from dockerwall.model.kinds import Variant

Marks = dict[Variant, int | None]
"""The generation of the rules of each variant a plan touches; None where it is not told."""


class Rehearsal(NamedTuple):
    """A plan that the kernel's own programs have parsed, on rules it was made from."""

    asked: Plan
    """As it was handed over."""
    plan: Plan
    """With hand-written rules as they will be printed."""
    marks: Marks
    text: Written
    """The plan for the journal and the trial's file."""


def marks(firewall: Firewall, plan: Plan) -> Marks:
    """What tells whether anybody changes the rules from now on."""
    return {each: firewall.generation(each) for each in {where.variant for where in plan.chains}}


def are_same(firewall: Firewall, plan: Plan, then: Marks) -> bool:
    """Whether surely nobody has changed any rule since; a plan of sets alone has no such proof."""
    known = bool(plan.changes) and not plan.sets and None not in then.values()
    return known and marks(firewall, plan) == then
