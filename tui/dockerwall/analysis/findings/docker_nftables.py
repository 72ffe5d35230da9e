"""Docker's own nftables backend, which has no DOCKER-USER."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground

IDS: Mapping[str, str] = {
    "docker-nftables": "Docker writes nft tables itself: DOCKER-USER does not exist there.",
}


def find(ground: Ground) -> Iterator[Finding]:
    """At most one finding."""
    snapshot = ground.world.snapshot
    said = snapshot.docker is not None and snapshot.docker.firewall.startswith("nftables")
    seen = any(chain.table.startswith("docker-bridges") for chain in snapshot.nft or ())
    if not said and not seen:
        return
    left = next((p for p in ground.operators if p.chain == "DOCKER-USER"), None)
    rules = "; the rules in DOCKER-USER guard nothing" if left is not None else ""
    yield Finding(
        "docker-nftables",
        Level.CRITICAL if left is not None else Level.WARNING,
        "Docker uses its nftables backend: its rules are in native nft tables that are not "
        f"evaluated here, and no DOCKER-USER is asked{rules}.",
        left.ref if left is not None else None,
        fix="Put your rules into an nft base chain of hook forward with a priority below 0, or "
        'set "firewall-backend": "iptables" in /etc/docker/daemon.json.',
        commands=("nft list ruleset",),
    )
