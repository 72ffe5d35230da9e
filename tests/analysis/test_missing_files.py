"""Recorded hosts with one file missing: what is then not known is unknown, and never wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.analysis.edited_host import HOSTS

from dockerwall.analysis.trace import make_probe, trace
from dockerwall.analysis.world import build_world
from dockerwall.reading.recorded import RecordedHost

ONLY_WHERE_THERE_ARE_RULES = ("iptables-save.legacy", "ip6tables-save.legacy")
"""Files that are made only where such tables are: without them there are none."""
ON_THE_WIRE = "203.0.113.65"
"""A container's address that Docker alone knows of; its packets do not come by the firewall."""
PROTOCOLS = {"tcp": 6, "udp": 17}

CASES = [
    (host.name, file.name)
    for host in sorted(HOSTS.iterdir())
    for file in sorted(host.iterdir())
    if file.name not in (*ONLY_WHERE_THERE_ARE_RULES, "expected.json")
]


@pytest.mark.parametrize(("host", "file"), CASES, ids="/".join)
def test_no_verdict_is_wrong_for_want_of_a_file(tmp_path: Path, host: str, file: str) -> None:
    """Whoever got in is not called shut out, and whoever did not is not called let in."""
    target = tmp_path / host
    shutil.copytree(HOSTS / host, target)
    probes = json.loads((target / "expected.json").read_text())["probes"]
    (target / file).unlink()
    world = build_world(RecordedHost(target).read())
    wrong = []
    for probe in probes:
        if probe["dst"] == ON_THE_WIRE:
            continue
        proto = PROTOCOLS[probe["proto"]]
        asked = make_probe(probe["in"], probe["src"], probe["dst"], proto, None, probe["dport"])
        verdict = trace(world, asked).verdict
        if verdict != "unknown" and (verdict == "accept") is not probe["reached"]:
            wrong.append((verdict, probe))
    assert not wrong
