"""A plan judged before it is made: who gains and loses, and which findings come and go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from dockerwall.analysis.audit import is_untold
from dockerwall.analysis.exposure import Exposure, Reach, Severity
from dockerwall.analysis.interfaces import Behind
from dockerwall.analysis.judgement import Judgement
from dockerwall.editing.after import After
from dockerwall.editing.difference import diff
from dockerwall.editing.findings import findings
from dockerwall.editing.guard import Circumstances, objections
from dockerwall.editing.outcome import NOBODY, Access, Masks, Outcome, Pair
from dockerwall.editing.plan import Change
from dockerwall.editing.planner import Answer
from dockerwall.editing.preview import Preview, ReachChange, SeverityChange
from dockerwall.editing.setchange import felt
from dockerwall.editing.stage import Stage
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.kinds import Family
from dockerwall.model.spec import AddressMatch, Continue, InterfaceMatch, ProtocolMatch, Stop


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
    differences = _Differences()
    pairs = (*after.touched, *_stirred(stage, after))
    changed = [(pair, found) for pair in pairs if (found := differences.of(after, pair))]
    found_after = _exposures_after(stage, after, pairs)
    reaches = tuple(
        each
        for pair, found in changed
        if id(pair.exposure) in found_after
        for each in _reaches(stage, pair, found)
    )
    severities = tuple(
        SeverityChange(old, new.severity)
        for old, new in found_after.values()
        if old.severity is not new.severity
    )
    lines = tuple(diff(plan))
    gained, lost = findings(judgement, after, found_after.values(), lines)
    said = (
        *answer.objections,
        *objections(stage, plan, after, reaches, gained, circumstances),
    )
    return Preview(plan, lines, reaches, severities, gained, lost, tuple(dict.fromkeys(said)))


_SHUT = frozenset({Severity.LOCAL, Severity.CLOSED})


class _Difference(NamedTuple):
    """Who gets in before and after to some addresses, where that is not the same."""

    to: tuple[str, ...]
    via: str
    before: Access
    after: Access


class _Differences:
    """What differs between outcomes; those that are the very same are compared once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[_Difference, ...]] = {}

    def of(self, after: After, pair: Pair) -> tuple[_Difference, ...]:
        """What differs for one exposure and interface."""
        if after.reaches(pair) is pair.reaches:
            return ()
        had, has = after.stage.before(pair), after.outcome(pair)
        found = self._known.get((id(had), id(has)))
        if found is None:
            found = self._known[id(had), id(has)] = tuple(_differing(had, has))
        return found


def _differing(had: Outcome, has: Outcome) -> Iterator[_Difference]:
    """Destinations for which the change is the same, together."""
    groups: dict[tuple[Access, Access, str], list[str]] = {}
    for door in dict.fromkeys((*had, *has)):
        old, now = had.get(door, NOBODY), has.get(door, NOBODY)
        if (old.accept, old.unknown) != (now.accept, now.unknown):
            via = (old.via or now.via or ("",))[0]
            key = (old._replace(via=()), now._replace(via=()), via)
            groups.setdefault(key, []).append(door.to)
    for (old, now, way), listed in groups.items():
        yield _Difference(tuple(listed), way, old, now)


def _reaches(stage: Stage, pair: Pair, differences: Iterable[_Difference]) -> Iterator[ReachChange]:
    family = pair.exposure.offer.family
    for to, via, old, now in differences:
        before, after, doubted, doubtful = (
            stage.addresses(family, mask)
            for mask in (old.accept, now.accept, old.unknown, now.unknown)
        )
        yield ReachChange(
            pair.exposure, pair.interface.name, to, via,
            before, after, doubted, doubtful, stage.plausible(family, pair.interface),
        )  # fmt: skip


def _stirred(stage: Stage, after: After) -> Iterator[Pair]:
    """Exposures of which nothing is said yet, and interfaces, by which somebody may get in now."""
    opening = {each.where.family for each in after.changes if _may_open(each)}
    families = set(Family) if after.is_felt_elsewhere else opening
    untold = [each for each in stage.offered if is_untold(each) and each.offer.family in families]
    return stage.touched(after.changes, after.sets, untold)


def _may_open(change: Change) -> bool:
    """Whether somebody may get in by it: not by one more rule that closes."""
    target = parse_spec(change.text, change.where.family).target
    closes = isinstance(target, Stop) and target.verdict != "ACCEPT"
    return not change.insert or not (closes or isinstance(target, Continue))


def _may_raise_doubts(change: Change) -> bool:
    """Whether it may be unknown of a packet of the host's own what comes of the change."""
    matches = parse_spec(change.text, change.where.family).matches
    return _may_open(change) or not all(
        isinstance(match, AddressMatch | InterfaceMatch | ProtocolMatch) for match in matches
    )


def _exposures_after(
    stage: Stage, after: After, asked: Iterable[Pair]
) -> dict[int, tuple[Exposure, Exposure]]:
    """Every exposure of which something is told before or after, as it was and will be, in their
    order, by the identity of what was. Where the same get in, other rules may decide it.

    Of those that nobody but the host itself gets to, it is asked again whether that does; where
    there is nothing to tell of them, only if that may become a doubt.
    """
    new: dict[int, dict[str, tuple[Reach, ...]]] = {}
    for pair in asked:
        reaches = after.reaches(pair)
        if reaches is not pair.reaches:
            new.setdefault(id(pair.exposure), {})[pair.interface.name] = reaches
    felt = after.is_felt_by_host
    doubted = felt and any(map(_may_raise_doubts, after.changes))
    found = {}
    for old in stage.offered:
        now = old
        asked_again = doubted if is_untold(old) else felt and _is_hosts(old)
        if asked_again or id(old) in new:
            now = _exposure_after(old, new.get(id(old), {}), stage, after)
        if not (is_untold(old) and is_untold(now)):
            found[id(old)] = old, now
    return found


def _is_hosts(exposure: Exposure) -> bool:
    """Whether only the host itself gets there, or may, or nobody."""
    return exposure.severity in _SHUT or any(r.behind is Behind.HOST for r in exposure.reach)


def _exposure_after(
    exposure: Exposure, new: dict[str, tuple[Reach, ...]], stage: Stage, after: After
) -> Exposure:
    family = exposure.offer.family
    known = [r for r in exposure.reach if r.iif not in new and r.behind is not Behind.HOST]
    kept = [_recut(r, stage, after, family) for r in known]
    made = [each for reaches in new.values() for each in reaches]
    order = {each.name: place for place, each in enumerate(stage.interfaces[family])}
    reach = tuple(sorted((*kept, *made), key=lambda each: order.get(each.iif, -1)))
    severity = after.severity(family, reach)
    if severity is Severity.CLOSED:
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
