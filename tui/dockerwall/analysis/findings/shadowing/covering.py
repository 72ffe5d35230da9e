"""The fewest rules that take everything a dead rule could match, and one that acts otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from dockerwall.analysis.findings.shadowing.chains import Effect, Entry
from dockerwall.analysis.findings.shadowing.fields import Domain, Stage
from dockerwall.analysis.findings.shadowing.judging import Judged, Life
from dockerwall.analysis.findings.shadowing.point import at_stage
from dockerwall.analysis.findings.shadowing.region import Region, covers, overlap
from dockerwall.analysis.findings.shadowing.search import Search, Segment, Taker
from dockerwall.model.spec import Stop

MOST_COMPARED = 3000
"""Rules before a dead one that are looked through for one that acts otherwise."""


def action_of(entry: Entry) -> str:
    """What a rule does to packets: two rules of the same action are told apart by nobody."""
    target = entry.rule.target
    if isinstance(target, Stop):
        return "accept" if target.verdict == "ACCEPT" else "close"
    if entry.effect is Effect.RETURNS:
        return "return"
    return entry.called or type(target).__name__


def fewest(judged: Judged, domain: Domain) -> tuple[Taker, ...]:
    """A smallest choice of the rules that were found to take everything.

    Rules of the dead rule's own action are left out first, so that one that acts otherwise stays
    where it can.
    """
    mine = action_of(judged.entry)
    merged: dict[int, tuple[Taker, list[Region]]] = {}
    for taker in judged.takers:
        taker_and_regions = merged.setdefault(id(taker.inner), (taker, []))
        same = taker.entry is taker.inner
        taker_and_regions[1].extend(taker.entry.meaning.regions if same else (taker.region,))
    left = list(merged.values())
    order = sorted(left, key=lambda each: (action_of(each[0].inner) != mine, -_number(each[0])))
    for each in order:
        others = [other for other in left if other is not each]
        if others and _covered(judged.start, [r for _, found in others for r in found], domain):
            left = others
    return tuple(taker for taker, _ in sorted(left, key=lambda each: _number(each[0])))


def otherwise(judged: Judged, search: Search) -> Entry | None:
    """An earlier rule of the same chain that takes some of the packets and acts otherwise."""
    if judged.life is not Life.SHADOWED:
        return None
    mine = action_of(judged.entry)
    place = judged.entry.rule.rule.number - 1
    for number, entry in enumerate(judged.row.entries[: min(place, MOST_COMPARED)]):
        ends = entry.effect in (Effect.ENDS, Effect.RETURNS) and entry.meaning.sure
        if not ends or action_of(entry) == mine:
            continue
        shared = [
            both
            for one in entry.meaning.regions
            for other in judged.entry.meaning.regions
            if (both := overlap(one, other)) is not None
        ]
        if shared and search.escape(shared, (Segment(judged.row, number),)) is not False:
            return entry
    return None


def _number(taker: Taker) -> int:
    return taker.entry.rule.rule.number


def _covered(
    start: Sequence[tuple[Stage, Region]], regions: Sequence[Region], domain: Domain
) -> bool:
    for stage, piece in start:
        here = [found for each in regions if (found := at_stage(each, stage)) is not None]
        if not covers(here, piece, domain):
            return False
    return True
