"""A plan judged before it is made: who gains and loses, and which findings come and go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dockerwall.analysis.exposure import Exposure, Reach
from dockerwall.analysis.judgement import Judgement
from dockerwall.editing.difference import diff
from dockerwall.editing.findings import findings
from dockerwall.editing.guard import Circumstances, objections
from dockerwall.editing.outcome import NOBODY, Access, After, Door, Masks, Outcome, Pair, Stage
from dockerwall.editing.planner import Answer
from dockerwall.editing.preview import Preview, ReachChange, SeverityChange
from dockerwall.editing.setchange import felt
from dockerwall.model.kinds import Family


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
    lines = tuple(diff(plan))
    gained, lost = findings(judgement, after, exposures, lines)
    said = (
        *answer.objections,
        *objections(stage, plan, after, reaches, gained, circumstances),
    )
    return Preview(plan, lines, reaches, severities, gained, lost, tuple(dict.fromkeys(said)))


_Changed = tuple[Pair, tuple[Reach, ...]]
"""An exposure and an interface where somebody gains or loses, and the new reaches."""


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
