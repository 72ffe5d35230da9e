"""Which host this is, in as many words as fit: the facts of the header, the dearest first."""

from __future__ import annotations

from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import Snapshot

UNKNOWN_HOST = "unnamed host"


def facts(snapshot: Snapshot | None, who: str) -> list[str]:
    """Host, variant, Docker, operator; a fact that may be left out for want of room comes late."""
    if snapshot is None:
        return [who] if who else []
    found = [snapshot.host.hostname or UNKNOWN_HOST, firewall(snapshot), docker(snapshot)]
    return [fact for fact in (*found, who) if fact]


def firewall(snapshot: Snapshot) -> str:
    """Which variants hold rules, and of which family when it is but one: `iptables-nft v4`."""
    pairs = [
        pair
        for pair, saved in snapshot.rules.items()
        if saved.ruleset.tables or len(snapshot.rules) <= 2
    ]
    if not pairs:
        return "no rules read"
    variants = "+".join(variant for variant in Variant if any(pair[0] is variant for pair in pairs))
    families = [
        "v4" if family is Family.IPV4 else "v6"
        for family in Family
        if any(pair[1] is family for pair in pairs)
    ]
    only = f" {families[0]}" if len(families) == 1 else ""
    return f"iptables-{variants}{only}"


def docker(snapshot: Snapshot) -> str:
    """Docker's version, or that it did not answer."""
    if snapshot.docker is None:
        return "no docker"
    # Distributions add a suffix of their own: 28.5.2+dfsg4.
    return f"docker {snapshot.docker.version.partition('+')[0]}".rstrip()
