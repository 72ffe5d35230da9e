"""A plan judged before it is made: who gains and loses, and which findings come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from dockerwall.analysis.compiled import Key
from dockerwall.analysis.expectations import OUTSIDE
from dockerwall.analysis.exposure import Exposure, Reach
from dockerwall.analysis.findings import Finding, Level, shadowed_rule
from dockerwall.analysis.findings.catalogue import find_on
from dockerwall.analysis.findings.ground import Ground
from dockerwall.analysis.judgement import Judgement
from dockerwall.editing.explaining import name_of
from dockerwall.editing.guard import Circumstances, objections
from dockerwall.editing.outcome import NOBODY, Access, After, Door, Masks, Outcome, Pair, Stage
from dockerwall.editing.plan import ChainRef, Plan
from dockerwall.editing.planner import Answer
from dockerwall.editing.preview import DiffLine, Preview, ReachChange, SeverityChange
from dockerwall.editing.setchange import felt
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.kinds import Family
from dockerwall.model.spec import Spec

UNMET = "expected-but-closed"
REDONE = frozenset({UNMET, *shadowed_rule.IDS})
"""Ids of findings that are compared apart."""
MOST_DEAD = 10
"""Rules that a plan makes dead, or brings to life, of which it is told why."""
CONTEXT = 2
"""Unchanged rules shown around changed ones."""


def preview(
    judgement: Judgement, answer: Answer, circumstances: Circumstances | None = None
) -> Preview:
    """Everything to be seen before an answer's plan is applied."""
    stage, plan = answer.stage, answer.plan
    if not plan:
        said = (*answer.objections, *objections(stage, plan, None, (), (), circumstances))
        return Preview(plan, (), (), (), (), (), said)
    sets = felt(judgement.world.snapshot, plan.sets)
    after = stage.after(plan.changes, sets)
    changed = _changed(stage, after)
    exposures = _exposures_after(stage, after, changed)
    reaches = tuple(each for pair, _ in changed for each in _reaches(stage, pair, after))
    severities = tuple(
        SeverityChange(old, new.severity)
        for old, new in zip(stage.exposures, exposures, strict=True)
        if old.severity is not new.severity
    )
    gained, lost = _findings(stage, judgement, plan, after, exposures)
    said = (
        *answer.objections,
        *objections(stage, plan, after, reaches, gained, circumstances),
    )
    return Preview(
        plan, tuple(diff(plan)), reaches, severities, gained, lost, tuple(dict.fromkeys(said))
    )


_Changed = tuple[Pair, tuple[Reach, ...]]
"""An exposure and an interface where somebody gains or loses, and the new reaches."""


def diff(plan: Plan) -> Iterator[DiffLine]:
    """Each touched chain's lines around what changes."""
    after = plan.after
    for where in plan.chains:
        lines = list(_lines(plan, where, after[where]))
        near = {
            other
            for place, line in enumerate(lines)
            if line.mark != " "
            for other in range(place - CONTEXT, place + CONTEXT + 1)
        }
        yield from (line for place, line in enumerate(lines) if place in near)


def _lines(plan: Plan, where: ChainRef, willed: tuple[str, ...]) -> Iterator[DiffLine]:
    origins: list[int | None] = list(range(len(plan.before.get(where, ()))))
    gone: list[tuple[int, str]] = []
    for change in plan.changes:
        if change.where != where:
            continue
        if change.insert:
            origins.insert(change.position - 1, None)
        else:
            origin = origins.pop(change.position - 1)
            if origin is not None:
                gone.append((origin, change.text))
    gone.sort()
    for place, (origin, text) in enumerate(zip(origins, willed, strict=True)):
        while gone and origin is not None and gone[0][0] < origin:
            number, old = gone.pop(0)
            yield DiffLine(where, "-", number + 1, old)
        mark = "+" if origin is None else " "
        yield DiffLine(where, mark, place + 1, text)
    for number, old in gone:
        yield DiffLine(where, "-", number + 1, old)


def _changed(stage: Stage, after: After) -> list[_Changed]:
    """The new reaches of every exposure and interface where somebody gains or loses."""
    found = []
    for pair in stage.touched(after.changes, after.sets):
        had, has = stage.before(pair), after.outcome(pair)
        if has is not had and _told(has) != _told(had):
            found.append((pair, after.reaches(pair)))
    return found


def _told(outcome: Outcome) -> dict[Door, tuple[int, int]]:
    return {
        door: (access.accept, access.unknown)
        for door, access in outcome.items()
        if access.accept or access.unknown
    }


def _reaches(stage: Stage, pair: Pair, after: After) -> Iterator[ReachChange]:
    """Destinations for which the change is the same, together."""
    family = pair.exposure.offer.family
    had, has = stage.before(pair), after.outcome(pair)
    groups: dict[tuple[Access, Access, str], list[str]] = {}
    for door in dict.fromkeys((*had, *has)):
        old, now = had.get(door, NOBODY), has.get(door, NOBODY)
        if (old.accept, old.unknown) != (now.accept, now.unknown):
            via = (old.via or now.via or ("",))[0]
            key = (old._replace(via=()), now._replace(via=()), via)
            groups.setdefault(key, []).append(door.to)
    for (old, now, way), listed in groups.items():
        before, after_it, doubted, doubtful = (
            stage.addresses(family, mask)
            for mask in (old.accept, now.accept, old.unknown, now.unknown)
        )
        yield ReachChange(
            pair.exposure, pair.interface.name, tuple(listed), way,
            before, after_it, doubted, doubtful, stage.plausible(family, pair.interface),
        )  # fmt: skip


