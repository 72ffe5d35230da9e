"""A host after changes: who gets in where; only what the changed rules can meet is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dockerwall.analysis.audit import Auditor, is_rest
from dockerwall.analysis.exposure import Reach, Severity
from dockerwall.analysis.journey import Query, proxied
from dockerwall.analysis.ports import is_narrow, ports_of
from dockerwall.analysis.severity import Judge
from dockerwall.analysis.world import World
from dockerwall.editing.chains import hooks_of
from dockerwall.editing.edited import is_felt_elsewhere
from dockerwall.editing.midway import Midway
from dockerwall.editing.outcome import Outcome, Pair
from dockerwall.editing.plan import Change
from dockerwall.editing.setchange import SetChange
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family

if TYPE_CHECKING:
    from dockerwall.editing.stage import Stage


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
