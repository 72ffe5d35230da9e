"""A judged host on which changes are tried."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from dockerwall.analysis.exposure import Exposure, Kind, Reach
from dockerwall.analysis.interfaces import Behind, Interface, interfaces
from dockerwall.analysis.judgement import Judgement
from dockerwall.analysis.ports import named_ports, unnamed_port
from dockerwall.analysis.world import World
from dockerwall.editing.after import After, Told
from dockerwall.editing.chains import is_forwarding
from dockerwall.editing.edited import edited_world, is_felt_elsewhere
from dockerwall.editing.origins import belonging
from dockerwall.editing.outcome import Masks, Outcome, Pair
from dockerwall.editing.plan import Change
from dockerwall.editing.setchange import SetChange
from dockerwall.editing.touching import Touch
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family

MOST_KEPT = 8
"""Hosts after changes that are kept: a plan is previewed on the host it was proved on."""


PROXIED = frozenset({Kind.PUBLISHED, Kind.INGRESS, Kind.DNAT})
"""What docker-proxy may take packets for."""


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
