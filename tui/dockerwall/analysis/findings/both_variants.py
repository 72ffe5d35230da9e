"""Rules in both iptables variants at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground
from dockerwall.model.kinds import Family, Variant

IDS: Mapping[str, str] = {
    "both-variants": "Both iptables variants hold rules; each packet passes both.",
}


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each family whose packets pass rules of both variants."""
    rules = ground.world.snapshot.rules
    for family in Family:
        counts = [
            rules[variant, family].ruleset.rule_count if (variant, family) in rules else 0
            for variant in (Variant.NFT, Variant.LEGACY)
        ]
        if all(counts):
            save = "iptables" if family is Family.IPV4 else "ip6tables"
            yield Finding(
                "both-variants",
                Level.WARNING,
                f"Both iptables variants hold {family.value.replace('ip', 'IP')} rules "
                f"({counts[0]} in nft, {counts[1]} in legacy): every packet passes both, and "
                "`iptables` shows and changes only one of them.",
                fix="Decide for one variant, move the other's rules over, and flush those.",
                commands=(f"{save}-nft-save", f"{save}-legacy-save"),
            )
