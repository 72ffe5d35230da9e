"""Who gets in where, before and after changes: only what the changed rules can meet is judged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from dockerwall.analysis.audit import Auditor, is_rest
from dockerwall.analysis.cells import Cells
from dockerwall.analysis.exposure import Exposure, Kind, Reach, Severity
from dockerwall.analysis.interfaces import Behind, Interface, interfaces
from dockerwall.analysis.journey import Query, proxied
from dockerwall.analysis.judgement import Judgement
from dockerwall.analysis.ports import is_narrow, named_ports, ports_of, unnamed_port
from dockerwall.analysis.severity import Judge
from dockerwall.analysis.world import World
from dockerwall.editing.chains import hooks_of, is_forwarding
from dockerwall.editing.edited import edited_world, is_felt_elsewhere
from dockerwall.editing.midway import Midway
from dockerwall.editing.origins import belonging
from dockerwall.editing.plan import Change
from dockerwall.editing.setchange import SetChange
from dockerwall.editing.touching import Touch
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family

MOST_KEPT = 8
"""Hosts after changes that are kept: a plan is previewed on the host it was proved on."""


class Access(NamedTuple):
    """Who gets in by one interface to one address, as masks of the stage's cells."""

    accept: int
    unknown: int
    via: tuple[str, ...] = ()
    """The ways by which anybody gets in."""


@dataclass(frozen=True, eq=False, slots=True)
class Pair:
    """An exposure, and an interface by which it is asked; a stage has each but once."""

    exposure: Exposure
    interface: Interface
    reaches: tuple[Reach, ...]
    """Who gets in by it now, as judged."""


PROCESS_WAYS = frozenset({"proxy", "listen"})
"""Ways that end at a process of the host: INPUT decides them, DOCKER-USER never sees them."""


PROXIED = frozenset({Kind.PUBLISHED, Kind.INGRESS, Kind.DNAT})
"""What docker-proxy may take packets for."""


class Door(NamedTuple):
    """One destination address, and where packets for it end."""

    to: str
    process: bool
    """Whether they end at a process of the host; else they are forwarded, or lost."""


Outcome = Mapping[Door, Access]

NOBODY = Access(0, 0)


