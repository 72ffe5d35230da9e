"""Records the host of a topology as a snapshot directory, the harness's own table left out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from tests.kernel.rules import VARIANTS, save_rules
from tests.kernel.topology import Topology

_SYSCTLS = (
    "net.ipv4.ip_forward",
    *(f"net.ipv4.conf.{{}}.{name}" for name in (
        "route_localnet", "rp_filter", "forwarding", "accept_local", "src_valid_mark",
    )),
    *(f"net.ipv6.conf.{{}}.{name}" for name in ("forwarding", "disable_ipv6")),
    "net.bridge.bridge-nf-call-iptables",
    "net.bridge.bridge-nf-call-ip6tables",
)  # fmt: skip
_STEADY = {
    "addr.json": ["ip", "-j", "addr"],
    "link.json": ["ip", "-j", "-d", "link"],
    "rule.json": ["ip", "-j", "rule"],
    "rule6.json": ["ip", "-j", "-6", "rule"],
    "route4.json": ["ip", "-j", "-4", "route", "show", "table", "all"],
    "route6.json": ["ip", "-j", "-6", "route", "show", "table", "all"],
    "listen.txt": ["ss", "-H", "-lntup"],
}


@dataclass
class Recorder:
    """Writes snapshots of one topology; what rules do not change is read once."""

    topology: Topology
    _steady: dict[str, str] = field(default_factory=dict)

    def record(self, folder: Path) -> Path:
        """Write a snapshot into a folder, which may hold an earlier one."""
        if not self._steady:
            self._steady = {name: self.topology.host.run(argv) for name, argv in _STEADY.items()}
        texts = {**self._steady, **self._changing()}
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text)
        return folder

    def _changing(self) -> dict[str, str]:
        """The files that depend on rules, sets and sysctls."""
        host = self.topology.host
        texts = {
            "meta.json": json.dumps(
                {
                    "format": "dockerwall-snapshot/1",
                    "hostname": "kernel-tier",
                    "kernel": "",
                    "taken_at": "2025-01-01T00:00:00Z",
                }
            ),
            "ipset.save": host.run(["ipset", "save"]),
            "nft.json": without_harness(host.run(["nft", "-j", "list", "ruleset"])),
            "sysctl.txt": self._sysctls(),
            "docker-containers.json": "[]",
            "docker-networks.json": "[]",
        }
        for version, stem in ((4, "iptables-save"), (6, "ip6tables-save")):
            for variant in VARIANTS:
                text = save_rules(self.topology, variant, version)
                if text or variant == "nft":
                    texts[f"{stem}.{variant}"] = text
        for stem in ("iptables-save", "ip6tables-save"):
            texts.setdefault(f"{stem}.legacy", "")
        return texts

    def _sysctls(self) -> str:
        """The settings a snapshot holds, as `sysctl -a` prints them."""
        lines = self.topology.host.run(["sysctl", "-a"]).splitlines()
        names = {template.split("{}")[0] for template in _SYSCTLS}
        tails = {template.rpartition(".")[2] for template in _SYSCTLS}
        kept = [
            line
            for line in lines
            if line.startswith(tuple(names)) and line.partition(" =")[0].rpartition(".")[2] in tails
        ]
        return "\n".join(kept) + "\n"


def without_harness(text: str) -> str:
    """The rule set of `nft -j` without the table that the harness itself put there."""
    document = json.loads(text)
    entries = document["nftables"]
    document["nftables"] = [
        entry
        for entry in entries
        if not any(
            isinstance(value, dict)
            and "harness" in (value.get("table"), value.get("name"))
            and value.get("family") == "inet"
            for value in entry.values()
        )
    ]
    return json.dumps(document)
