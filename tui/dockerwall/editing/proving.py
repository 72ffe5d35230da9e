"""The first place and form of rules whose judged outcome is what is wanted, and nothing else.

The law: a candidate is taken only when, for every exposure and interface its rules can meet, who
gets in afterwards is exactly what was wished there, or exactly what it was; and when containers'
own connections open as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from dockerwall.analysis.exposure import Kind, Offer
from dockerwall.editing.after import After
from dockerwall.editing.egress import Way, first_cut, spares_egress
from dockerwall.editing.forms import Form
from dockerwall.editing.outcome import NOBODY, Access, Door, Outcome, Pair
from dockerwall.editing.plan import ChainRef, Change
from dockerwall.editing.stage import Stage
from dockerwall.model.addresses import AddressSet

MOST_TRIES = 40


class Wish(NamedTuple):
    """Who shall get in by one interface, as masks of the stage's cells."""

    keep: int
    """Of those who get in now, these still do."""
    grant: int
    """These also do, as far as the chain can bring it about."""


@dataclass(frozen=True)
class Goal:
    """What a plan is for, in one family."""

    where: ChainRef
    named: tuple[Offer, ...]
    """The offers that are meant; all others stay as they are."""
    wishes: Mapping[Pair, Wish]
    """Of the pairs that are meant."""
    best: Mapping[Pair, Outcome] = field(default_factory=dict)
    """The most the chain can let in, to the same pairs."""
    egress: tuple[Way, ...] = ()
    address: str | None = None
    """The one destination address that is meant; None for all."""

    def wanted(self, pair: Pair, door: Door, had: Access) -> Access | None:
        """Who shall get in; None where no wish is made, or the chain does not see the packets."""
        wish = self.wishes.get(pair)
        if wish is None or self.beyond(door) or not self.names(door):
            return None
        best = self.best.get(pair, {}).get(door, had)
        accept = (had.accept & wish.keep) | (best.accept & wish.grant)
        unknown = (had.unknown & wish.keep) | (best.unknown & wish.grant)
        return Access(accept, unknown & ~accept)

    @cached_property
    def behind(self) -> frozenset[tuple[str | None, str, int | None]]:
        """The ports of containers that are meant; the direct ways to them may follow."""
        return frozenset(_behind(offer) for offer in self.named)

    @cached_property
    def by_interface(self) -> Mapping[str, Wish]:
        """What all wishes at an interface have in common."""
        found: dict[str, Wish] = {}
        for pair, wish in self.wishes.items():
            iif = pair.interface.name
            keep, grant = found.get(iif, Wish(-1, 0))
            found[iif] = Wish(keep & wish.keep, grant | wish.grant)
        return found

    def names(self, door: Door) -> bool:
        """Whether a door is one of those that are meant."""
        return self.address in (None, door.to)

    def beyond(self, door: Door) -> bool:
        """Whether packets through a door never meet the chain."""
        return door.process is not (self.where.chain == "INPUT")


class Miss(NamedTuple):
    """Why a candidate is not it."""

    kind: str
    """`open` for somebody who still gets in, `shut` for one who does not, `other` for an exposure
    that was not meant, `egress` for a container's own connection."""
    pair: Pair | None
    numbers: AddressSet | None
    way: Way | None = None
    after: After | None = None


class Candidate(NamedTuple):
    """Rules at one place."""

    texts: tuple[str, ...]
    position: int
    form: Form


class Solved(NamedTuple):
    """A candidate that does it."""

    candidate: Candidate
    changes: tuple[Change, ...]
    after: After


def solve(stage: Stage, goal: Goal, candidates: Iterable[Candidate]) -> Solved | Miss | None:
    """The first candidate that is proved; else why the most promising one is not; None for none."""
    closest: Miss | None = None
    for count, candidate in enumerate(candidates):
        if count >= MOST_TRIES:
            break
        changes = insertions(goal.where, candidate.position, candidate.texts)
        found = prove(stage, goal, changes)
        if isinstance(found, After):
            return Solved(candidate, changes, found)
        if closest is None or (closest.kind == "open" and found.kind != "open"):
            closest = found
    return closest


def insertions(where: ChainRef, position: int, texts: Sequence[str]) -> tuple[Change, ...]:
    """Changes that put rules in, one below the other."""
    return tuple(Change(where, True, position + n, text) for n, text in enumerate(texts))


def prove(stage: Stage, goal: Goal, changes: Sequence[Change]) -> After | Miss:
    """The host afterwards, if all is as wished; else the first thing that is not."""
    after = stage.after(changes)
    touched = sorted(after.touched, key=lambda pair: pair not in goal.wishes)
    proved: set[tuple[object, ...]] = set()
    for pair in touched:
        had, has, wish = stage.before(pair), after.outcome(pair), goal.wishes.get(pair)
        if had is has and wish is None:
            continue
        alike = id(had), id(has), id(goal.best.get(pair)), wish
        if wish is None or alike not in proved:
            miss = _missed(stage, goal, pair, after)
            if miss is not None:
                return miss
            proved.add(alike)
    if all(spares_egress(change, stage.world) for change in changes):
        return after
    way = first_cut(stage.world, after.world, goal.where.family, goal.egress)
    return after if way is None else Miss("egress", None, None, way, after)


def _missed(stage: Stage, goal: Goal, pair: Pair, after: After) -> Miss | None:
    family = pair.exposure.offer.family
    for door, had, has in _side_by_side(stage.before(pair), after.outcome(pair)):
        wanted = goal.wanted(pair, door, had)
        if wanted is not None:
            surplus = (has.accept | has.unknown) & ~(wanted.accept | wanted.unknown)
            surplus |= has.accept & ~wanted.accept
            lacking = wanted.accept & ~has.accept
            if surplus:
                return Miss("open", pair, stage.addresses(family, surplus), after=after)
            if lacking:
                return Miss("shut", pair, stage.addresses(family, lacking), after=after)
        elif _changed_otherwise(goal, pair, had, has):
            return Miss("other", pair, stage.addresses(family, had.accept ^ has.accept))
    return None


def _changed_otherwise(goal: Goal, pair: Pair, had: Access, has: Access) -> bool:
    """Whether something changes that was not meant; the direct way to the same port may follow."""
    if (had.accept, had.unknown) == (has.accept, has.unknown):
        return False
    offer = pair.exposure.offer
    wish = goal.by_interface.get(pair.interface.name)
    if wish is None or offer.kind is not Kind.DIRECT or _behind(offer) not in goal.behind:
        return True
    keep, grant = wish
    lost = had.accept & ~has.accept & keep
    gained = (has.accept | has.unknown) & ~(had.accept | had.unknown | grant)
    return bool(lost or gained)


def _behind(offer: Offer) -> tuple[str | None, str, int | None]:
    """The container's port that an offer leads to."""
    return offer.container, offer.protocol, offer.container_port


def _side_by_side(before: Outcome, after: Outcome) -> Iterator[tuple[Door, Access, Access]]:
    for door in dict.fromkeys((*before, *after)):
        yield door, before.get(door, NOBODY), after.get(door, NOBODY)
