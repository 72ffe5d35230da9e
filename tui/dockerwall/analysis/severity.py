"""How bad an exposure is: who outside the LAN gets in.

Exposed when at least half of the addresses outside the LAN are let in, allowlisted when fewer,
unknown when some may be and none surely are; then LAN, the host itself, nobody.
"""

from __future__ import annotations

from collections.abc import Iterable

from dockerwall.analysis.exposure import Reach, Severity
from dockerwall.analysis.interfaces import Behind, plausible_sources
from dockerwall.analysis.world import World
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family


class Judge:
    """Severities on one host; remembers which sources belong behind which interface."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._behind: dict[tuple[Family, str], AddressSet] = {}
        self._outside = {
            family: AddressSet.everything(family) - world.lan[family] for family in Family
        }

    def severity(self, family: Family, reaches: Iterable[Reach]) -> Severity:
        """The severity of an exposure with these reaches."""
        accept = unknown = AddressSet.nothing(family)
        doubtful = lan = local = False
        for reach in reaches:
            if reach.behind is Behind.CONTAINERS:
                continue
            if reach.behind is Behind.HOST:
                local = local or bool(reach.accept)
                doubtful = doubtful or bool(reach.unknown)
                continue
            behind = self.behind(family, reach.iif)
            accept = accept | (reach.accept & behind)
            unknown = unknown | (reach.unknown & behind)
            lan = lan or bool(reach.accept & behind & self.world.lan[family])
            doubtful = doubtful or bool(reach.unknown & behind)
        outside = self._outside[family]
        let_in = (accept & outside).size
        if let_in and let_in * 2 >= outside.size:
            return Severity.EXPOSED
        if let_in:
            return Severity.ALLOWLISTED
        if unknown & outside:
            return Severity.UNKNOWN
        if lan:
            return Severity.LAN
        if doubtful:
            return Severity.UNKNOWN
        return Severity.LOCAL if local else Severity.CLOSED

    def nobody_outside(self, severity: Severity) -> bool:
        """Whether it remains to be asked if the host itself gets in."""
        return severity is Severity.CLOSED

    def behind(self, family: Family, interface: str) -> AddressSet:
        """The sources that belong behind an interface; all of them where it is not named."""
        if not interface:
            return AddressSet.everything(family)
        key = (family, interface)
        if key not in self._behind:
            self._behind[key] = plausible_sources(self.world, family, interface)
        return self._behind[key]
