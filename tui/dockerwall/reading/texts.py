"""What a host's programs printed, file by file: the form in which every host is read.

A live host and a recorded one differ only in where the texts come from; what the texts mean is
decided in one place for both, and writing a snapshot is writing the texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import Gap, HostInfo
from dockerwall.model.value import value

FORMAT = "dockerwall-snapshot/1"
META = "meta.json"
SAVE_FILES: Mapping[tuple[Variant, Family], str] = {
    (Variant.NFT, Family.IPV4): "iptables-save.nft",
    (Variant.NFT, Family.IPV6): "ip6tables-save.nft",
    (Variant.LEGACY, Family.IPV4): "iptables-save.legacy",
    (Variant.LEGACY, Family.IPV6): "ip6tables-save.legacy",
}
ROUTE_FILES: Mapping[Family, str] = {Family.IPV4: "route4.json", Family.IPV6: "route6.json"}
RULE_FILES: Mapping[Family, str] = {Family.IPV4: "rule.json", Family.IPV6: "rule6.json"}
PERSISTED_FILES: Mapping[Family, str] = {Family.IPV4: "persisted.v4", Family.IPV6: "persisted.v6"}
"""What a boot restores, which only some hosts have."""
BOOT_FILE = "boot.txt"
"""What decides which rules a boot or a reload brings; snapshots may lack it."""
DOCKER_FILES = (
    "docker-version.json",
    "docker-info.json",
    "docker-containers.json",
    "docker-networks.json",
)
FILES = (
    *SAVE_FILES.values(),
    *("nft.json", "ipset.save", "addr.json", "link.json"),
    *RULE_FILES.values(),
    *ROUTE_FILES.values(),
    *("listen.txt", "sysctl.txt"),
    *PERSISTED_FILES.values(),
    BOOT_FILE,
    *DOCKER_FILES,
)


@value
class Texts:
    """The texts by snapshot file name, and a gap for each that could not be read."""

    host: HostInfo
    files: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()


@value
class Part:
    """What one source gave: some texts, some gaps, or both."""

    files: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    def __add__(self, other: Part) -> Part:
        return Part({**self.files, **other.files}, self.gaps + other.gaps)
