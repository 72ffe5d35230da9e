"""A plan judged before it is made: who gains and loses, and which findings come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dockerwall.analysis.compiled import Key
from dockerwall.analysis.exposure import Exposure, Reach
from dockerwall.analysis.findings import Finding, find
from dockerwall.analysis.judgement import Judgement
from dockerwall.editing.guard import Circumstances, objections
from dockerwall.editing.outcome import NOBODY, Access, After, Door, Outcome, Pair, Stage
from dockerwall.editing.plan import ChainRef, Plan
from dockerwall.editing.planner import Answer
from dockerwall.editing.preview import DiffLine, Preview, ReachChange, SeverityChange
from dockerwall.model.kinds import Family

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
    after = stage.after(plan.changes, plan.sets)
    changed = _changed(stage, plan, after)
    exposures = _exposures_after(stage, after, changed)
    reaches = tuple(
        each for pair in changed for each in _reaches(stage, pair, after)
    )
    severities = tuple(
        SeverityChange(old, new.severity)
        for old, new in zip(stage.exposures, exposures, strict=True)
        if old.severity is not new.severity
    )
    gained, lost = _findings(judgement, plan, after, exposures)
    said = (
        *answer.objections,
        *objections(stage, plan, after, reaches, gained, circumstances),
    )
    return Preview(
        plan, tuple(diff(plan)), reaches, severities, gained, lost, tuple(dict.fromkeys(said))
    )


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


def _changed(stage: Stage, plan: Plan, after: After) -> dict[Pair, tuple[Reach, ...]]:
    """The new reaches of every exposure and interface where somebody gains or loses."""
    found = {}
    for pair in stage.touched(plan.changes, plan.sets):
        new = after.reaches(pair)
        if _told(after.outcome(pair)) != _told(stage.before(pair)):
            found[pair] = new
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
        yield ReachChange(
            pair.exposure, pair.interface.name, tuple(listed), way,
            *(
                stage.addresses(family, mask)
                for mask in (old.accept, now.accept, old.unknown, now.unknown)
            ),
        )  # fmt: skip


def _exposures_after(
    stage: Stage, after: After, changed: dict[Pair, tuple[Reach, ...]]
) -> tuple[Exposure, ...]:
    """Every exposure with its new reaches, those that did not change as they were."""
    new: dict[tuple[object, ...], dict[str, tuple[Reach, ...]]] = {}
    for pair, reaches in changed.items():
        new.setdefault(pair.exposure.key, {})[pair.interface.name] = reaches
    return tuple(
        _exposure_after(exposure, new[exposure.key], after) if exposure.key in new else exposure
        for exposure in stage.exposures
    )


def _exposure_after(
    exposure: Exposure, new: dict[str, tuple[Reach, ...]], after: After
) -> Exposure:
    family = exposure.offer.family
    kept = [_recut(r, after, family) for r in exposure.reach if r.iif not in new]
    reach = (*kept, *(each for reaches in new.values() for each in reaches))
    auditor = after.auditor(family)
    severity = auditor.judge.severity(reach)
    if severity == "closed" and not any(r.iif == "lo" for r in reach):
        local = auditor.from_host(exposure.offer)
        if local is not None:
            reach = (*reach, local)
            severity = auditor.judge.severity(reach)
    return Exposure(exposure.offer, severity, reach)


def _recut(reach: Reach, after: After, family: Family) -> Reach:
    """The same reach in the cells of another cut."""
    cells = after.world.sides[family].cells
    return replace(
        reach,
        accept_cells=cells.touched(reach.accept.numbers),
        unknown_cells=cells.touched(reach.unknown.numbers),
    )


def _findings(
    judgement: Judgement, plan: Plan, after: After, exposures: tuple[Exposure, ...]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Findings that come, and those that go: of the touched chains, and of exposures."""
    only = frozenset((Key(c.variant, c.family, "filter"), c.chain) for c in plan.chains)
    asked = only if plan.changes and not plan.sets else None
    meant = judgement.expected
    before = [each for each in judgement.findings if each.id != "expected-but-closed"]
    now = [
        each
        for each in find(after.world, exposures, asked)
        if not (each.id == "sensitive-port-open" and each.exposure in meant)
    ]
    if asked is not None:
        before = [each for each in before if _is_about(each, asked)]
        now = [each for each in now if _is_about(each, asked)]
    return _more(now, before), _more(before, now)


def _is_about(finding: Finding, chains: frozenset[tuple[Key, str]]) -> bool:
    """Whether a finding is about no rule, or about one of a touched chain."""
    rule = finding.rule
    return rule is None or (Key(rule.variant, rule.family, rule.table), rule.chain) in chains


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
