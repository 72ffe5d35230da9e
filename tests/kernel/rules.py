"""Loads rules and ipsets into the host of a topology, and reads counters back."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from tests.kernel.namespace import CommandFailedError
from tests.kernel.topology import Topology

Variant = Literal["nft", "legacy"]
VARIANTS: tuple[Variant, ...] = ("nft", "legacy")

BUILT_IN = {
    "raw": ("PREROUTING", "OUTPUT"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "security": ("INPUT", "FORWARD", "OUTPUT"),
}
COUNTED = re.compile(r"^\[(\d+):\d+\] -A (\S+)")
PATIENCE = 10.0  # seconds
POLICY = re.compile(r"^:(\S+) (\S+) \[(\d+):\d+\]")


@dataclass(frozen=True, slots=True, order=True)
class RulePlace:
    """Where a rule stands: `rule` counts from 1 in its chain, 0 is the chain's policy."""

    variant: str
    version: int
    table: str
    chain: str
    rule: int

    @property
    def name(self) -> str:
        """`filter FORWARD 3`."""
        return f"{self.table} {self.chain} {self.rule}"

    def __str__(self) -> str:
        """`nft filter FORWARD 3`."""
        return f"{self.variant} {self.name}"


def program(variant: Variant, version: int, action: str) -> str:
    """The name of one of the eight save and restore programs."""
    return f"{'ip6tables' if version == 6 else 'iptables'}-{variant}-{action}"


def load_rules(topology: Topology, variant: Variant, version: int, text: str) -> None:
    """Replace the tables named in the text, which is what `iptables-save` prints."""
    topology.host.run([program(variant, version, "restore")], text)


def load_ipsets(topology: Topology, text: str) -> None:
    """Add the sets of an `ipset save` text."""
    if text.strip():
        topology.host.run(["ipset", "restore"], text)


def save_rules(topology: Topology, variant: Variant, version: int) -> str:
    """What `iptables-save -c` prints; empty for legacy where no legacy table exists."""
    if variant == "legacy" and not legacy_tables(topology, version):
        return ""
    return topology.host.run([program(variant, version, "save"), "-c"])


def legacy_tables(topology: Topology, version: int) -> list[str]:
    """The legacy tables that exist; asking the save program would create them."""
    name = "ip6_tables_names" if version == 6 else "ip_tables_names"
    return topology.host.run(["cat", f"/proc/net/{name}"]).split()


def clear(topology: Topology) -> None:
    """Take all rules and sets away again; legacy tables stay, empty."""
    topology.host.run(["nft", "-f", "-"], "flush ruleset ip\nflush ruleset ip6\n")
    for version in (4, 6):
        tables = legacy_tables(topology, version)
        if tables:
            load_rules(topology, "legacy", version, "".join(_empty(name) for name in tables))
    _destroy_ipsets(topology)


def _destroy_ipsets(topology: Topology) -> None:
    """Destroy all sets; the kernel lets go of rules that name them a moment after the flush."""
    topology.host.run(["ipset", "flush"])  # a set of sets holds on to its members
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            topology.host.run(["ipset", "destroy"])
            return
        except CommandFailedError:
            if time.monotonic() > deadline:
                raise


def _empty(table: str) -> str:
    """The text of a table without rules."""
    heads = "".join(f":{chain} ACCEPT [0:0]\n" for chain in BUILT_IN[table])
    return f"*{table}\n{heads}COMMIT\n"


def parse_counters(text: str, variant: Variant, version: int) -> dict[RulePlace, int]:
    """Packets by rule from `iptables-save -c` text."""
    found: dict[RulePlace, int] = {}
    places: Counter[tuple[str, str]] = Counter()
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif match := COUNTED.match(line):
            chain = match[2]
            places[table, chain] += 1
            place = RulePlace(variant, version, table, chain, places[table, chain])
            found[place] = int(match[1])
        elif (match := POLICY.match(line)) and match[2] != "-":
            found[RulePlace(variant, version, table, match[1], 0)] = int(match[3])
    return found


def read_counters(topology: Topology) -> dict[RulePlace, int]:
    """Packets by rule of both variants and families."""
    found: dict[RulePlace, int] = {}
    for variant in VARIANTS:
        for version in (4, 6):
            found |= parse_counters(save_rules(topology, variant, version), variant, version)
    return found


def moved(before: dict[RulePlace, int], after: dict[RulePlace, int]) -> dict[RulePlace, int]:
    """How many packets each rule counted in between, those that counted none left out."""
    deltas = {place: count - before.get(place, 0) for place, count in after.items()}
    return {place: count for place, count in deltas.items() if count}


def refusal(topology: Topology, variant: Variant, version: int, text: str) -> str:
    """Why this machine refuses a rule text; empty where it takes it, and then it is loaded."""
    try:
        load_rules(topology, variant, version, text)
    except CommandFailedError as failure:
        return str(failure)
    return ""
