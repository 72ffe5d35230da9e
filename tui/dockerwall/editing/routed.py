"""What the host routes between its own networks: rules meant for containers meet it as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dockerwall.analysis.findings.egress_cut import REMOTE
from dockerwall.analysis.interfaces import Behind, Interface, interfaces
from dockerwall.analysis.journey import Query, follow
from dockerwall.analysis.packet import TCP
from dockerwall.analysis.verdict import reached
from dockerwall.analysis.world import World
from dockerwall.editing.origins import belonging, specific
from dockerwall.model.addresses import AddressSet, parse_address
from dockerwall.model.kinds import Family

PORT = 443
"""A port to try with; few rules for routed packets name one."""
MOST_WIRES = 6
"""Interfaces between which it is tried."""


class Routed(NamedTuple):
    """Who surely gets from one network to another, or does so no more."""

    outside: str
    inside: str
    gained: AddressSet
    lost: AddressSet


def changed_ways(before: World, after: World, family: Family) -> Iterator[Routed]:
    """Each way between two networks of the host, containers' apart, that is not as it was."""
    wires = [i for i in interfaces(before, family) if i.behind is not Behind.CONTAINERS]
    for outside in wires[:MOST_WIRES]:
        honest = belonging(before, family, outside)
        for inside in wires[:MOST_WIRES]:
            target = _beyond(before, family, inside) if inside is not outside else None
            if target is None:
                continue
            query = Query(family, outside.name, target, TCP, PORT)
            had, has = (_opened(world, query) & honest for world in (before, after))
            if had != has:
                yield Routed(outside.name, inside.name, has - had, had - has)


def _opened(world: World, query: Query) -> AddressSet:
    accept = reached(follow(world, query)).accept
    return world.sides[query.family].cells.addresses(accept)


def _beyond(world: World, family: Family, interface: Interface) -> int | None:
    """An address behind an interface."""
    if interface.behind is Behind.INTERNET:
        return parse_address(REMOTE[family][0])[1]
    return somebody(world, family, interface.name)


def somebody(world: World, family: Family, interface: str) -> int | None:
    """An address behind an interface that is nobody's known one; one of a container for want of
    such.
    """
    own = world.sides[family].own
    taken = {number for each, number in world.by_address if each is family}
    for low, high in specific(world, family, interface).numbers:
        for number in range(min(high, low + 200), low, -1):
            if number not in own and number not in taken and number != high:
                return number
    return next((n for each, n in world.by_address if each is family), None)
