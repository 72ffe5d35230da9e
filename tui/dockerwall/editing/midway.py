"""What changed rules do to packets judged before, told from where those came to FORWARD or INPUT.

The law: nothing before that hook depends on the change, and clients do not depend on each other. So
a client whose first packets are all dropped for certain by the changed rules is kept out. Of one
whose first packets leave those as before, and whose later packets leave the hook as before, is said
what was said. Where anything else might be, there is no answer here, and the whole way is judged
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dockerwall.analysis import courses
from dockerwall.analysis.boxes import Boxes, boxed
from dockerwall.analysis.compiled import CompiledChain, CompiledRule, CompiledTable
from dockerwall.analysis.exposure import Entered, Reach
from dockerwall.analysis.hits import Notes
from dockerwall.analysis.packet import Packet, to_port
from dockerwall.analysis.passage import Passage
from dockerwall.analysis.side import Base, Side
from dockerwall.analysis.walk import Walker
from dockerwall.analysis.world import World
from dockerwall.editing.plan import ChainRef, Change
from dockerwall.editing.telling import Telling, is_plain, telling_of
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.kinds import Family
from dockerwall.model.spec import Jump, Return, Spec

ENDS = {"FORWARD": ("dnat", "direct", ""), "INPUT": ("proxy", "listen", "")}
"""By hook, the ways of packets that pass it."""


class Head(NamedTuple):
    """A base chain as far as a change reaches, and the chains below it: what follows is the same
    before and after.
    """

    table: CompiledTable
    chain: CompiledChain
    base: Base
    """The whole base chain."""


class Fate(NamedTuple):
    """What becomes of one box of packets in the changed chain, as masks of clients."""

    shut: int
    """Dropped for certain."""
    moved: int
    """Neither that nor as before."""
    new: int
    """Not as before."""
    accepted: tuple[bool, bool]
    """Whether all were surely accepted within the head, before and after, and thus by the hook."""


class _Left(NamedTuple):
    """How packets left a head."""

    on: Boxes
    passed: Boxes
    lost: Boxes

    def accepts(self, packet: Packet, clients: int) -> bool:
        """Whether these were all surely accepted there, as they came."""
        return self.passed == [(packet, clients)] and not (self.on or self.lost)


def heads_of(sides: tuple[Side, Side], where: ChainRef, hook: str) -> tuple[Head, Head] | None:
    """The heads before and after a change, where one base chain alone leads to its chain, once, and
    nothing is in doubt.
    """
    bases = [_base(side, where, hook) for side in sides]
    old, new = bases
    if old is None or new is None:
        return None
    if where.chain == old.chain.chain.name:
        rest = _same_end(old.chain.rules, new.chain.rules)
        return _head(old, len(old.chain.rules) - rest), _head(new, len(new.chain.rules) - rest)
    places = [_call(base, where.chain) for base in (old, new)]
    if places[0] is None or places[1] is None:
        return None
    return _head(old, places[0] + 1), _head(new, places[1] + 1)


def _base(side: Side, where: ChainRef, hook: str) -> Base | None:
    """The only base chain that filters there, if it is of the changed table."""
    table = side.tables.get((where.variant, "filter"))
    bases = side.bases.get((hook, "filter"), ())
    if side.blind or len(bases) != 1 or bases[0].table is not table:
        return None
    return bases[0]


def _call(base: Base, name: str) -> int | None:
    """The place of the rule that leads to a chain, if there is but one, and it is no `-g`."""
    callers = [
        (chain, place, rule.target)
        for chain in base.table.chains.values()
        if name in chain.calls
        for place, rule in enumerate(chain.rules)
        if isinstance(rule.target, Jump) and rule.target.chain == name
    ]
    if len(callers) != 1 or callers[0][0] is not base.chain or callers[0][2].goto:
        return None
    return callers[0][1]


def _same_end(some: Sequence[CompiledRule], others: Sequence[CompiledRule]) -> int:
    """How many rules at the end are the same."""
    pairs = zip(reversed(some), reversed(others), strict=False)
    found = 0
    for one, other in pairs:
        if one.spec is not other.spec:
            break
        found += 1
    return found


def _head(base: Base, count: int) -> Head:
    chain = base.chain
    rules = chain.rules[:count]
    return Head(base.table, CompiledChain(chain.key, chain.chain, rules, chain.around), base)


class Midway:
    """One family's changes in one chain, between the host as it is and as it will be."""

    def __init__(
        self,
        before: World,
        family: Family,
        hook: str,
        heads: tuple[Head, Head],
        changed: Sequence[Spec],
    ) -> None:
        """`heads` before and after, of the base chain at a hook."""
        self.world = before
        self.side = before.sides[family]
        self.hook = hook
        self.heads = heads
        self.telling: Telling | None = telling_of(heads[1], changed)
        self._fates: dict[object, Fate] = {}
        self._mangled = any(base.chain.rules for base in self.side.bases.get((hook, "mangle"), ()))

    @classmethod
    def between(
        cls, before: World, after: World, hook: str, changes: Sequence[Change]
    ) -> Midway | None:
        """The same, where it can be told; `hook` is the only one that leads to the changes."""
        wheres = {change.where for change in changes}
        if len(wheres) != 1 or hook not in ENDS:
            return None
        (where,) = wheres
        family = where.family
        heads = heads_of((before.sides[family], after.sides[family]), where, hook)
        if heads is None:
            return None
        changed = [parse_spec(change.text, family) for change in changes]
        if not all(is_plain(spec, before.sides[family].own) for spec in changed):
            return None
        if where.chain == heads[0].base.chain.chain.name and any(
            isinstance(spec.target, Return) for spec in changed
        ):
            return None  # it leads to the policy, and not to the rules that follow
        return cls(before, family, hook, heads, changed)

    def reaches(self, reaches: tuple[Reach, ...], judged: Side) -> tuple[Reach, ...] | None:
        """The reaches of one exposure by one interface afterwards: the very same tuple where none
        of them changes; None where it is not told here.

        `judged` is the side they were judged in.
        """
        found = []
        changed = False
        finer = self.side.cells.finer
        for reach in reaches:
            accept = finer(reach.accept_cells, judged.cells)
            unknown = finer(reach.unknown_cells, judged.cells)
            kept = self._kept(reach, accept, unknown, judged)
            if kept is None:
                return None
            changed = changed or list(kept) != [accept]
            found.append((reach, unknown, kept))
        if not changed:
            return reaches
        return tuple(
            self._made(reach, mask, unknown, kept[mask])
            for reach, unknown, kept in found
            for mask in kept
        )

    def _kept(
        self, reach: Reach, accept: int, unknown: int, judged: Side
    ) -> dict[int, list[Entered]] | None:
        """Of those let in, who still is, with the addresses for which it is so."""
        if reach.entered is None:
            return None
        found: dict[int, list[Entered]] = {}
        passes = reach.via in ENDS[self.hook]
        for entered in reach.entered:
            came = entered.came[self.hook]
            shut = self._shut(self._arriving(came.first, entered.port, judged))
            if shut is None or shut & unknown or (shut & accept and not passes):
                return None
            for packet, clients in self._arriving(came.later, entered.port, judged):
                left = clients & ~shut
                if left and self._moves(packet, left):
                    return None
            found.setdefault(accept & ~shut, []).append(entered)
        return found

    def _made(self, reach: Reach, accept: int, unknown: int, entered: Iterable[Entered]) -> Reach:
        cells = self.side.cells
        return Reach(
            reach.iif,
            reach.behind,
            tuple(text for each in entered for text in each.to),
            reach.via,
            cells.addresses(accept),
            cells.addresses(unknown),
            reach.decided_by,
            reach.reasons,
            reach.doubts,
            accept,
            unknown,
        )

    def _arriving(
        self, boxes: Boxes, port: int | None, judged: Side
    ) -> Iterable[tuple[Packet, int]]:
        """What comes to the filter's chain at the hook; `port` where boxes are another port's."""
        recut: Iterable[tuple[Packet, int]] = boxes
        if port is not None:
            recut = [(to_port(packet, port), clients) for packet, clients in boxes]
        if judged.cells is not self.side.cells:
            finer = self.side.cells.finer
            recut = [(packet, finer(clients, judged.cells)) for packet, clients in recut]
        if not self._mangled:
            return recut
        arriving = Boxes()
        for packet, clients in recut:
            arriving.add(packet, clients)
        return Passage(self.world, self.side).through(self.hook, ("mangle",), arriving)

    def _shut(self, arriving: Iterable[tuple[Packet, int]]) -> int | None:
        """The clients all of whose first packets are dropped for certain; None where any of the
        others' leave otherwise than before.
        """
        shut = left = new = 0
        for packet, clients in arriving:
            fate = self._fate(packet, clients)
            if fate.moved:
                return None
            shut |= fate.shut
            left |= clients & ~fate.shut
            new |= fate.new
        return None if shut & left & new else shut & ~left

    def _moves(self, packet: Packet, clients: int) -> bool:
        """Whether a later packet leaves the hook otherwise than before, for any of the clients."""
        fate = self._fate(packet, clients)
        part = fate.shut | fate.moved
        if not part:
            return False
        old, new = (head.base for head in self.heads)
        before, after = fate.accepted
        if before or after:
            return not courses.is_passed(new if before else old, self.hook, packet, part)
        return not courses.is_same_end((old, new), self.hook, packet, part)

    def _fate(self, packet: Packet, clients: int) -> Fate:
        key = (packet if self.telling is None else self.telling.key(packet), clients)
        known = self._fates.get(key)
        if known is None:
            old, new = (_left(head, self.hook, packet, clients) for head in self.heads)
            shut = clients & ~(new.on.clients | new.passed.clients)
            changed = _difference(old, new)
            accepted = old.accepts(packet, clients), new.accepts(packet, clients)
            known = self._fates[key] = Fate(shut, changed & ~shut, changed, accepted)
        return known


def _left(head: Head, hook: str, packet: Packet, clients: int) -> _Left:
    walker = Walker(head.table, hook, Notes())
    on = walker.walk(head.chain, boxed(packet, clients), 0)
    lost = Boxes()
    lost.merge(walker.dropped)
    lost.merge(walker.rejected)
    return _Left(on, walker.passed, lost)


def _difference(old: _Left, new: _Left) -> int:
    """The clients any of whose packets left otherwise."""
    found = 0
    for one, other in zip(old, new, strict=True):
        was, now = dict(one), dict(other)
        for packet in was.keys() | now.keys():
            found |= was.get(packet, 0) ^ now.get(packet, 0)
    return found
