"""A plan made without an intent, such as one that undoes another, ready to be previewed."""

from __future__ import annotations

from dockerwall.analysis.judgement import Judgement
from dockerwall.editing.edited import cuts_of, ready_to_edit
from dockerwall.editing.plan import Plan
from dockerwall.editing.planner import Answer
from dockerwall.editing.setplan import cuts_of_sets
from dockerwall.editing.stage import Stage


def of_plan(judgement: Judgement, plan: Plan) -> Answer:
    """The plan as an answer, on a host cut by the addresses that its rules name, and its sets."""
    cuts = [
        numbers
        for change in plan.changes
        for numbers in cuts_of([change.text], change.where.family)
    ]
    cuts += cuts_of_sets(judgement.world, plan.sets)
    stage = Stage.of(judgement, ready_to_edit(judgement.world, cuts))
    return Answer(plan, (), (), stage, done=not plan)
