"""A host made ready for judging: its tables compiled, its addresses cut, its routes ordered.

Everything here depends on what is configured, not on counters: it is built once for a reading and
used for every question asked of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeVar

from dockerwall.analysis import ipsets
from dockerwall.analysis.addrtypes import IPV4_BROADCAST, MULTICAST
from dockerwall.analysis.answers import Surroundings
from dockerwall.analysis.cells import Cells
from dockerwall.analysis.compiled import CompiledChain, CompiledTable, Key, compile_table
from dockerwall.analysis.lan import default_lan
from dockerwall.analysis.routing import LINK_LOCAL_6, Fib
from dockerwall.analysis.unseen import unseen_tables
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.addresses import AddressSet, parse_address
from dockerwall.model.docker import Container, Network, PublishedPort
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.network import Listener
from dockerwall.model.rules import BASE_CHAINS, Ruleset
from dockerwall.model.snapshot import Snapshot
from dockerwall.model.spec import AddressMatch, ConntrackMatch, Continue

K = TypeVar("K")
V = TypeVar("V")

LOOPBACK = {
    Family.IPV4: Intervals(((127 << 24, (128 << 24) - 1),)),
    Family.IPV6: Intervals.single(1),
}
IMPOSSIBLE_6 = Intervals(((1, 1), (0xFF << 120, (1 << 128) - 1)))
"""Sources no IPv6 packet from a wire can have: `::1` and multicast."""
UNANSWERABLE_6 = Intervals(((0, 0), (0xFFFF << 32, (0x10000 << 32) - 1)))
"""Sources no IPv6 connection can have: `::` and IPv4-mapped ones (tcp_v6_conn_request)."""


SPECIAL = {
    Family.IPV4: (IPV4_BROADCAST,),
    Family.IPV6: (LINK_LOCAL_6, IMPOSSIBLE_6, UNANSWERABLE_6),
}


class Base(NamedTuple):
    """A base chain and the table whose chains it can jump to."""

    table: CompiledTable
    chain: CompiledChain


@dataclass(frozen=True)
class Side:
    """One address family of a host."""

    family: Family
    around: Surroundings
    tables: Mapping[tuple[Variant, str], CompiledTable]
    fib: Fib
    own: Intervals
    """The host's own addresses, loopback left out."""
    bases: Mapping[tuple[str, str], tuple[Base, ...]]
    """Base chains by hook and stage (`hooks.STAGES`)."""
    blind: str
    """Why the rules of this family are not fully known; empty when they are."""
    stops: dict[tuple[str, tuple[str, ...]], tuple[tuple[str, tuple[Base, ...]], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Where packets stop on their way through some stages of a hook (`passage`), once asked."""

    impossible: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Sources that no packet can have, by the interface it came in by, once asked."""
    crowds: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The addresses of all containers on a bridge, once asked."""

    @cached_property
    def never_sent(self) -> int:
        """Sources no IPv6 packet from a wire can have."""
        return self.cells.mask(IMPOSSIBLE_6)

    @cached_property
    def never_answered(self) -> int:
        """Sources no IPv6 connection can have."""
        return self.cells.mask(UNANSWERABLE_6)

    @cached_property
    def never_forwarded(self) -> int:
        """Sources no IPv6 packet that is passed on can have: link-local ones, and none."""
        return self.cells.mask(LINK_LOCAL_6) | self.cells.cell(0)

    @property
    def cells(self) -> Cells:
        """The cut of this family's addresses."""
        return self.around.cells


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
    departures: dict[object, object] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What became of connections that the host itself opened (`journey`), by query."""
    shelf: dict[object, object] = field(default_factory=dict, repr=False, compare=False)
    """What depends neither on the rules nor on how addresses are cut: worlds made of this one,
    with other rules, take it over."""

    @cached_property
    def beyond(self) -> Mapping[tuple[Family, str], Intervals]:
        """The addresses of Docker's networks, by family and bridge."""
        found: dict[tuple[Family, str], Intervals] = {}
        for network in self.networks.values():
            for family in Family if network.bridge else ():
                texts = [text for text in network.subnets if _is_network(text)]
                numbers = AddressSet.of(family, texts).numbers
                place = (family, network.bridge)
                found[place] = found.get(place, Intervals()) | numbers
        return found

    @cached_property
    def peopled(self) -> frozenset[str]:
        """Bridges on which Docker knows every address that there is."""
        return frozenset(
            network.bridge
            for network in self.networks.values()
            if network.driver == "bridge" and network.name != "docker_gwbridge"
        )


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
        {family: _side(snapshot, family, around[family], inside, cut) for family in Family},
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


def _subnets(snapshot: Snapshot) -> Iterator[str]:
    """The subnets of Docker's networks, those that can be read."""
    docker = snapshot.docker
    for network in (docker.networks or ()) if docker is not None else ():
        yield from (text for text in network.subnets if _is_network(text))


def _is_network(text: str) -> bool:
    try:
        AddressSet.parse(text)
    except ValueError:
        return False
    return True


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


def _side(
    snapshot: Snapshot,
    family: Family,
    lan: AddressSet,
    inside: Iterable[tuple[Family, int]],
    cuts: Iterable[AddressSet],
) -> Side:
    rulesets = {
        variant: saved.ruleset
        for (variant, each), saved in snapshot.rules.items()
        if each is family
    }
    fib = Fib(snapshot, family)
    sets = ipsets.resolve_sets(snapshot.ipsets or ())
    own = AddressSet.of(family, (a.address for a in snapshot.addresses or ())).numbers
    constants: list[Intervals] = [
        *_rule_constants(rulesets.values(), family),
        *ipsets.addresses_named(sets, family),
        *fib.constants(),
        own,
        LOOPBACK[family],
        MULTICAST[family],
        *(
            [IPV4_BROADCAST]
            if family is Family.IPV4
            else [LINK_LOCAL_6, IMPOSSIBLE_6, UNANSWERABLE_6]
        ),
        lan.numbers,
        *(each.numbers for each in cuts if each.family is family),
        *(Intervals.single(number) for each, number in inside if each is family),
        *(AddressSet.of(family, [text]).numbers for text in _subnets(snapshot)),
    ]
    around = Surroundings(
        family,
        Cells(family, constants),
        fib,
        sets,
        snapshot.ipsets is not None,
        _changing_sets(rulesets.values()),
        frozenset(link.name for link in snapshot.links or () if link.kind == "bridge"),
        _bridge_netfilter(snapshot, family),
    )
    tables = {
        (variant, table.name): compile_table(table, Key(variant, family, table.name), around)
        for variant, ruleset in rulesets.items()
        for table in ruleset.tables.values()
    }
    return Side(family, around, tables, fib, own, _bases(tables), _blindness(snapshot, family))


def _bases(
    tables: Mapping[tuple[Variant, str], CompiledTable],
) -> dict[tuple[str, str], tuple[Base, ...]]:
    """At equal priority the variants stand in the order they were registered in, which no command
    shows; a verdict does not depend on it, because any drop is final.
    """
    found: dict[tuple[str, str], tuple[Base, ...]] = {}
    for variant in (Variant.LEGACY, Variant.NFT):
        for (each, name), table in tables.items():
            stage = f"security/{variant}" if name == "security" else name
            for hook in BASE_CHAINS if each is variant else ():
                chain = table.chains.get(hook)
                if chain is not None and chain.chain.is_base:
                    found[hook, stage] = (*found.get((hook, stage), ()), Base(table, chain))
    return found


def _rule_constants(rulesets: Iterable[Ruleset], family: Family) -> Iterator[Intervals]:
    for ruleset in rulesets:
        for table in ruleset.tables.values():
            for chain in table.chains.values():
                for rule in chain.rules:
                    for match in parse_spec(rule.text, family).matches:
                        if isinstance(match, AddressMatch):
                            yield match.numbers
                        elif isinstance(match, ConntrackMatch):
                            yield from (each.numbers for each in match.addresses)


def _changing_sets(rulesets: Iterable[Ruleset]) -> frozenset[str]:
    """Sets that a SET target adds to or deletes from."""
    names = set()
    for ruleset in rulesets:
        for table in ruleset.tables.values():
            for chain in table.chains.values():
                for rule in chain.rules:
                    if " SET " not in rule.text:
                        continue
                    target = parse_spec(rule.text, ruleset.family).target
                    if isinstance(target, Continue) and target.name == "SET":
                        words = target.text.split()
                        names |= {
                            words[place + 1]
                            for place, word in enumerate(words[:-1])
                            if word in ("--add-set", "--del-set")
                        }
    return frozenset(names)


def _bridge_netfilter(snapshot: Snapshot, family: Family) -> bool | None:
    if snapshot.sysctls is None:
        return None
    name = "iptables" if family is Family.IPV4 else "ip6tables"
    value = snapshot.sysctl(f"net.bridge.bridge-nf-call-{name}")
    return value is not None and value != "0"


def _blindness(snapshot: Snapshot, family: Family) -> str:
    """Whether rules of this family may exist that were not read."""
    source = "iptables-save" if family is Family.IPV4 else "ip6tables-save"
    for gap in snapshot.gaps:
        if gap.source in (f"{source}.nft", f"{source}.legacy"):
            if gap.source.endswith(".nft") and _no_nft_tables(snapshot):
                continue
            return f"{gap.source} could not be read"
    if (Variant.NFT, family) not in snapshot.rules and not _no_nft_tables(snapshot):
        return f"{source}.nft was not read"
    return ""


def _no_nft_tables(snapshot: Snapshot) -> bool:
    """Whether nft itself said that there are no tables at all."""
    return (
        snapshot.nft is not None
        and not snapshot.nft
        and not any(variant is Variant.NFT for variant, _ in snapshot.rules)
    )
