"""Native nft tables that must be taken to exist although they were not read.

A host without the nft program is judged by its iptables rules, and the gap is named; but where
something says that there are native tables, nobody can say what they drop or translate.
"""

from __future__ import annotations

from dockerwall.model.snapshot import Snapshot


def unseen_tables(snapshot: Snapshot) -> str:
    """What says so, as a doubt to be named; empty where native tables were read, or none show."""
    if snapshot.nft is not None:
        return ""
    if any(gap.source == "nft.json" and gap.bad for gap in snapshot.gaps):
        return "nft tables that could not be understood (nft.json)"
    backend = snapshot.docker.info.get("FirewallBackend") if snapshot.docker is not None else None
    driver = str(backend.get("Driver") or "") if isinstance(backend, dict) else ""
    if driver.startswith("nftables"):
        return "Docker's own nft tables, which were not read (nft.json)"
    if "firewalld" in driver:
        return "firewalld's nft tables, which were not read (nft.json)"
    return ""
