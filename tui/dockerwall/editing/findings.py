"""Findings that a change brings, and those that it takes away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from dockerwall.analysis.audit import told
from dockerwall.analysis.compiled import Key
from dockerwall.analysis.expectations import OUTSIDE
from dockerwall.analysis.exposure import Exposure
from dockerwall.analysis.findings import Finding, Level, shadowed_rule, undecidable_rule
from dockerwall.analysis.findings.catalogue import (
    IDS_OF_EXPOSURES,
    IDS_OF_ONE_RULE,
    find_each,
    find_on,
    in_order,
)
from dockerwall.analysis.findings.ground import Ground, Place
from dockerwall.analysis.judgement import Judgement
from dockerwall.editing.after import After
from dockerwall.editing.chains import hooks_of
from dockerwall.editing.explaining import name_of
from dockerwall.editing.plan import ChainRef, Change
from dockerwall.editing.preview import DiffLine
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.spec import Spec

UNMET = "expected-but-closed"
REDONE = frozenset({UNMET, *shadowed_rule.IDS})
"""Ids of findings that are compared apart."""
OF_A_RULE = frozenset(undecidable_rule.IDS)
"""Ids of findings on a rule whose port is but an example, as with all on a policy."""
MOST_DEAD = 10
"""Rules that a plan makes dead, or brings to life, of which it is told why."""


def findings(
    judgement: Judgement,
    after: After,
    exposures: Collection[tuple[Exposure, Exposure]],
    lines: Iterable[DiffLine],
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Findings that come, and those that go; `exposures` as they were and will be."""
    stage = after.stage
    changed = None if after.is_felt_elsewhere else specs_by_table(after.changes)
    before = Ground(stage.world, stage.exposures, changed, judgement.ground)
    will_be = told(new for _, new in exposures)
    ground = Ground(after.world, will_be, changed, judgement.ground)
    had, has = _compared(judgement, before, ground, lines)
    has += _unmet(judgement.expected, exposures)
    chains = {change.where for change in after.changes}
    dies = tuple(shadowed_rule.dead(ground))
    died: tuple[shadowed_rule.Dead, ...] = ()
    inner = {"INPUT", "OUTPUT"} - _passed(after)
    may_live = any(_may_be_of(each, chains, inner) for each in judgement.findings)
    if dies or changed is None or may_live:
        died = tuple(shadowed_rule.dead(before))
    return (
        (*_explained(dies, died), *_more(has, had)),
        (*_explained(died, dies), *_more(had, has)),
    )


def _compared(
    judgement: Judgement, before: Ground, after: Ground, lines: Iterable[DiffLine]
) -> tuple[list[Finding], list[Finding]]:
    """Findings before and after, those apart that are compared otherwise.

    What is said of a rule by itself is the same for one that stays, and is asked only of those
    that go and those that come, unless the chains stand otherwise after the change.
    """
    meant = judgement.expected
    had: Iterable[Finding] = judgement.findings
    alone = None
    if after.changed is not None and _stand_alike(before, after):
        went, came = _places(lines)
        alone = after.alone(came)
        others = [each for each in had if each.id not in IDS_OF_ONE_RULE]
        had = in_order((*others, *find_each(before.alone(went))))
    has = [
        each
        for each in find_on(after, (shadowed_rule,), alone)
        if not (each.id == "sensitive-port-open" and each.exposure in meant)
        and _is_of(each, after.changed)
    ]
    kept = [each for each in had if each.id not in REDONE and _is_of(each, before.changed)]
    return kept, has


def _stand_alike(before: Ground, after: Ground) -> bool:
    """Whether all chains that are asked about are led to, and owned, as before."""
    return [before.standing(table) for table in before.tables] == [
        after.standing(table) for table in after.tables
    ]


def _places(lines: Iterable[DiffLine]) -> tuple[set[Place], set[Place]]:
    """Where the rules stand that go, and those that come."""
    went: set[Place] = set()
    came: set[Place] = set()
    for where, mark, number, _ in lines:
        if mark != " " and number is not None:
            place = (Key(where.variant, where.family, "filter"), where.chain, number)
            (came if mark == "+" else went).add(place)
    return went, came


def _passed(after: After) -> set[str]:
    """The base chains from which packets come to a changed rule, before or after the change."""
    worlds = after.stage.world, after.world
    return {
        hook for world in worlds for each in after.changes for hook in hooks_of(world, each.where)
    }


def _may_be_of(finding: Finding, chains: Collection[ChainRef], inner: Collection[str]) -> bool:
    """Whether it is about a dead rule that a changed one may have to do with; `inner` are the base
    chains from which nothing comes to changed rules.
    """
    if finding.id not in shadowed_rule.IDS:
        return False
    rule = finding.rule
    if rule is None:
        return True
    return rule.chain not in inner and any(
        (rule.variant, rule.family, rule.table) == (where.variant, where.family, "filter")
        for where in chains
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


def specs_by_table(changes: Iterable[Change]) -> dict[Key, tuple[Spec, ...]]:
    """The rules that come and go, by their table."""
    found: dict[Key, tuple[Spec, ...]] = {}
    for change in changes:
        where = change.where
        key = Key(where.variant, where.family, "filter")
        found[key] = (*found.get(key, ()), parse_spec(change.text, where.family))
    return found


def _is_of(finding: Finding, changed: Mapping[Key, tuple[Spec, ...]] | None) -> bool:
    """Whether a finding is about no rule, or about one of a touched table, or rests on who gets in
    alone: such ones are all looked for again.
    """
    rule = finding.rule
    if finding.id in IDS_OF_EXPOSURES:
        return True
    return changed is None or rule is None or Key(rule.variant, rule.family, rule.table) in changed


def _unmet(
    meant: Collection[tuple[object, ...]], exposures: Iterable[tuple[Exposure, Exposure]]
) -> Iterator[Finding]:
    """Ports declared as meant to be reachable that nobody outside will reach."""
    for old, new in exposures:
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
    if rule is None:
        return finding.id, finding.message
    example = finding.id in OF_A_RULE or rule.number is None
    return finding.id, place, None if example else finding.exposure
