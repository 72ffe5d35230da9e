"""Which base chains a packet meets at a hook, in order.

Source: include/uapi/linux/netfilter_ipv4.h for the priorities. At equal priority the two iptables
variants stand in the order they were registered in, which no command shows; a verdict does not
depend on it, because any drop is final and an ACCEPT ends only its own base chain.
"""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.analysis.compiled import CompiledChain, CompiledTable
from dockerwall.analysis.world import Side, World
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.nft import NftBaseChain

CONNTRACK = "conntrack"
"""The stage at which a packet is given its conntrack entry."""

STAGES = {
    "PREROUTING": ("raw", CONNTRACK, "mangle", "nat"),
    "INPUT": ("mangle", "filter", "security", "nat"),
    "FORWARD": ("mangle", "filter", "security"),
    "OUTPUT": ("raw", CONNTRACK, "mangle", "nat", "filter", "security"),
    "POSTROUTING": ("mangle", "nat"),
}
"""Tables by hook, in the order of their priorities."""

_FAMILIES = {Family.IPV4: ("ip", "inet"), Family.IPV6: ("ip6", "inet")}


def base_chains(side: Side, hook: str, table: str) -> Iterator[tuple[CompiledTable, CompiledChain]]:
    """The base chains of one table at one hook, of both variants."""
    for variant in (Variant.LEGACY, Variant.NFT):
        found = side.tables.get((variant, table))
        if found is not None and hook in found.chains:
            yield found, found.chains[hook]


def native_chains(
    world: World, family: Family, hook: str, bridged: bool
) -> tuple[NftBaseChain, ...]:
    """Native nft base chains that see packets of this hook and are not evaluated."""
    families = _FAMILIES[family]
    passing = {(each, hook.lower()) for each in families}
    if bridged and hook in ("PREROUTING", "INPUT", "FORWARD"):
        passing.add(("bridge", hook.lower()))
    if hook == "PREROUTING":
        passing |= {("netdev", "ingress"), ("inet", "ingress")}
    if hook == "POSTROUTING":
        passing.add(("netdev", "egress"))
    return tuple(
        chain for chain in world.snapshot.nft or () if (chain.family, chain.hook) in passing
    )
