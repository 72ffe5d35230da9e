"""Whether a packet of some region escapes every rule before a place.

A packet is picked and led past the rules. If one takes it, all that this rule takes is cut out of
the region and another packet is picked from the rest, until one gets through or nothing is left.
So only rules that matter are ever looked at closely.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dockerwall.analysis.findings.shadowing.chains import Effect, Entry, Row, Rows
from dockerwall.analysis.findings.shadowing.fields import ALL_STAGES, SAME, Stage
from dockerwall.analysis.findings.shadowing.point import Point, at_stage
from dockerwall.analysis.findings.shadowing.region import Region, difference, overlap

MOST_TRIES = 300
"""Packets picked for one rule before it is given up."""
DEEPEST = 16


class Segment(NamedTuple):
    """The rules of a chain before a place: they all stand on the way."""

    row: Row
    before: int


class Taker(NamedTuple):
    """A rule that takes packets away, and which."""

    entry: Entry
    """The rule on the way itself."""
    inner: Entry
    """The rule that ends them: the same, or one in a chain that the first one calls."""
    region: Region


@dataclass(slots=True)
class Search:
    """A search through one table; counts its work, which is bounded."""

    rows: Rows
    left: int
    """Packets that may still be picked, for all rules together."""
    most_tries: int = MOST_TRIES
    takers: list[Taker] = field(default_factory=list)
    """What took packets in the last search."""

    def escape(self, regions: Sequence[Region], way: Sequence[Segment]) -> Point | bool:
        """A packet that gets through; False when none does, True when nobody knows."""
        self.takers = []
        tries = 0
        for piece in staged(regions):
            found = self.escape_from(piece, way, tries)
            if found is not False:
                return found
            tries = len(self.takers)
        return False

    def escapes(
        self, regions: Sequence[Region], way: Sequence[Segment], stages: Sequence[Stage]
    ) -> Iterator[Point]:
        """A packet that gets through for every region from which one does."""
        for piece in staged(regions, stages):
            self.takers = []
            found = self.escape_from(piece, way, 0)
            if isinstance(found, Point):
                yield found

    def escape_from(
        self, piece: tuple[Stage, Region], way: Sequence[Segment], tries: int
    ) -> Point | bool:
        """The same for the packets of one stage."""
        pieces = [piece]
        while pieces:
            tries += 1
            self.left -= 1
            if tries > self.most_tries or self.left < 0:
                return True
            stage, region = pieces.pop()
            point = Point(stage, region, self.rows.unusual, tries > 2)
            taker = self.first(point, way)
            if taker is None:
                return point
            self.takers.append(taker)
            cut = at_stage(taker.region, stage)
            if cut is None:
                return True
            rest = difference(region, cut, self.rows.domain)
            pieces += [(stage, each) for each in rest]
        return False

    def first(self, point: Point, way: Sequence[Segment]) -> Taker | None:
        """What takes a packet first on its way."""
        for row, before in way:
            for place in row.index.candidates(point.get, before):
                taker = self.takes(row.entries[place], point)
                if taker is not None:
                    return taker
        return None

    def takes(self, entry: Entry, point: Point) -> Taker | None:
        """Whether a rule surely takes a packet away from the rules after it."""
        meaning = entry.meaning
        if not meaning.sure:
            return None
        region = next((each for each in meaning.regions if point.inside(each)), None)
        if region is None:
            return None
        if entry.effect is not Effect.CALLS:
            return Taker(entry, entry, region)
        inside = self.ended(self.rows.rows[entry.called], point, 0)
        if inside is None:
            return None
        inner, part = inside
        common = overlap(region, part)
        return None if common is None else Taker(entry, inner, common)

    def ended(self, row: Row, point: Point, depth: int) -> tuple[Entry, Region] | None:
        """The rule of a called chain that surely ends a packet, and what else it surely ends."""
        if depth > DEEPEST:
            return None
        for place in row.index.candidates(point.get, len(row.entries)):
            entry = row.entries[place]
            region = next((each for each in entry.meaning.regions if point.inside(each)), None)
            if region is None:
                continue
            back = entry.effect in (Effect.RETURNS, Effect.GOES)
            if not entry.meaning.sure:
                if back:
                    return None  # it may go back to where it came from
                continue
            if entry.effect is Effect.RETURNS:
                return None
            found: tuple[Entry, Region] | None = (entry, region)
            if entry.called:
                inside = self.ended(self.rows.rows[entry.called], point, depth + 1)
                common = overlap(region, inside[1]) if inside else None
                found = (inside[0], common) if inside and common is not None else None
                if found is None and entry.effect is Effect.GOES:
                    return None
            if found is not None:
                carved = self.carve(found[1], row, place, point)
                return None if carved is None else (found[0], carved)
        return None

    def carve(self, region: Region, row: Row, place: int, point: Point) -> Region | None:
        """The part of a region that holds the packet and that no earlier rule sends back.

        Only what is searched right now is looked at: the region the packet was picked from.
        """
        staged = at_stage(region, point.stage)
        here = overlap(staged, point.region) if staged is not None else None
        if here is None:
            return None
        same = SAME[point.stage]
        whole = here
        for number in row.index.overlapping(lambda f: whole.get(same.get(f, f)), place):
            entry = row.entries[number]
            if entry.effect not in (Effect.RETURNS, Effect.GOES):
                continue
            for each in entry.meaning.regions:
                cut = at_stage(each, point.stage)
                if cut is None:
                    continue
                rest = difference(here, cut, self.rows.domain)
                found = next((piece for piece in rest if point.inside(piece)), None)
                if found is None:
                    return None
                here = found
        return here


def staged(
    regions: Sequence[Region], stages: Sequence[Stage] = ALL_STAGES
) -> Iterator[tuple[Stage, Region]]:
    """Regions told apart by stage, first packets before later ones."""
    for stage in stages:
        for region in regions:
            found = at_stage(region, stage)
            if found is not None:
                yield stage, found
