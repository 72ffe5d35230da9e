"""One address family of a host made ready for judging: tables compiled, addresses cut, routes.

Everything here depends on what is configured, not on counters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from dockerwall.analysis import ipsets
from dockerwall.analysis.addrtypes import IPV4_BROADCAST, MULTICAST, address_types
from dockerwall.analysis.answers import Surroundings
from dockerwall.analysis.cells import Cells
from dockerwall.analysis.compiled import (
    CompiledChain,
    CompiledTable,
    Key,
    compile_for,
    compile_table,
)
from dockerwall.analysis.routing import LINK_LOCAL_6, Fib
from dockerwall.grammar.spec import parse_spec
from dockerwall.grammar.targets import ALTERING
from dockerwall.model.addresses import AddressSet
from dockerwall.model.intervals import Intervals
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.rules import BASE_CHAINS, Ruleset
from dockerwall.model.snapshot import Snapshot
from dockerwall.model.spec import AddressMatch, ConntrackMatch, Continue, Spec

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

    @cached_property
    def groups(self) -> Intervals:
        """Broadcast and multicast addresses: no connection is opened at one (tcp_rcv, sctp_rcv)."""
        types = address_types(self.around, None)
        return types.get("broadcast", Intervals()) | types["multicast"]

    @cached_property
    def cells(self) -> Cells:
        """The cut of this family's addresses."""
        return self.around.cells


def build_side(
    snapshot: Snapshot,
    family: Family,
    lan: AddressSet,
    inside: Iterable[tuple[Family, int]],
    cuts: Iterable[AddressSet],
) -> Side:
    """Make one family of a snapshot ready; addresses are also cut by `lan`, `inside` and `cuts`."""
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
        *SPECIAL[family],
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
        frozenset(ALTERING[each.name] for each in _targets(rulesets.values(), *ALTERING)),
        frozenset(link.name for link in snapshot.links or () if link.kind == "bridge"),
        _bridge_netfilter(snapshot, family),
    )
    tables = {
        (variant, table.name): compile_table(table, Key(variant, family, table.name), around)
        for variant, ruleset in rulesets.items()
        for table in ruleset.tables.values()
    }
    return Side(family, around, tables, fib, own, _bases(tables), _blindness(snapshot, family))


def cut_further(side: Side, cuts: Iterable[AddressSet]) -> Side:
    """The same family with addresses also cut by `cuts`: itself where they are cut already."""
    cells = side.cells.cut(each.numbers for each in cuts if each.family is side.family)
    return side if cells is side.cells else _amid(replace(side.around, cells=cells), side)


def with_sets(side: Side, sets: Iterable[IpSet]) -> Side:
    """The same family with other ipsets, all of which are known."""
    known = ipsets.resolve_sets(tuple(sets))
    cells = side.cells.cut(ipsets.addresses_named(known, side.family))
    return _amid(replace(side.around, cells=cells, sets=known, sets_read=True), side)


def _amid(around: Surroundings, side: Side) -> Side:
    """A family in other surroundings; no rule is understood anew."""
    around = replace(around, fib=side.fib.anew())
    tables = {place: compile_for(table, around) for place, table in side.tables.items()}
    return Side(side.family, around, tables, around.fib, side.own, _bases(tables), side.blind)


def _subnets(snapshot: Snapshot) -> Iterator[str]:
    """The subnets of Docker's networks, those that can be read."""
    docker = snapshot.docker
    for network in (docker.networks or ()) if docker is not None else ():
        yield from (text for text in network.subnets if is_network(text))


def is_network(text: str) -> bool:
    """Whether a text is a network in CIDR notation."""
    try:
        AddressSet.parse(text)
    except ValueError:
        return False
    return True


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
    for target in _targets(rulesets, "SET"):
        words = target.text.split()
        names |= {
            words[place + 1]
            for place, word in enumerate(words[:-1])
            if word in ("--add-set", "--del-set")
        }
    return frozenset(names)


def _targets(rulesets: Iterable[Ruleset], *names: str) -> Iterator[Continue]:
    """The targets of these names, after which a packet goes on."""
    words = tuple(f" {name} " for name in names)
    for ruleset in rulesets:
        for table in ruleset.tables.values():
            for chain in table.chains.values():
                for rule in chain.rules:
                    if any(word in rule.text for word in words):
                        target = parse_spec(rule.text, ruleset.family).target
                        if isinstance(target, Continue) and target.name in names:
                            yield target


def alters(spec: Spec) -> bool:
    """Whether a rule changes what others look at: members of a set, or what the sender chose."""
    return isinstance(spec.target, Continue) and spec.target.name in ("SET", *ALTERING)


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
