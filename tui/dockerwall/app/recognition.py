"""Which row of the exposures a port has become when the host was read again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockerwall.present.exposures import Row


def place_among(rows: Sequence[Row], row: Row) -> int | None:
    """Where a port is now, alone or with others, under Docker's name or the rules'; None: gone."""
    for alike in (_same, _shared, _same_port):
        for number, each in enumerate(rows):
            if alike(row, each):
                return number
    return None


def _same(before: Row, now: Row) -> bool:
    return before.key == now.key


def _shared(before: Row, now: Row) -> bool:
    """Whether they have an exposure in common: the families of a port part and come together."""
    keys = {exposure.key for exposure in before.exposures}
    return any(exposure.key in keys for exposure in now.exposures)


def _same_port(before: Row, now: Row) -> bool:
    """Whether they are of one port at one address of the host.

    Not of two containers; but without Docker a container has no name.
    """
    names = _containers(before), _containers(now)
    if all(names) and names[0].isdisjoint(names[1]):
        return False
    return not _host_ports(before).isdisjoint(_host_ports(now))


def _containers(row: Row) -> set[str]:
    return {each.offer.container for each in row.exposures if each.offer.container}


def _host_ports(row: Row) -> set[tuple[object, ...]]:
    offers = [exposure.offer for exposure in row.exposures]
    return {
        (each.family, each.protocol, each.host_ip, each.host_port)
        for each in offers
        if each.host_port
    }
