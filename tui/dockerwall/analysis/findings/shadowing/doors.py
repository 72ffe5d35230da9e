"""Where destination NAT leads: original destinations and what they become."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dockerwall.analysis.findings.shadowing.chains import Rows, read_table
from dockerwall.analysis.findings.shadowing.fields import STAGE_BITS, Stage
from dockerwall.analysis.findings.shadowing.region import Region, Value
from dockerwall.analysis.world import World
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import Dnat, Redirect

_KEPT = ("src", "sport", "proto", "flags")
_MOVED = {"dst": "origdst", "dport": "origdstport"}


@dataclass(frozen=True)
class Door:
    """One rule that changes destinations."""

    matched: tuple[tuple[str, Value], ...]
    """What it matches, before."""
    interfaces: tuple[str, ...]
    """The interfaces it takes packets from; empty for any."""
    address: Intervals | None
    """What the destination becomes; None where it is one of the host's own."""
    port: Intervals | None
    """What the port becomes; None where it stays."""

    def region(self, rows: Rows) -> Region:
        """The packets behind it, in the fields of another table."""
        found: dict[str, Value] = {"ct": STAGE_BITS[Stage.TRANSLATED]}
        for name, value in self.matched:
            found[name] = value
        if self.interfaces:
            places = rows.domain.place
            found["iif"] = sum(1 << places[name] for name in self.interfaces if name in places)
        if self.address is not None:
            found["dst"] = self.address
        if self.port is not None:
            found["dport"] = self.port
        elif "origdstport" in found:
            found["dport"] = found["origdstport"]
        return found


def doors(world: World, family: Family) -> tuple[Door, ...]:
    """Every door of a family, of both variants."""
    return tuple(
        door
        for (_, name), table in world.sides[family].tables.items()
        if name == "nat"
        for door in _of(read_table(table, world))
    )


def _of(rows: Rows) -> Iterator[Door]:
    for row in rows.rows.values():
        for entry in row.entries:
            target = entry.rule.target
            if not isinstance(target, Dnat | Redirect):
                continue
            pair = target.addresses if isinstance(target, Dnat) else None
            address = None if pair is None else Intervals((pair,))
            port = None if target.ports is None else Intervals((target.ports,))
            for region in entry.meaning.regions:
                matched = {name: region[name] for name in _KEPT if name in region}
                for before, after in _MOVED.items():
                    if before in region:
                        matched[after] = region[before]
                bits = region.get("iif")
                names = (
                    tuple(n for n, place in rows.domain.place.items() if bits >> place & 1)
                    if isinstance(bits, int)
                    else ()
                )
                yield Door(tuple(matched.items()), names, address, port)