class Masks:
    """Sets of addresses as masks of one family's cells; the same set is only looked at once."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self._known: dict[int, tuple[AddressSet, int]] = {}
        self._outcomes: dict[object, Outcome] = {}

    def of(self, numbers: AddressSet) -> int:
        """The cells of a set."""
        known = self._known.get(id(numbers))
        if known is None:
            known = self._known[id(numbers)] = (numbers, self.cells.touched(numbers.numbers))
        return known[1]

    def outcome(self, reaches: Iterable[Reach], made_in: Cells) -> Outcome:
        """Who gets in, by door, as judged in a world of these cells; the very same for alike."""
        finer = self.cells.finer
        told = tuple(
            (
                reach.to,
                reach.via,
                finer(reach.accept_cells, made_in),
                finer(reach.unknown_cells, made_in),
            )
            for reach in reaches
        )
        found = self._outcomes.get(told)
        if found is None:
            found = self._outcomes[told] = _outcome(told)
        return found


def _outcome(told: Iterable[tuple[tuple[str, ...], str, int, int]]) -> Outcome:
    found: dict[Door, Access] = {}
    for addresses, via, let, doubt in told:
        way = (via,) if let or doubt else ()
        for to in addresses:
            door = Door(to, via in PROCESS_WAYS)
            old = found.get(door, NOBODY)
            accept = old.accept | let
            found[door] = Access(accept, (old.unknown | doubt) & ~accept, old.via + way)
    return found


def _shut(reach: Reach) -> Reach:
    """The same once nobody gets in."""
    nobody = AddressSet.nothing(reach.accept.family)
    return replace(reach, accept=nobody, unknown=nobody, accept_cells=0, unknown_cells=0)


@dataclass
class Told:
    """What was found out of a host after changes: kept by the stage, which it must not hold."""

    world: World
    touched: tuple[Pair, ...] | None = None
    reaches: dict[Pair, tuple[Reach, ...]] = field(default_factory=dict)
    outcomes: dict[Pair, Outcome] = field(default_factory=dict)
    auditors: dict[Family, Auditor] = field(default_factory=dict)
    judges: dict[Family, Judge] = field(default_factory=dict)
    midways: dict[Family, Midway | None] = field(default_factory=dict)
    hooks: Mapping[Family, frozenset[str]] | None = None
    spoken: dict[Family, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class After:
    """The host after changes."""

    stage: Stage
    changes: tuple[Change, ...]
    sets: tuple[SetChange, ...]
    told: Told = field(repr=False, compare=False)

    @property
    def world(self) -> World:
        """The host as it would be."""
        return self.told.world

    def severity(self, family: Family, reaches: Iterable[Reach]) -> Severity:
        """How bad it is when these get in."""
        judges = self.told.judges
        if family not in judges:
            judges[family] = Judge(self.world, family)
        return judges[family].severity(reaches)

    def auditor(self, family: Family) -> Auditor:
        """The family's auditor, made when it is first asked for."""
        auditors = self.told.auditors
        if family not in auditors:
            auditors[family] = Auditor(self.world, family)
        return auditors[family]

    def midway(self, family: Family) -> Midway | None:
        """The family's answers that need no whole way, where there are any."""
        midways = self.told.midways
        if family not in midways:
            mine = [change for change in self.changes if change.where.family is family]
            hooks = self.hooks[family]
            if len(hooks) == 1 and not self.is_felt_elsewhere and not self.sets:
                (hook,) = hooks
                midways[family] = Midway.between(self.stage.world, self.world, hook, mine)
            else:
                midways[family] = None
        return midways[family]

    @property
    def is_felt_elsewhere(self) -> bool:
        """Whether rules that never meet a changed one's packets may match others than before."""
        return is_felt_elsewhere(self.changes, self.sets)

    @property
    def is_felt_by_host(self) -> bool:
        """Whether what the host itself sends or gets, and with it docker-proxy, may meet a changed
        rule.
        """
        return bool(self.sets) or any(hooks - {"FORWARD"} for hooks in self.hooks.values())

    @property
    def touched(self) -> tuple[Pair, ...]:
        """Every exposure and interface whose packets can meet a changed rule."""
        if self.told.touched is None:
            stage = self.stage
            self.told.touched = tuple(stage.touched(self.changes, self.sets, stage.exposures))
        return self.told.touched

    def reaches(self, pair: Pair) -> tuple[Reach, ...]:
        """Who gets in by one interface; what the stage says of it where nothing changes."""
        known = self.told.reaches
        found = known.get(pair)
        if found is None:
            found = self._midway(pair)
            found = known[pair] = self._judged(pair) if found is None else found
        return found

    def _judged(self, pair: Pair) -> tuple[Reach, ...]:
        auditor = self.auditor(pair.exposure.offer.family)
        auditor.interfaces = (pair.interface,)
        return tuple(auditor.reaches(pair.exposure.offer))

    def _midway(self, pair: Pair) -> tuple[Reach, ...] | None:
        offer = pair.exposure.offer
        if self._spares(pair):
            return pair.reaches
        if pair.reaches and self._is_cut_off(pair):
            return tuple(_shut(each) for each in pair.reaches)
        midway = self.midway(offer.family)
        if midway is None or (is_rest(offer) and self._is_spoken_of(offer.family)):
            return None
        if not all(self._alike(e.proxied) for reach in pair.reaches for e in reach.entered or ()):
            return None
        judged = self.stage.judged.sides[offer.family]
        return midway.reaches(pair.reaches, judged)

    def _spares(self, pair: Pair) -> bool:
        """Whether no packet of these connections passes a hook that leads to a changed rule, and
        docker-proxy's own connections fare as before.
        """
        if self.is_felt_elsewhere:
            return False
        mine = self.hooks[pair.exposure.offer.family]
        return all(
            reach.entered is not None
            and all(mine.isdisjoint(e.hooks) and self._alike(e.proxied) for e in reach.entered)
            for reach in pair.reaches
        )

    def _is_cut_off(self, pair: Pair) -> bool:
        """Whether all there was is docker-proxy, and its own connections get nowhere afterwards."""
        return self.is_felt_by_host and all(
            reach.entered is not None
            and (reach.via == "proxy" or not (reach.accept_cells or reach.unknown_cells))
            and all(
                e.proxied
                and not e.came["FORWARD"].first
                and all(proxied(self.world, query) == "no" for query in e.proxied)
                for e in reach.entered
            )
            for reach in pair.reaches
        )

    def _alike(self, inner: Iterable[Query]) -> bool:
        """Whether the host's own connections get through as before."""
        return not self.is_felt_by_host or all(
            proxied(self.stage.world, query) == proxied(self.world, query) for query in inner
        )

    @property
    def hooks(self) -> Mapping[Family, frozenset[str]]:
        """By family, the hooks that lead to a changed rule, before the change or after."""
        if self.told.hooks is None:
            found: dict[Family, frozenset[str]] = {family: frozenset() for family in Family}
            for where in {change.where for change in self.changes}:
                for world in (self.stage.world, self.world):
                    found[where.family] |= hooks_of(world, where)
            self.told.hooks = found
        return self.told.hooks

    def _is_spoken_of(self, family: Family) -> bool:
        """Whether a changed rule names the port that stands for those of which no rule speaks."""
        known = self.told.spoken
        if family not in known:
            named = [
                ports
                for change in self.changes
                if change.where.family is family
                for ports in ports_of(parse_spec(change.text, family))
                if is_narrow(ports)
            ]
            known[family] = bool(named) and any(self.stage.unnamed(family) in p for p in named)
        return known[family]

    def outcome(self, pair: Pair) -> Outcome:
        """Who gets in by one interface, by door, in the stage's cells."""
        known = self.told.outcomes
        found = known.get(pair)
        if found is None:
            found = known[pair] = self._outcome(pair)
        return found

    def _outcome(self, pair: Pair) -> Outcome:
        reaches = self.reaches(pair)
        if reaches is pair.reaches:
            return self.stage.before(pair)
        family = pair.exposure.offer.family
        cells = self.world.sides[family].cells
        return self.stage.masks[family].outcome(reaches, cells)


