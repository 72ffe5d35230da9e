"""Which base chains a packet meets at a hook, in order.

Source: include/uapi/linux/netfilter_ipv4.h for the priorities.
"""

from __future__ import annotations

from dockerwall.analysis.side import Base, Side
from dockerwall.analysis.world import World
from dockerwall.model.kinds import Family
from dockerwall.model.nft import NftBaseChain

CONNTRACK = "conntrack"
"""The stage at which a packet is given its conntrack entry."""

STAGES = {
    "PREROUTING": ("raw", CONNTRACK, "mangle", "nat"),
    "INPUT": ("mangle", "filter", "security/legacy", "nat", "security/nft"),
    "FORWARD": ("mangle", "filter", "security/legacy", "security/nft"),
    "OUTPUT": ("raw", CONNTRACK, "mangle", "nat", "filter", "security/legacy", "security/nft"),
    "POSTROUTING": ("mangle", "nat"),
}
"""Tables by hook, in the order of their priorities; security has another one in each variant."""

_FAMILIES = {Family.IPV4: ("ip", "inet"), Family.IPV6: ("ip6", "inet")}


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


def base_chains(side: Side, hook: str, table: str) -> tuple[Base, ...]:
    """The base chains of one table at one hook, of both variants."""
    names = (f"{table}/legacy", f"{table}/nft") if table == "security" else (table,)
    return tuple(base for name in names for base in side.bases.get((hook, name), ()))
