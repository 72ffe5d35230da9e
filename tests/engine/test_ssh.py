"""A real Docker host behind a real sshd: judged as from its own terminal, and left as it was."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.engine.engines import Engine
from tests.engine.host import Host, poll
from tests.engine.scenarios import SCENARIOS
from tests.reading.sshd import Sshd, missing

pytestmark = pytest.mark.engine

PROGRAM = (sys.executable, "-m", "dockerwall")
THERE = ("--ssh", "root@127.0.0.1:2022")


def without_time(printed: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(printed)
    document["host"].pop("taken_at")
    return document


def state(host: Host) -> list[str]:
    """The host's rules, sets, containers and files."""
    text = host.enclosure.script(
        "iptables-nft-save; ip6tables-nft-save; nft list ruleset; ipset save;"
        "docker ps --no-trunc --format '{{.ID}}'; docker network ls --no-trunc -q;"
        "find /run /etc -xdev ! -path '/run/inside/*' ! -path '/run/docker/*' "
        "  ! -path '/run/docker.*' ! -path '/run/containerd*' -printf '%p %m\\n' | sort"
    )
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [re.sub(r"\[\d+:\d+\]|packets \d+ bytes \d+", "", line) for line in lines]


def changed(sshd: Sshd, folder: Path, *words: str) -> str:
    """Make a change over SSH; its id."""
    argv = ["env", f"DOCKERWALL_STATE={folder}", *PROGRAM, *words, *THERE]
    done = sshd.run(argv)
    assert done.returncode == 0, done.stderr
    found = re.search(r"change (\S+) is made", done.stderr)
    assert found is not None, done.stderr
    return found.group(1)


def test_a_port_is_closed_on_trial_and_opens_again(
    engines: dict[str, Engine], tmp_path: Path
) -> None:
    if "28.5" not in engines:
        pytest.skip("Docker 28.5 is not installed (run .ci/packages)")
    if reason := missing():
        pytest.skip(reason)
    scenario = next(scenario for scenario in SCENARIOS if scenario.name == "docker-28")
    tmp_path.chmod(0o755)
    own = tmp_path / "state"
    with Host(scenario, engines["28.5"]) as host:
        path = f"PATH={engines['28.5'].path}"
        sshd = Sshd(host.enclosure, tmp_path, environment=path, port=2022)
        before = state(host)
        changed(sshd, own, "close", "8080", "--yes", "--trial", "15")
        assert state(host) != before
        sshd.admit("")  # whoever made it is locked out
        poll("the way back", lambda: rules(state(host)) == rules(before), 40)
        sshd.admit((tmp_path / "user.pub").read_text())
        kept = changed(sshd, own, "close", "8080", "--yes", "--trial", "60")
        keep = ["env", f"DOCKERWALL_STATE={own}", *PROGRAM, "keep", kept, *THERE]
        assert sshd.run(keep).returncode == 0
        changed(sshd, own, "undo", kept, "--yes", "--trial", "60")
        assert sshd.run(keep[:-3] + list(THERE)).returncode == 0
        poll("the end of the watchdog", lambda: state(host) == before, 10)


def rules(lines: list[str]) -> list[str]:
    """The rules alone."""
    return [line for line in lines if line.startswith(("-", ":", "*"))]


def test_it_is_judged_as_from_its_own_terminal(engines: dict[str, Engine], tmp_path: Path) -> None:
    if "28.5" not in engines:
        pytest.skip("Docker 28.5 is not installed (run .ci/packages)")
    if reason := missing():
        pytest.skip(reason)
    scenario = next(scenario for scenario in SCENARIOS if scenario.name == "docker-28")
    tmp_path.chmod(0o755)
    with Host(scenario, engines["28.5"]) as host:
        path = f"PATH={engines['28.5'].path}"
        sshd = Sshd(host.enclosure, tmp_path, environment=path, port=2022)
        before = state(host)
        for command in (["audit", "--json"], ["show", "--format", "json"]):
            far = sshd.run([*PROGRAM, *command, *THERE])
            assert far.returncode == 0, far.stderr
            near = host.enclosure.run([*PROGRAM, *command])
            if command[0] == "audit":
                there = f" {' '.join(THERE)}"  # what makes rules last is named with the host
                assert there in far.stdout
                assert without_time(far.stdout.replace(there, "")) == without_time(near)
                assert without_time(near)["exposures"]
            else:
                counted = r'"(packets|bytes)": \d+'
                one, other = (re.sub(counted, "", json.dumps(without_time(each)))
                              for each in (far.stdout, near))  # fmt: skip
                assert one == other
        packet = ["--in", "eth0", "--src", "198.51.100.7", "--dst", "203.0.113.1",
                  "--proto", "tcp", "--dport", "8080", "--json"]  # fmt: skip
        traced = sshd.run([*PROGRAM, "trace", *packet, *THERE])
        assert traced.returncode == 0, traced.stderr
        assert traced.stdout == host.enclosure.run([*PROGRAM, "trace", *packet])
        assert state(host) == before
