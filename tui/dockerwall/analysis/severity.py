"""How bad an exposure is: who outside the LAN gets in.

Exposed when at least half of the addresses outside the LAN are let in, allowlisted when fewer,
unknown when some may be and none surely are; then LAN, the host itself, nobody.
"""

from __future__ import annotations

from collections.abc import Iterable

from dockerwall.analysis.exposure import Reach, Severity
from dockerwall.analysis.interfaces import Behind, plausible_sources
from dockerwall.analysis.world import World
from dockerwall.model.kinds import Family


class Judge:
    """Severities in one family of a host; works on masks of cells, so it costs next to nothing."""

    def __init__(self, world: World, family: Family) -> None:
        self.world = world
        self.family = family
        self.cells = world.sides[family].cells
        self.lan = self.cells.mask(world.lan[family].numbers)
        self.outside = self.cells.everything & ~self.lan
        self._behind: dict[str, int] = {}
        self._sizes: dict[int, int] = {}

    def severity(self, reaches: Iterable[Reach]) -> Severity:
        """The severity of an exposure with these reaches."""
        accept = unknown = 0
        local = False
        for reach in reaches:
            if reach.behind is Behind.CONTAINERS:
                continue
            if reach.behind is Behind.HOST:
                local = local or bool(reach.accept)
                unknown |= reach.unknown_cells & self.lan
                continue
            behind = self.behind(reach.iif)
            accept |= reach.accept_cells & behind
            unknown |= reach.unknown_cells & behind
        let_in = accept & self.outside
        if let_in:
            half = self.size(let_in) * 2 >= self.size(self.outside)
            return Severity.EXPOSED if half else Severity.ALLOWLISTED
        if unknown & self.outside:
            return Severity.UNKNOWN
        if accept:
            return Severity.LAN
        if unknown:
            return Severity.UNKNOWN
        return Severity.LOCAL if local else Severity.CLOSED

    def size(self, mask: int) -> int:
        """How many addresses a mask stands for."""
        if mask not in self._sizes:
            self._sizes[mask] = self.cells.addresses(mask).size
        return self._sizes[mask]

    def behind(self, interface: str) -> int:
        """The sources that belong behind an interface; all of them where it is not named."""
        if not interface:
            return self.cells.everything
        if interface not in self._behind:
            sources = plausible_sources(self.world, self.family, interface)
            self._behind[interface] = self.cells.mask(sources.numbers)
        return self._behind[interface]
