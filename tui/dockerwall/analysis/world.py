"""A host made ready for judging: its tables compiled, its addresses cut, its routes ordered.

Everything here depends on what is configured, not on counters: it is built once for a reading and
used for every question asked of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from dockerwall.analysis.lan import default_lan
from dockerwall.analysis.side import Side, build_side, is_network
from dockerwall.analysis.unseen import unseen_tables
from dockerwall.model.addresses import AddressSet, parse_address
from dockerwall.model.docker import Container, Endpoint, Network, PublishedPort
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.network import Listener
from dockerwall.model.snapshot import Snapshot

_JOINING = ("bridge", "bond", "team")
"""Kinds of interfaces that take what comes in by their ports as their own."""
_DEEPEST = 8
"""Interfaces joined one in another: a bond in a bridge, and hardly more."""
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class World:
    """A snapshot ready to be asked."""

    snapshot: Snapshot
    sides: Mapping[Family, Side]
    containers: tuple[Container, ...]
    networks: Mapping[str, Network]
    """Docker's networks by id."""
    listeners: tuple[Listener, ...] | None
    lan: Mapping[Family, AddressSet]
    by_address: Mapping[tuple[Family, int], Container] = field(repr=False)
    link_names: frozenset[str] | None
    """None when links were not read."""
    unseen: str
    """What says that native nft tables exist which were not read; empty where nothing does."""
    by_pid: Mapping[int, Container] = field(repr=False)
    published: Mapping[tuple[str, int], tuple[tuple[Container, PublishedPort], ...]] = field(
        repr=False
    )
    """By protocol and host port."""
    listening: Mapping[tuple[str, int], tuple[Listener, ...]] = field(repr=False)
    """By protocol and port."""
    settings: dict[tuple[Family, str, str], int] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Kernel settings already looked up: by family, name and interface."""
    memo: dict[object, str] = field(default_factory=dict, repr=False, compare=False)
    """Answers that do not depend on the client, kept because they are asked for again and again."""
    departures: dict[object, object] = field(default_factory=dict, repr=False, compare=False)
    """What became of connections that the host itself opened (`journey`), by query; they have no
    clients, so it is the same however addresses are cut."""
    outings: dict[object, object] = field(default_factory=dict, repr=False, compare=False)
    """What became of connections that containers opened (`journey`), by query and source."""
    shelf: dict[object, object] = field(default_factory=dict, repr=False, compare=False)
    """What depends neither on the rules nor on how addresses are cut: worlds made of this one,
    with other rules, take it over."""

    @cached_property
    def beyond(self) -> Mapping[tuple[Family, str], Intervals]:
        """The addresses of Docker's networks, by family and bridge."""
        found: dict[tuple[Family, str], Intervals] = {}
        for network in self.networks.values():
            for family in Family if network.bridge else ():
                texts = [text for text in network.subnets if is_network(text)]
                numbers = AddressSet.of(family, texts).numbers
                place = (family, network.bridge)
                found[place] = found.get(place, Intervals()) | numbers
        return found

    @cached_property
    def peopled(self) -> frozenset[str]:
        """Bridges on which Docker knows every address that it gave out."""
        return frozenset(
            network.bridge
            for network in self.networks.values()
            if network.driver == "bridge" and network.name != "docker_gwbridge"
        )

    @cached_property
    def down(self) -> frozenset[str]:
        """Interfaces that are turned off: nothing comes in by them."""
        return frozenset(link.name for link in self.snapshot.links or () if not link.up)

    def entered_by(self, name: str) -> str:
        """The interface that rules see for what comes in: a bridge or bond for its ports."""
        links = {link.name: link for link in self.snapshot.links or ()}
        for _ in range(_DEEPEST):
            link = links.get(name)
            master = links.get(link.master) if link is not None and link.master else None
            if master is None or master.kind not in _JOINING or name in self.down:
                break
            name = master.name
        return name

    def behind_a_bridge(self, family: Family, number: int) -> bool:
        """Whether the host has a bridge with an address of the network that this one is in."""
        bridges = self.sides[family].around.bridges
        return any(
            address.interface in bridges
            and number in AddressSet.of(family, [f"{address.address}/{address.prefix}"]).numbers
            for address in self.snapshot.addresses or ()
            if address.family is family
        )

    def bridges_to(self, container: Container, family: Family, number: int) -> frozenset[str]:
        """The bridges behind which a container has an address; empty where that is not known."""
        found = set()
        for endpoint in container.endpoints:
            if address_in(endpoint, family) != number:
                continue
            network = self.networks.get(endpoint.network_id)
            if network is None or network.driver != "bridge":
                return frozenset()
            if network.bridge not in (self.link_names or ()):
                return frozenset()  # it has another name than Docker's usual one, or none was read
            found.add(network.bridge)
        return frozenset(found)


def address_in(endpoint: Endpoint, family: Family) -> int | None:
    """A container's address in one network."""
    text = endpoint.ipv4 if family is Family.IPV4 else endpoint.ipv6
    return parse_address(text.partition("/")[0])[1] if text else None


def build_world(
    snapshot: Snapshot, lan: Iterable[str] | None = None, cuts: Iterable[AddressSet] = ()
) -> World:
    """Make a snapshot ready; `lan` replaces the usual idea of what the LAN is (CIDR texts).

    Addresses are also cut by `cuts`, so that rules yet to be written can be judged.
    """
    docker = snapshot.docker
    containers = (docker.containers or ()) if docker is not None else ()
    networks = (docker.networks or ()) if docker is not None else ()
    around = {family: default_lan(snapshot, family) for family in Family}
    if lan is not None:
        texts = list(lan)
        around = {family: AddressSet.of(family, texts) for family in Family}
    inside = dict(_container_addresses(containers))
    cut = tuple(cuts)
    return World(
        snapshot,
        {family: build_side(snapshot, family, around[family], inside, cut) for family in Family},
        containers,
        {network.id: network for network in networks},
        snapshot.listeners,
        around,
        inside,
        None if snapshot.links is None else frozenset(link.name for link in snapshot.links),
        unseen_tables(snapshot),
        {container.pid: container for container in containers if container.pid},
        _grouped(
            ((port.protocol, port.host_port), (container, port))
            for container in containers
            for port in container.ports
        ),
        _grouped(((each.protocol, each.port), each) for each in snapshot.listeners or ()),
    )


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, tuple[V, ...]]:
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}


def _container_addresses(
    containers: Iterable[Container],
) -> Iterator[tuple[tuple[Family, int], Container]]:
    for container in containers:
        for endpoint in container.endpoints:
            for text in (endpoint.ipv4, endpoint.ipv6):
                if text:
                    yield parse_address(text.partition("/")[0]), container