def _exposures_after(
    stage: Stage, after: After, changed: Iterable[_Changed]
) -> tuple[Exposure, ...]:
    """Every exposure with its new reaches, those that did not change as they were."""
    new: dict[int, dict[str, tuple[Reach, ...]]] = {}
    for pair, reaches in changed:
        new.setdefault(id(pair.exposure), {})[pair.interface.name] = reaches
    return tuple(
        _exposure_after(exposure, new[id(exposure)], stage, after)
        if id(exposure) in new
        else exposure
        for exposure in stage.exposures
    )


def _exposure_after(
    exposure: Exposure, new: dict[str, tuple[Reach, ...]], stage: Stage, after: After
) -> Exposure:
    family = exposure.offer.family
    kept = [_recut(r, stage, after, family) for r in exposure.reach if r.iif not in new]
    reach = (*kept, *(each for reaches in new.values() for each in reaches))
    severity = after.severity(family, reach)
    if severity == "closed" and not any(r.iif == "lo" for r in reach):
        local = after.auditor(family).from_host(exposure.offer)
        if local is not None:
            reach = (*reach, local)
            severity = after.severity(family, reach)
    return Exposure(exposure.offer, severity, reach)


def _recut(reach: Reach, stage: Stage, after: After, family: Family) -> Reach:
    """The same reach in the cells of another cut."""
    cells = after.world.sides[family].cells
    if cells is stage.judged.sides[family].cells:
        return reach
    masks = stage.masks[family]
    if masks.cells is not cells:
        masks = Masks(cells)
    return replace(
        reach, accept_cells=masks.of(reach.accept), unknown_cells=masks.of(reach.unknown)
    )


def _findings(
    stage: Stage,
    judgement: Judgement,
    plan: Plan,
    after: After,
    exposures: tuple[Exposure, ...],
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Findings that come, and those that go."""
    changed = None if after.sets else _changed_specs(plan)
    ground = Ground(after.world, exposures, changed)
    meant = judgement.expected
    had = [each for each in judgement.findings if _is_of(each, changed) and each.id not in REDONE]
    has = [
        each
        for each in find_on(ground, (shadowed_rule,))
        if not (each.id == "sensitive-port-open" and each.exposure in meant)
    ]
    has += _unmet(stage, meant, exposures)
    dies = tuple(shadowed_rule.dead(ground))
    died: tuple[shadowed_rule.Dead, ...] = ()
    if after.sets or any(_may_come_to_life(each, plan) for each in judgement.findings):
        died = tuple(shadowed_rule.dead(Ground(stage.world, stage.exposures, changed)))
    return (
        (*_explained(dies, died), *_more(has, had)),
        (*_explained(died, dies), *_more(had, has)),
    )


def _may_come_to_life(finding: Finding, plan: Plan) -> bool:
    """Whether it is about a dead rule that a changed one may have to do with."""
    if finding.id not in shadowed_rule.IDS:
        return False
    rule = finding.rule
    if rule is None:
        return True
    inner = {"INPUT", "OUTPUT"} - {where.chain for where in plan.chains}
    return rule.chain not in inner and any(
        (rule.variant, rule.family, rule.table) == (where.variant, where.family, "filter")
        for where in plan.chains
    )


def _explained(
    some: Iterable[shadowed_rule.Dead], others: Iterable[shadowed_rule.Dead]
) -> tuple[Finding, ...]:
    """Findings on rules that are dead and were not, or the other way; those that come on top of
    many others are counted.
    """
    left = Counter((each.placed.key, each.placed.rule.text) for each in others)
    new = []
    for each in some:
        place = each.placed.key, each.placed.rule.text
        if left[place]:
            left[place] -= 1
        else:
            new.append(each)
    found = [finding for each in new[:MOST_DEAD] for finding in each.explained()]
    if len(new) > MOST_DEAD:
        more = f"{len(new) - MOST_DEAD} more rules can match nothing, for the same reasons."
        found.append(Finding("shadowed-rule", Level.NOTICE, more))
    return tuple(found)


def _changed_specs(plan: Plan) -> dict[Key, tuple[Spec, ...]]:
    """The rules that come and go, by their table."""
    found: dict[Key, tuple[Spec, ...]] = {}
    for change in plan.changes:
        where = change.where
        key = Key(where.variant, where.family, "filter")
        found[key] = (*found.get(key, ()), parse_spec(change.text, where.family))
    return found


def _is_of(finding: Finding, changed: dict[Key, tuple[Spec, ...]] | None) -> bool:
    """Whether a finding is about no rule, or about one of a touched table."""
    rule = finding.rule
    return changed is None or rule is None or Key(rule.variant, rule.family, rule.table) in changed


def _unmet(
    stage: Stage, meant: Collection[tuple[object, ...]], exposures: Iterable[Exposure]
) -> Iterator[Finding]:
    """Ports declared as meant to be reachable that nobody outside will reach."""
    for old, new in zip(stage.exposures, exposures, strict=True):
        if new.key in meant and old.severity in OUTSIDE and new.severity not in OUTSIDE:
            yield Finding(
                UNMET,
                Level.WARNING,
                f"{name_of(new)} is declared as meant to be reachable, and nobody outside the LAN "
                "will reach it.",
                exposure=new.key,
                fix="Let those in whom it is meant for, or take the declaration out.",
            )


def _more(some: Iterable[Finding], others: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that the others do not hold; rules are told by their texts, not their numbers."""
    left = Counter(_identity(each) for each in others)
    found = []
    for each in some:
        identity = _identity(each)
        if left[identity]:
            left[identity] -= 1
        else:
            found.append(each)
    return tuple(found)


def _identity(finding: Finding) -> tuple[object, ...]:
    rule = finding.rule
    place = (rule.variant, rule.family, rule.table, rule.chain, rule.text) if rule else None
    if place is None:
        return finding.id, finding.message
    return finding.id, place, finding.exposure
