"""Every rule of a table judged: dead, or alive with a packet that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from dockerwall.analysis.compiled import CompiledTable
from dockerwall.analysis.findings.shadowing.chains import (
    Entry,
    Row,
    Rows,
    read_table,
)
from dockerwall.analysis.findings.shadowing.fields import (
    NO_INTERFACE,
    STAGE_BITS,
    STATES,
    Domain,
    Stage,
    state_bits,
)
from dockerwall.analysis.findings.shadowing.point import Point
from dockerwall.analysis.findings.shadowing.region import (
    EVERYTHING,
    Region,
    Value,
    difference,
    overlap,
)
from dockerwall.analysis.findings.shadowing.search import Search, Segment, Taker, staged
from dockerwall.analysis.world import World

MOST_PATHS = 24
"""Ways to a chain that are tried; a chain with more is taken to be reached."""
MOST_REGIONS = 2000
"""Regions of packets that one way may carry."""
MOST_BESIDE = 32
"""Pieces of regions that are cut further."""
PICKS_EACH, PICKS_AT_LEAST = 6, 8000
"""Packets that may be picked: for each rule on average, and in any case."""


class Life(Enum):
    """Whether packets can come to a rule and match it."""

    ALIVE = "alive"
    SHADOWED = "shadowed"
    """Rules before it in its own chain take all it could match."""
    UNREACHABLE = "unreachable"
    """Rules on the way to its chain take all it could match, or none of them is sent there."""
    IMPOSSIBLE = "impossible"
    """Its own conditions exclude each other."""
    UNUSED = "unused"
    """Nothing leads to its chain."""


class Judged(NamedTuple):
    """What was found of one rule."""

    row: Row
    entry: Entry
    life: Life
    point: Point | None = None
    """A packet that comes to the rule and matches; None for a dead one, or where none was found."""
    start: tuple[tuple[Stage, Region], ...] = ()
    """For a dead rule: what it could match."""
    takers: tuple[Taker, ...] = ()
    """For a dead rule: what takes it all."""


Lives = Callable[[Entry], bool]
"""Whether a rule is known to live."""


class Path(NamedTuple):
    """One way to a chain: what is sent along it, and the rules on the way."""

    regions: tuple[Region, ...]
    way: tuple[Segment, ...]


@dataclass
class Judge:
    """Judges the rules of one table."""

    rows: Rows
    search: Search
    entries: Mapping[str, Sequence[Region]] | None = None
    """The packets that come to each base chain; None for all that can at all."""
    new: Sequence[Region] = ()
    """What rules take that came since: a packet beside it is looked for first."""
    most_paths: int = MOST_PATHS
    paths: dict[str, list[Path]] = field(default_factory=dict)
    """Ways to each chain that can be come to."""
    crowded: set[str] = field(default_factory=set)
    """Chains with more ways than are tried."""

    def judge(
        self, asked: Mapping[str, Sequence[int]] | None = None, lives: Lives | None = None
    ) -> Iterator[Judged]:
        """Every rule, chains that call others first; or, of those not `asked` about by their chain
        and place there, only the jumps that are not known to live.
        """
        for name, row in self.rows.rows.items():
            if row.chain.chain.is_base:
                self.paths[name] = [Path(tuple(self.entering(name)), ())]
        for row in in_order(self.rows):
            places: Iterable[int] = range(len(row.entries))
            if asked is not None:
                places = sorted({*row.calling, *asked.get(row.name, ())})
            for place in places:
                entry = row.entries[place]
                if entry.called and lives is not None and lives(entry):
                    self.lead(row, place, entry)
                    continue
                judged = self.behind_all(row, place, entry) or self.rule(row, place, entry)
                yield judged
                if entry.called and judged.life is Life.ALIVE:
                    self.lead(row, place, entry)

    def entering(self, name: str) -> Sequence[Region]:
        """The packets that come to a base chain."""
        if self.entries is not None:
            return self.entries.get(name, ())
        return (hook_region(self.rows.table.key.table, name, self.rows.domain),)

    def lead(self, row: Row, place: int, entry: Entry) -> None:
        """Note the ways to a chain by a rule that packets come to."""
        found = self.paths.setdefault(entry.called, [])
        if row.name in self.crowded:
            self.crowded.add(entry.called)
        for path in self.paths.get(row.name, ()):
            common = shared(path.regions, entry.meaning.regions)
            if common:
                found.append(Path(common, (*path.way, Segment(row, place))))
            if len(found) > self.most_paths or len(common) > MOST_REGIONS:
                self.crowded.add(entry.called)
                return

    def rule(self, row: Row, place: int, entry: Entry) -> Judged:
        """One rule."""
        regions = entry.meaning.regions
        if not regions:
            return Judged(row, entry, Life.IMPOSSIBLE)
        paths = self.paths.get(row.name, [])
        if not paths:
            return Judged(row, entry, Life.UNUSED)
        crowded = row.name in self.crowded
        taken: list[Taker] = []
        sent: list[Region] = []
        for path in paths if not crowded else ():
            along = shared(path.regions, regions)
            found = self.escape(along, (*path.way, Segment(row, place)))
            if found is not False:
                return Judged(row, entry, Life.ALIVE, found if isinstance(found, Point) else None)
            sent += along
            taken += self.search.takers
        if taken and all(taker.entry.rule.rule.chain == row.name for taker in taken):
            return self.dead(row, entry, Life.SHADOWED, sent, taken)
        start = regions if crowded else sent
        found = self.search.escape(start, (Segment(row, place),))
        if found is False and self.search.takers:
            return self.dead(row, entry, Life.SHADOWED, start, self.search.takers)
        if crowded:
            return Judged(row, entry, Life.ALIVE)
        return self.dead(row, entry, Life.UNREACHABLE, sent, taken)

    def escape(self, regions: Sequence[Region], way: Sequence[Segment]) -> Point | bool:
        """A packet that gets through; False when none does, True when nobody knows."""
        if self.new:
            found = self.search.escape(beside(regions, self.new, self.rows.domain), way)
            if isinstance(found, Point):
                return found
        return self.search.escape(regions, way)

    def behind_all(self, row: Row, place: int, entry: Entry) -> Judged | None:
        """A rule behind one that takes every packet, which needs no search; None for others."""
        if place <= row.last or not self.sent(row, entry):
            return None
        return Judged(row, entry, Life.SHADOWED)

    def sent(self, row: Row, entry: Entry) -> Sequence[Region]:
        """What is sent to a chain that a rule could match."""
        regions = entry.meaning.regions
        if row.name in self.crowded:
            return regions
        paths = self.paths.get(row.name, ())
        return [each for path in paths for each in shared(path.regions, regions)]

    def explained(self, judged: Judged) -> Judged:
        """A dead rule with what it could match and what takes it, as a search finds that."""
        row, entry = judged.row, judged.entry
        place = entry.rule.rule.number - 1
        if place <= row.last:
            return judged
        found = self.rule(row, place, entry)
        if found.life is not Life.ALIVE:
            return found
        before = row.entries[row.last]
        takers = [Taker(before, before, EVERYTHING)]
        return self.dead(row, entry, Life.SHADOWED, self.sent(row, entry), takers)

    def dead(
        self, row: Row, entry: Entry, life: Life, start: Sequence[Region], takers: list[Taker]
    ) -> Judged:
        """A rule to which nothing comes."""
        return Judged(row, entry, life, None, tuple(staged(start)), tuple(takers))


def shared(some: Sequence[Region], others: Sequence[Region]) -> tuple[Region, ...]:
    """What is in one of the first regions and in one of the second."""
    both = [overlap(one, other) for one in some for other in others]
    return tuple([each for each in both if each is not None])


def beside(regions: Sequence[Region], others: Sequence[Region], domain: Domain) -> Sequence[Region]:
    """What is in one of the first regions and in none of the second, as long as it is in few
    pieces.
    """
    left = regions
    for other in others:
        if len(left) > MOST_BESIDE:
            break
        left = [piece for each in left for piece in difference(each, other, domain)]
    return left


def judge_table(table: CompiledTable, world: World) -> tuple[Judged, ...]:
    """Every rule of a table, in no particular order."""
    rows = read_table(table, world)
    return tuple(Judge(rows, judging_search(rows)).judge())


def judging_search(rows: Rows) -> Search:
    """A search with work enough for a whole table, and no more."""
    count = sum(len(row.entries) for row in rows.rows.values())
    return Search(rows, max(PICKS_AT_LEAST, PICKS_EACH * count))


def in_order(rows: Rows) -> Sequence[Row]:
    """Every chain after all that call it; chains in a circle, which no kernel takes, last."""
    callers: dict[str, int] = dict.fromkeys(rows.rows, 0)
    for row in rows.rows.values():
        for called in _called(row):
            callers[called] += 1
    ready = [name for name, count in callers.items() if not count]
    done: list[Row] = []
    while ready:
        row = rows.rows[ready.pop(0)]
        done.append(row)
        for called in _called(row):
            callers[called] -= 1
            if not callers[called]:
                ready.append(called)
    return done


def _called(row: Row) -> dict[str, None]:
    """The chains that a chain calls, each once, in order."""
    return dict.fromkeys(entry.called for entry in row.entries if entry.called)


def hook_region(table: str, hook: str, domain: Domain) -> Region:
    """The packets that a base chain can see at all."""
    nowhere = domain.named(NO_INTERFACE, False)
    somewhere = (1 << len(domain.names)) - 1 & ~nowhere
    found: dict[str, Value] = {
        "iif": {"OUTPUT": nowhere, "POSTROUTING": somewhere | nowhere}.get(hook, somewhere),
        "oif": nowhere if hook in ("PREROUTING", "INPUT") else somewhere,
    }
    if table == "nat":
        found["ct"] = STAGE_BITS[Stage.NEW] | STAGE_BITS[Stage.TRANSLATED]
    elif table == "raw":
        found["ct"] = STAGE_BITS[Stage.ENTRYLESS]
    elif hook in ("PREROUTING", "FORWARD") or (hook == "INPUT" and table != "security"):
        # A first packet's source is changed later than here.
        found["ct"] = state_bits(s for s in STATES if not (s[0] == "NEW" and s[2]))
    return found