@dataclass(frozen=True)
class Stage:
    """A judged host on which changes are tried."""

    world: World
    """Cut by every address the new rules may name."""
    exposures: tuple[Exposure, ...]
    """Those of which something is told, as they are."""
    offered: tuple[Exposure, ...]
    """All there are, in their order."""
    judged: World
    """The world in which they were judged."""
    _tried: dict[tuple[tuple[Change, ...], tuple[SetChange, ...]], Told] = field(
        default_factory=dict, repr=False, compare=False
    )
    _plausible: dict[tuple[Family, str], AddressSet] = field(
        default_factory=dict, repr=False, compare=False
    )
    _pairs: dict[int, tuple[Pair, ...]] = field(default_factory=dict, repr=False, compare=False)
    """Those of each exposure, by its identity."""
    _before: dict[Pair, Outcome] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, judgement: Judgement, world: World | None = None) -> Stage:
        """The stage of a judged host, on a world cut further if one is given."""
        return cls(world or judgement.world, judgement.exposures, judgement.judged, judgement.world)

    @cached_property
    def masks(self) -> dict[Family, Masks]:
        """Each family's sets as masks."""
        return {family: Masks(self.world.sides[family].cells) for family in Family}

    def plausible(self, family: Family, interface: Interface) -> AddressSet:
        """The sources that honestly come by an interface."""
        key = (family, interface.name)
        if key not in self._plausible:
            self._plausible[key] = belonging(self.world, family, interface)
        return self._plausible[key]

    def unnamed(self, family: Family) -> int:
        """The port that stood for all of which no rule speaks when the host was judged."""
        return unnamed_port(self.judged, named_ports(self.judged, family))

    def addresses(self, family: Family, mask: int) -> AddressSet:
        """A mask as a set of addresses."""
        return self.world.sides[family].cells.addresses(mask)

    @cached_property
    def interfaces(self) -> dict[Family, tuple[Interface, ...]]:
        """The interfaces of each family."""
        return {family: interfaces(self.world, family) for family in Family}

    def pairs(self, exposures: Iterable[Exposure]) -> Iterator[Pair]:
        """Each exposure with every interface, macvlan apart."""
        for exposure in exposures:
            yield from self._pairs_of(exposure)

    def _pairs_of(self, exposure: Exposure) -> tuple[Pair, ...]:
        found = self._pairs.get(id(exposure))
        if found is None:
            by: dict[str, list[Reach]] = {}
            for reach in exposure.reach:
                by.setdefault(reach.iif, []).append(reach)
            asked = self.interfaces[exposure.offer.family]
            found = self._pairs[id(exposure)] = tuple(
                [Pair(exposure, each, tuple(by.get(each.name, ()))) for each in asked]
                if exposure.offer.kind is not Kind.MACVLAN
                else ()
            )
        return found

    def outside(self, family: Family) -> tuple[Interface, ...]:
        """Interfaces that are no bridges of Docker's."""
        return tuple(i for i in self.interfaces[family] if i.behind is not Behind.CONTAINERS)

    def touched(
        self,
        changes: Collection[Change],
        sets: Collection[SetChange],
        exposures: Collection[Exposure],
    ) -> Iterator[Pair]:
        """Each of these exposures, and interface, whose packets can meet a changed rule.

        Those of docker-proxy's own connections may be of the other family, and are the same
        whichever interface the client came by.
        """
        if is_felt_elsewhere(changes, sets):
            yield from self.pairs(exposures)
            return
        rules: dict[Family, list[Touch]] = {family: [] for family in Family}
        for change in changes:
            family, where = change.where.family, change.where
            spec = parse_spec(change.text, family)
            rules[family].append(Touch(spec, self.world, is_forwarding((self.world,), where)))
        for exposure in exposures:
            offer = exposure.offer
            meeting = [each for rule in rules[offer.family] if (each := rule.met_by(offer))]
            proxied = offer.kind in PROXIED and any(
                not rule.forwarding and rule.met_by(offer)
                for family, others in rules.items()
                if family is not offer.family
                for rule in others
            )
            for pair in self._pairs_of(exposure) if meeting or proxied else ():
                if proxied or any(each.by(pair.interface) for each in meeting):
                    yield pair

    def before(self, pair: Pair) -> Outcome:
        """Who gets in now, by door, in the stage's cells."""
        found = self._before.get(pair)
        if found is None:
            family = pair.exposure.offer.family
            cells = self.judged.sides[family].cells
            found = self._before[pair] = self.masks[family].outcome(pair.reaches, cells)
        return found

    def after(self, changes: Collection[Change], sets: Collection[SetChange] = ()) -> After:
        """The host with the changes made."""
        key = tuple(changes), tuple(sets)
        if key not in self._tried:
            if len(self._tried) >= MOST_KEPT:
                self._tried.clear()
            self._tried[key] = Told(edited_world(self.world, changes, sets))
        return After(self, *key, self._tried[key])
