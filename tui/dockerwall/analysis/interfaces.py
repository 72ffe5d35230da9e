"""Which interfaces packets come in by, and who is behind each."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from dockerwall.analysis.world import World
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family

MOST_BRIDGES = 16
"""Docker bridges whose containers are judged as sources; the traffic of further ones is not."""


class Behind(StrEnum):
    """Who sends packets by an interface."""

    INTERNET = "internet"
    """It carries a default route."""
    LAN = "lan"
    """Any other interface of the host."""
    CONTAINERS = "containers"
    """A bridge of Docker's."""
    HOST = "host"
    """The host itself."""


class Interface(NamedTuple):
    """An interface and who is behind it."""

    name: str
    behind: Behind


def interfaces(world: World, family: Family) -> tuple[Interface, ...]:
    """Every interface a packet of the family can arrive by, outside ones first."""
    bridges = {each.bridge for each in world.networks.values() if each.bridge}
    outward = set(default_interfaces(world, family))
    outside, inside = [], []
    for name in _names(world):
        if name in bridges:
            inside.append(Interface(name, Behind.CONTAINERS))
        else:
            outside.append(Interface(name, Behind.INTERNET if name in outward else Behind.LAN))
    outside.sort(key=lambda each: each.behind is not Behind.INTERNET)
    return (*outside, *inside[:MOST_BRIDGES])


def default_interfaces(world: World, family: Family) -> Iterator[str]:
    """Interfaces that a default route of any table leads out by."""
    for hops in world.sides[family].fib.tables.values():
        for hop in hops:
            if hop.prefix == 0 and hop.way.type == "unicast":
                yield from hop.way.interfaces


def _names(world: World) -> Iterator[str]:
    links = world.snapshot.links
    if links is None:
        names = [address.interface for address in world.snapshot.addresses or ()]
        for side in world.sides.values():
            for hops in side.fib.tables.values():
                names += [name for hop in hops for name in hop.way.interfaces]
        yield from (name for name in dict.fromkeys(names) if name != "lo")
        return
    for link in links:
        if link.up and link.kind != "loopback" and link.name != "lo" and link.master is None:
            yield link.name


def plausible_sources(world: World, family: Family, interface: str) -> AddressSet:
    """Addresses that some route, of any table, has behind an interface.

    A source that only spoofs, or whose answers always go elsewhere, is not counted to it; the
    exact sets keep it, the severity does not.
    """
    fib = world.sides[family].fib
    if not fib.known:
        return AddressSet.everything(family)
    found = AddressSet.nothing(family)
    for hops in fib.tables.values():
        for hop in hops:
            if hop.way.type == "unicast" and interface in hop.way.interfaces:
                if hop.prefix == 0:
                    return AddressSet.everything(family)
                found = found | AddressSet(family, hop.numbers)
    return found
