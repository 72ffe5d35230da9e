"""Taking back a plan on a host that others may have edited since.

The law: only what the plan put in is taken out, and only what it took out is put in again; a rule
of somebody else is never touched, and doing it twice, or when the plan was never made, does
nothing. Rules are found by what they mean, not by their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import NamedTuple

from dockerwall.editing.plan import ChainRef, Change, Plan
from dockerwall.editing.sameness import meaning
from dockerwall.editing.setchange import SetChange
from dockerwall.model.ipsets import IpSet


class TakeBack(NamedTuple):
    """What undoes a plan on the chains as they now are."""

    changes: tuple[Change, ...]
    """To be made in this order; positions are those of the live chains."""
    notes: tuple[str, ...]
    """Sentences for the journal: what was found changed by others."""

    def as_plan(self, plan: Plan, live: Mapping[ChainRef, Sequence[str]]) -> Plan:
        """The same as a plan, to be printed as a script."""
        touched = {change.where for change in self.changes}
        before = {where: tuple(texts) for where, texts in live.items() if where in touched}
        return Plan(f"Take back: {plan.summary}", before, self.changes, only=plan.only)


def takeback(plan: Plan, live: Mapping[ChainRef, Sequence[str]]) -> TakeBack:
    """What undoes the plan on the live chains' rule texts; a chain not in `live` is gone."""
    changes: list[Change] = []
    notes: list[str] = []
    for where in plan.chains:
        now = live.get(where)
        if now is None:
            notes.append(f"{where.chain} is gone, and the plan's rules with it.")
            continue
        chain = _Chain(where, plan.before.get(where, ()), plan.after[where], now)
        chain.restore(list(_origins(plan, where)))
        changes += chain.changes
        notes += chain.notes
    return TakeBack(tuple(changes), tuple(notes))


def as_found(plan: Plan, live: Mapping[ChainRef, Sequence[str]]) -> Plan:
    """The plan with its new rules as they stand in the live chains, right after it was made there:
    in chains that are as predicted but for these rules themselves.
    """
    changes = list(plan.changes)
    for where in plan.chains:
        now, after = live.get(where, ()), plan.after[where]
        makers = _makers(plan, where)
        others = [place for place, maker in enumerate(makers) if maker is None]
        if len(now) == len(after) and all(
            meaning(now[place], where.family) == meaning(after[place], where.family)
            for place in others
        ):
            for place, maker in enumerate(makers):
                if maker is not None:
                    changes[maker] = changes[maker]._replace(text=now[place])
    return replace(plan, changes=tuple(changes))


def _makers(plan: Plan, where: ChainRef) -> list[int | None]:
    """For each rule of the chain after the plan, the change that put it in; None for the others."""
    makers: list[int | None] = [None] * len(plan.before.get(where, ()))
    for number, change in enumerate(plan.changes):
        if change.where == where and change.insert:
            makers.insert(change.position - 1, number)
        elif change.where == where:
            del makers[change.position - 1]
    return makers


def takeback_sets(plan: Plan, live: Collection[IpSet]) -> tuple[SetChange, ...]:
    """The ipset changes that undo the plan's own, leaving out what is already undone."""
    sets = {each.name: each for each in live}
    found = []
    for change in reversed(plan.sets):
        there = sets.get(change.name)
        entries = there.entries if there is not None else ()
        entry = change.words.split(" ")[0] in {each.split(" ")[0] for each in entries}
        undone = {
            "create": there is None,
            "destroy": there is not None,
            "add": not entry,
            "del": entry or (there is None and not _remade(plan, change.name)),
        }
        if not undone[change.action]:
            found.append(change.inverse)
    return tuple(found)


def _remade(plan: Plan, name: str) -> bool:
    return any(change.action == "destroy" and change.name == name for change in plan.sets)


def _origins(plan: Plan, where: ChainRef) -> Iterator[int | None]:
    """For each rule of the chain after the plan: its place before, None where the plan put it."""
    places: list[int | None] = list(range(len(plan.before.get(where, ()))))
    for change in plan.changes:
        if change.where == where and change.insert:
            places.insert(change.position - 1, None)
        elif change.where == where:
            del places[change.position - 1]
    yield from places


