"""Plans on recorded hosts, and what a whole new audit of the edited host says of them."""

from __future__ import annotations

from functools import cache

from tests.present.recorded import snapshot_of

from dockerwall.analysis.audit import audit
from dockerwall.analysis.exposure import Exposure
from dockerwall.analysis.judgement import Judgement, judge
from dockerwall.analysis.world import build_world
from dockerwall.editing.edited import edited_snapshot
from dockerwall.editing.intent_words import parse_intent
from dockerwall.editing.planner import Answer, Choices, plan
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family

ME = "203.0.113.9"


@cache
def judged(host: str) -> Judgement:
    """A recorded host, judged."""
    return judge(snapshot_of(host))


def planned(
    host: str, words: str, *, use_input: bool = False, only: Family | None = None
) -> Answer:
    """The plan for an intent in words."""
    families = tuple(Family) if only is None else (only,)
    return plan(judged(host), parse_intent(words.split(), ME), Choices(families, use_input))


def audited(answer: Answer) -> tuple[Exposure, ...]:
    """Every exposure of the edited host, judged from scratch."""
    snapshot = answer.stage.world.snapshot
    built = [change for change in answer.plan.sets if change.action != "create"]
    return audit(build_world(edited_snapshot(snapshot, answer.plan.changes, built)))


def let_in(
    exposures: tuple[Exposure, ...], port: int, iif: str, family: Family = Family.IPV4
) -> AddressSet:
    """Who surely gets in to a published port by an interface."""
    found = AddressSet.nothing(family)
    for exposure in exposures:
        if (exposure.offer.host_port, exposure.offer.family) == (port, family):
            for reach in exposure.reach:
                if reach.iif == iif:
                    found = found | reach.accept
    return found


def others(exposures: tuple[Exposure, ...], container: str) -> dict[object, object]:
    """What is said of every other container's ports."""
    return {
        (exposure.key, reach.iif, to, reach.via): (reach.accept, reach.unknown)
        for exposure in exposures
        if exposure.offer.container != container
        for reach in exposure.reach
        for to in reach.to
        if reach.accept or reach.unknown
    }
