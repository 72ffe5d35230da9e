"""Whether containers' own connections to the outside still work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dockerwall.analysis.findings.egress_cut import REMOTE
from dockerwall.analysis.journey import Query, follow_from_container
from dockerwall.analysis.packet import TCP, UDP
from dockerwall.analysis.verdict import Reached, reached
from dockerwall.analysis.world import World
from dockerwall.editing.plan import Change
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.addresses import parse_address
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import ConntrackMatch, InterfaceMatch

MOST_BRIDGES = 16
NOBODY = Intervals()
_USUAL = ((TCP, 443), (UDP, 53))


class Way(NamedTuple):
    """A container's connection to a server outside."""

    bridge: str
    container: str
    source: int
    remote: int
    proto: int
    port: int


def ways(
    world: World,
    family: Family,
    ports: Iterable[tuple[int, int]],
    remotes: Iterable[int],
    named: Intervals = NOBODY,
) -> tuple[Way, ...]:
    """Connections to try: one container of each network, and those of addresses that are named, to
    usual ports, and those named.
    """
    servers = [parse_address(text)[1] for text in REMOTE[family]] + list(remotes)
    asked = tuple(dict.fromkeys((*_USUAL, *ports)))
    return tuple(
        Way(bridge, name, source, remote, proto, port)
        for bridge, name, source in _containers(world, family, named)
        for remote in dict.fromkeys(servers)
        for proto, port in asked
    )


def _containers(world: World, family: Family, named: Intervals) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    sampled: set[str] = set()
    meant = 0
    for container in world.containers:
        for endpoint in container.endpoints:
            network = world.networks.get(endpoint.network_id)
            text = endpoint.ipv4 if family is Family.IPV4 else endpoint.ipv6
            if network is None or not network.bridge or network.internal or not text:
                continue
            number = parse_address(text.partition("/")[0])[1]
            is_meant = number in named and meant < MOST_BRIDGES
            if is_meant or (network.bridge not in sampled and len(sampled) < MOST_BRIDGES):
                found.append((network.bridge, container.name, number))
                sampled.add(network.bridge)
                meant += is_meant
    return found


def outgoing(world: World, family: Family, way: Way) -> Reached:
    """Whether the connection can be opened."""
    query = Query(family, way.bridge, way.remote, way.proto, way.port)
    return reached(follow_from_container(world, query, way.source))


def spares_egress(change: Change, world: World) -> bool:
    """Whether a rule can meet neither a container's own connection nor the answers to it.

    What a container sends comes in by a bridge; the answers are of the reply's direction.
    """
    spec = parse_spec(change.text, change.where.family)
    bridges = {each.bridge for each in world.networks.values()}
    from_outside = any(
        isinstance(m, InterfaceMatch)
        and not (m.outgoing or m.negated or m.prefix)
        and m.name not in bridges
        for m in spec.matches
    )
    forth = any(isinstance(m, ConntrackMatch) and m.direction == "ORIGINAL" for m in spec.matches)
    return from_outside and forth


def first_cut(before: World, after: World, family: Family, tried: Iterable[Way]) -> Way | None:
    """The first connection that worked for certain, or perhaps, and does less so afterwards."""
    for way in tried:
        had, has = outgoing(before, family, way), outgoing(after, family, way)
        if (bool(had.accept), bool(had.unknown)) != (bool(has.accept), bool(has.unknown)):
            return way
    return None


def is_worse(before: World, after: World, family: Family, way: Way) -> bool:
    """Whether a connection that surely opened does not surely do so any more."""
    return bool(outgoing(before, family, way).accept) > bool(outgoing(after, family, way).accept)
