"""The script for hosts where nothing is installed, on a real Docker host: audited alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.engine.engines import Engine
from tests.engine.host import Host
from tests.engine.recording import record
from tests.engine.scenarios import SCENARIOS

from dockerwall.cli import main
from dockerwall.reading.script import script

pytestmark = pytest.mark.engine


def audited(path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The audit of a snapshot, without its time."""
    assert main(["audit", "--json", "--snapshot", str(path)]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    document["host"].pop("taken_at")
    return document


@pytest.mark.parametrize("shell", [("dash",), ("busybox", "sh"), ("bash",)], ids=" ".join)
@pytest.mark.parametrize("name", ["docker-28", "legacy-host", "ipv6"])
def test_the_script_reads_what_a_live_reading_does(
    name: str,
    shell: tuple[str, ...],
    engines: dict[str, Engine],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    scenario = next(scenario for scenario in SCENARIOS if scenario.name == name)
    if scenario.engines[0] not in engines:
        pytest.skip(f"Docker {scenario.engines[0]} is not installed (run .ci/packages)")
    with Host(scenario, engines[scenario.engines[0]]) as host:
        done = host.enclosure.attempt(shell, script())
        record(host, tmp_path / "live")
    assert done.returncode == 0, done.stderr
    (tmp_path / "host.tar").write_bytes(done.stdout)
    mine, live = audited(tmp_path / "host.tar", capsys), audited(tmp_path / "live", capsys)
    assert mine["exposures"]
    assert mine == live
