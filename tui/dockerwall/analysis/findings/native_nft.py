"""Native nft tables on the way, which are named but not evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground
from dockerwall.model.nft import NftBaseChain

IDS: Mapping[str, str] = {
    "native-nft": "A native nft table may drop or change packets; it is not evaluated.",
}
_FAMILIES = ("ip", "ip6", "inet", "bridge", "netdev")
_HOOKS = ("prerouting", "input", "forward", "postrouting", "ingress")


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each nft table that can decide about packets to containers."""
    tables: dict[tuple[str, str], list[NftBaseChain]] = {}
    for chain in ground.world.snapshot.nft or ():
        on_the_way = chain.family in _FAMILIES and chain.hook in _HOOKS
        if on_the_way and (chain.can_drop or chain.can_rewrite):
            tables.setdefault((chain.family, chain.table), []).append(chain)
    for (family, table), chains in tables.items():
        names = ", ".join(f"{chain.name} ({chain.hook})" for chain in chains)
        yield Finding(
            "native-nft",
            Level.NOTICE,
            f"The nft table {family} {table} has base chains that may drop or change packets "
            f"and are not evaluated: {names}. Where they could decide, verdicts are unknown.",
            fix="Look at the table itself.",
            commands=(f"nft list table {family} {table}",) if _plain(table) else (),
        )


def _plain(name: str) -> bool:
    return name.replace("-", "").replace("_", "").isalnum()
