"""Recording a real host changes nothing on it, and writes what its own commands print."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.engine.engines import Engine
from tests.engine.host import Host
from tests.engine.recording import record
from tests.engine.scenarios import SCENARIOS

pytestmark = pytest.mark.engine

SAVES = ("iptables-nft-save", "ip6tables-nft-save", "iptables-legacy-save", "ip6tables-legacy-save")


def _rules(text: str) -> list[str]:
    """The lines of a save file without what changes: the time in comments, and the counters."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [re.sub(r"\[\d+:\d+\]", "[]", line) for line in lines]


@pytest.mark.parametrize("name", ["docker-28", "legacy-host", "mixed"])
def test_the_snapshot_is_what_the_commands_print(
    name: str, engines: dict[str, Engine], tmp_path: Path
) -> None:
    """Rules, addresses, routes and sockets equal what the host's own programs print."""
    scenario = next(scenario for scenario in SCENARIOS if scenario.name == name)
    if scenario.engines[0] not in engines:
        pytest.skip(f"Docker {scenario.engines[0]} is not installed (see .ci/packages)")
    folder = tmp_path / "snapshot"
    with Host(scenario, engines[scenario.engines[0]]) as host:
        legacy = {name: host.enclosure.run(["cat", f"/proc/net/{name}_tables_names"])
                  for name in ("ip", "ip6")}  # fmt: skip
        record(host, folder)
        after = {name: host.enclosure.run(["cat", f"/proc/net/{name}_tables_names"])
                 for name in ("ip", "ip6")}  # fmt: skip
        printed = {
            "addr.json": host.enclosure.run(["ip", "-j", "addr"]),
            "route4.json": host.enclosure.run(["ip", "-j", "-4", "route", "show", "table", "all"]),
            "rule.json": host.enclosure.run(["ip", "-j", "rule"]),
        }
        saves = {
            file: host.enclosure.run([command, "-c"])
            for command in SAVES
            if (folder / (file := _file_of(command))).exists()
        }
        named = {c["Name"] for c in host.inspect("container", *host.container_addresses())}
    assert after == legacy, "reading made legacy tables"
    for file, text in saves.items():
        assert _rules((folder / file).read_text()) == _rules(text)
    assert bool(legacy["ip"]) == (folder / "iptables-save.legacy").exists()
    for file, text in printed.items():
        assert json.loads((folder / file).read_text()) == json.loads(text)
    recorded = json.loads((folder / "docker-containers.json").read_text())
    assert {container["Name"] for container in recorded} == named


def _file_of(command: str) -> str:
    """The snapshot's file that holds what a save command prints."""
    family, variant, _ = command.split("-")
    return f"{family}-save.{variant}"
