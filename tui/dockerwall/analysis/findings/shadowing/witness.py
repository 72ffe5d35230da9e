"""For each rule a real conversation with a packet that comes to it, on this very host.

The search for packets that escape is done again with those that can really arrive or be sent: by
an interface of the host, from a source that is believed there, to where the routes lead. What it
picks is then followed through every table; only a packet that surely meets the rule is a witness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from typing import NamedTuple

from dockerwall.analysis.compiled import CompiledTable
from dockerwall.analysis.findings.shadowing.chains import read_table
from dockerwall.analysis.findings.shadowing.conversation import Conversation, Place, met
from dockerwall.analysis.findings.shadowing.doors import Door, doors
from dockerwall.analysis.findings.shadowing.dragnet import dragnet
from dockerwall.analysis.findings.shadowing.fields import Stage
from dockerwall.analysis.findings.shadowing.judging import (
    Judge,
    Judged,
    Life,
    judge_table,
    shared,
)
from dockerwall.analysis.findings.shadowing.possible import possible
from dockerwall.analysis.findings.shadowing.region import Region
from dockerwall.analysis.findings.shadowing.script import STAGES, casts, conversations
from dockerwall.analysis.findings.shadowing.search import Search, Segment
from dockerwall.analysis.routing import LINK_LOCAL_6
from dockerwall.analysis.world import World
from dockerwall.model.intervals import Intervals
from dockerwall.model.spec import AddressField, AddressMatch

MOST_PATHS, MOST_TRIES, MOST_PICKS = 400, 2000, 3_000_000
"""Much is tried here: packets of many kinds arrive, by many ways."""
MOST_FOLLOWED = 100
"""Packets of one stage that are followed for one rule."""


class Standing(Enum):
    """What can be shown of a rule."""

    WITNESSED = "witnessed"
    """A conversation moves its counter."""
    DEAD = "dead"
    """No packet at all can: `life` says why."""
    FOREIGN = "foreign"
    """None can on this host, as its interfaces, addresses and routes are."""
    UNDECIDABLE = "undecidable"
    """Whether one can hangs on something no snapshot tells."""
    UNFOUND = "unfound"
    """None was found; other tables may leave it nothing."""


class Witness(NamedTuple):
    """A rule and what was found of it."""

    judged: Judged
    standing: Standing
    talk: Conversation | None = None
    """For a rule that is witnessed."""


def witnesses(world: World, *tables: CompiledTable) -> list[Witness]:
    """What can be shown of every rule of some tables of one family.

    A conversation that shows a rule of one table may show rules of others.
    """
    shown: dict[Place, Conversation] = {}
    doubted: set[Place] = set()
    casters = [_Caster(world, _judge(world, table), shown, doubted) for table in tables]
    found = [(caster, list(caster.judge.judge())) for caster in casters]
    for caster, rules in found:
        for judged in rules:
            caster.find(judged)
    for caster, rules in found:
        caster.trawl(rules)
    return [
        each
        for caster, rules in found
        for each in caster.standings(rules, judge_table(caster.judge.rows.table, world))
    ]


def _judge(world: World, table: CompiledTable) -> Judge:
    rows = read_table(table, world)
    search = Search(rows, MOST_PICKS, MOST_TRIES)
    return Judge(rows, search, possible(world, rows), most_paths=MOST_PATHS)


DEAD = (Life.SHADOWED, Life.UNREACHABLE, Life.IMPOSSIBLE, Life.UNUSED)


def place_of(judged: Judged) -> Place:
    """The rule by its place."""
    rule = judged.entry.rule.rule
    return judged.row.chain.key, rule.chain, rule.number


@dataclass
class _Caster:
    """Looks for conversations; every one that is followed shows all the rules it meets."""

    world: World
    judge: Judge
    shown: dict[Place, Conversation]
    doubted: set[Place]
    """Rules that some conversation may meet."""
    followed: set[Conversation] = field(default_factory=set)
    _doors: tuple[Door, ...] | None = None

    def standings(self, rules: Iterable[Judged], strict: Iterable[Judged]) -> Iterator[Witness]:
        """What was found; `strict` is what any host's packets could do."""
        buried = {place_of(each): each for each in strict if each.life in DEAD}
        for judged in rules:
            place = place_of(judged)
            if place in buried:
                yield Witness(buried[place], Standing.DEAD, self.shown.get(place))
            elif place in self.shown:
                yield Witness(judged, Standing.WITNESSED, self.shown[place])
            elif judged.life in DEAD:
                yield Witness(judged, Standing.FOREIGN)
            elif place in self.doubted or not judged.entry.meaning.sure or self.doubtful(judged):
                yield Witness(judged, Standing.UNDECIDABLE)
            else:
                yield Witness(judged, Standing.UNFOUND)

    def find(self, judged: Judged) -> None:
        """Look for a conversation that moves the rule's counter."""
        place = place_of(judged)
        for stage in STAGES:
            if place in self.shown:
                break
            talks = islice(self.candidates(judged, stage), MOST_FOLLOWED)
            for talk in talks:
                self.follow(talk)
                if place in self.shown:
                    break

    def trawl(self, rules: Iterable[Judged]) -> None:
        """Look for what is left by many conversations at once."""
        wanted = {
            place_of(judged)
            for judged in rules
            if judged.life is Life.ALIVE and place_of(judged) not in self.shown
        }
        for talk in dragnet(self.world, self.judge.rows, wanted):
            self.follow(talk)
            wanted -= self.shown.keys()

    def follow(self, talk: Conversation) -> None:
        """Note what a conversation meets."""
        if talk in self.followed:
            return
        self.followed.add(talk)
        surely, perhaps = met(self.world, talk)
        self.doubted |= perhaps
        for place in surely:
            self.shown.setdefault(place, talk)

    def candidates(self, judged: Judged, stage: Stage) -> Iterator[Conversation]:
        """Conversations with a packet of one stage that the rule's own table lets come to it."""
        rows = self.judge.rows
        key = rows.table.key
        place = judged.entry.rule.rule.number - 1
        shapes = list(casts(key.family, stage, key.table == "raw"))
        if stage is Stage.TRANSLATED:
            behind = shared(shapes, [door.region(rows) for door in self.doors()])
            shapes = [*shared(behind, [{"origdst": self.own()}]), *behind]
        shapes += shared(shapes, self.people())
        for path in self.judge.paths.get(judged.row.name, ()):
            along = shared(shared(path.regions, judged.entry.meaning.regions), shapes)
            way = (*path.way, Segment(judged.row, place))
            for point in self.judge.search.escapes(along, way, (stage,)):
                yield from conversations(self.world, point, rows.domain.names)

    def people(self) -> list[Region]:
        """Packets to containers, from them, and to others."""
        domain = self.judge.rows.domain
        numbers = Intervals.of(
            (number, number) for family, number in self.world.by_address if family is domain.family
        )
        others = Intervals.upto(domain.family.last) - numbers - self.guarded()
        near = self.near() - LINK_LOCAL_6 or self.near()
        found: list[Region] = [{"src": near, "dst": self.own()}, {"src": near}, {"dst": self.own()}]
        found += [{"src": self.own(), "dst": near}, {"src": self.own()}]
        if numbers:
            found += [{"dst": numbers}, {"src": numbers}, {"dst": others}]
        return [region for region in found if all(region.values())]

    def guarded(self) -> Intervals:
        """Destinations that rules of raw name, as Docker guards its containers from neighbours."""
        found = Intervals()
        for (_, name), table in self.world.sides[self.judge.rows.domain.family].tables.items():
            for chain in table.chains.values() if name == "raw" else ():
                for match in (match for rule in chain.rules for match in rule.spec.matches):
                    if isinstance(match, AddressMatch) and match.field is AddressField.DST:
                        found = found | match.numbers
        return found

    def near(self) -> Intervals:
        """Addresses that some route has behind an interface, the host's own left out."""
        fib = self.world.sides[self.judge.rows.domain.family].fib
        found = Intervals()
        for hop in (hop for hops in fib.tables.values() for hop in hops):
            if hop.prefix and hop.way.type == "unicast":
                found = found | hop.numbers
        return found - self.world.sides[self.judge.rows.domain.family].own

    def own(self) -> Intervals:
        """The host's own addresses, those of a single interface left out."""
        return self.world.sides[self.judge.rows.domain.family].own - LINK_LOCAL_6

    def doors(self) -> tuple[Door, ...]:
        """What destination NAT leads to where, on this host."""
        if self._doors is None:
            self._doors = doors(self.world, self.judge.rows.table.key.family)
        return self._doors

    def doubtful(self, judged: Judged) -> bool:
        """Whether a rule that cannot be decided stands on the way to this one."""
        segments: Iterable[Sequence[Segment]] = (
            (*path.way, Segment(judged.row, judged.entry.rule.rule.number - 1))
            for path in self.judge.paths.get(judged.row.name, ())
        )
        return any(
            not entry.meaning.sure
            for way in segments
            for segment in way
            for entry in segment.row.entries[: segment.before + 1]
        )