class _Chain:
    """One live chain on its way back."""

    def __init__(
        self, where: ChainRef, before: Sequence[str], after: Sequence[str], live: Sequence[str]
    ) -> None:
        self.where = where
        self.before = before
        self.after = after
        self.live = list(live)
        self.changes: list[Change] = []
        self.notes: list[str] = []

    def means(self, texts: Iterable[str]) -> list[object]:
        return [meaning(text, self.where.family) for text in texts]

    def restore(self, origins: Sequence[int | None]) -> None:
        """Take out what is the plan's, then put back what it took."""
        kept = {origin for origin in origins if origin is not None}
        taken = [place for place in range(len(self.before)) if place not in kept]
        put = [place for place, origin in enumerate(origins) if origin is None]
        was, willed = self.means(self.before), self.means(self.after)
        moved = {was[place] for place in taken} & {willed[place] for place in put}
        moves = self.look_for(moved, was)
        whole = list(self.live)
        self.take_out(was, willed, put, moves)
        self.put_back([place for place in taken if was[place] not in moves.settled], was)
        if self.live == whole:
            self.changes.clear()

    def look_for(self, moved: set[object], was: Sequence[object]) -> _Moves:
        """Which rules that the plan moved are still away from where they were."""
        now = self.means(self.live)
        gone = {rule for rule in moved if rule not in now}
        for place, rule in enumerate(was):
            if rule in gone:
                self.note(self.before[place], "was moved, and then deleted by somebody else")
        before = set(was)
        if _in_order([each for each in now if each in before], was):
            return _Moves(moved, set())
        return _Moves(gone, moved - gone)

    def take_out(
        self,
        was: Sequence[object],
        willed: Sequence[object],
        put: Sequence[int],
        moves: _Moves,
    ) -> None:
        """Delete each rule the plan put in, as long as there are more than there were."""
        for place in reversed(put):
            rule = willed[place]
            now = self.means(self.live)
            if rule in moves.settled:
                continue
            if rule not in moves.away and now.count(rule) <= was.count(rule):
                if now.count(rule) < 1:
                    self.note(self.after[place], "was already gone")
                continue
            aligned = _aligned(willed, now).get(place)
            there = aligned if aligned is not None else _nearest(now, rule, place)
            self.make(Change(self.where, False, there + 1, self.live[there]))

    def put_back(self, taken: Sequence[int], was: Sequence[object]) -> None:
        """Insert each rule the plan took out, beside the neighbours it had."""
        for place in taken:
            now = self.means(self.live)
            if now.count(was[place]) >= was.count(was[place]):
                continue
            there = self.beside(place, _aligned(was, now))
            self.make(Change(self.where, True, there + 1, self.before[place]))

    def beside(self, place: int, found: Mapping[int, int]) -> int:
        """Where a rule belongs: below its nearest neighbour above, else above the one below."""
        for other in range(place - 1, -1, -1):
            if other in found:
                return found[other] + 1
        for other in range(place + 1, len(self.before)):
            if other in found:
                return found[other]
        return 0

    def make(self, change: Change) -> None:
        place = change.position - 1
        if change.insert:
            self.live.insert(place, change.text)
        else:
            del self.live[place]
        self.changes.append(change)

    def note(self, text: str, what: str) -> None:
        self.notes.append(f"The rule {text} {what}.")


class _Moves(NamedTuple):
    """Moved rules: those back at their place, or deleted by others; and those still away."""

    settled: set[object]
    away: set[object]


def _in_order(some: Sequence[object], rules: Sequence[object]) -> bool:
    """Whether some rules stand in the order they have among all."""
    left = iter(rules)
    return all(any(each == other for other in left) for each in some)


def _aligned(ours: Sequence[object], theirs: Sequence[object]) -> dict[int, int]:
    """Places in one chain and in the other of rules that are in both, in order."""
    low = 0
    while low < min(len(ours), len(theirs)) and ours[low] == theirs[low]:
        low += 1
    tail = 0
    while (
        tail < min(len(ours), len(theirs)) - low
        and ours[len(ours) - 1 - tail] == theirs[len(theirs) - 1 - tail]
    ):
        tail += 1
    found = {place: place for place in range(low)}
    found |= {len(ours) - 1 - n: len(theirs) - 1 - n for n in range(tail)}
    index = _numbered()
    mine = [index(each) for each in ours[low : len(ours) - tail]]
    yours = [index(each) for each in theirs[low : len(theirs) - tail]]
    for block in SequenceMatcher(None, mine, yours, autojunk=False).get_matching_blocks():
        for n in range(block.size):
            found[low + block.a + n] = low + block.b + n
    return found


def _numbered() -> Callable[[object], int]:
    """Rules as small numbers, so that comparing them is cheap."""
    known: dict[object, int] = {}
    return lambda each: known.setdefault(each, len(known))


def _nearest(rules: Sequence[object], rule: object, place: int) -> int:
    """Where a rule stands, nearest to a place."""
    places = [n for n, each in enumerate(rules) if each == rule]
    return min(places, key=lambda n: abs(n - place))
