"""A host far away: what a refresh costs over a link with 100 ms delay and 1 Mbit/s.

Counted, not timed: ssh's own bytes, and how often one side had to wait for the other.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from tests.bench.large_host import write_large_host
from tests.engine.enclosure import Enclosure
from tests.kernel.topology import can_build
from tests.reading.sshd import Sshd, missing
from tests.reading.test_ssh import ENVIRONMENT

from dockerwall.reading.destination import parse_destination
from dockerwall.reading.remote import RemoteHost
from dockerwall.reading.remote_shell import RemoteShell

pytestmark = pytest.mark.kernel

FAR = parse_destination("root@127.0.0.1")
RULES, PORTS = 1000, 100
LARGEST = 30_000
"""Bytes that one refresh may cost, both ways together."""
_DOCKER = """#!/bin/sh
case "$*" in
version*) cat {folder}/docker-version.json ;;
info*) echo "$(hostname) $(uname -r) $(cat {folder}/docker-info.json)" ;;
"ps "*) echo one ;;
inspect*) cat {folder}/inspected ;;
"network ls"*) echo two ;;
*) cat {folder}/docker-networks.json ;;
esac
"""


def with_counters(text: str, chance: random.Random) -> str:
    """Rules of which each has counted something else."""
    return re.sub(
        r"^(\[\d+:\d+\] )?-A",
        lambda _: f"[{chance.randrange(10**6)}:{chance.randrange(10**9)}] -A",
        text,
        flags=re.M,
    )


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Sshd]:
    """A large host at the far end of a slow wire."""
    if reason := can_build() or missing():
        pytest.skip(reason)
    tmp_path.chmod(0o755)
    folder = write_large_host(tmp_path / "large", PORTS, RULES)
    containers = json.loads((folder / "docker-containers.json").read_text())
    (folder / "inspected").write_text("".join(json.dumps(each) + ",\n" for each in containers))
    docker = tmp_path / "docker"
    docker.write_text(_DOCKER.format(folder=folder))
    docker.chmod(0o755)
    with Enclosure("far", ENVIRONMENT) as enclosure:
        there = "for path in /usr/local/bin/docker /usr/bin/docker; do"
        enclosure.script(f"{there} test ! -e $path || mount --bind {docker} $path; done")
        for program in ("iptables", "ip6tables"):
            text = (folder / f"{program}-save.nft").read_text()
            enclosure.run([f"{program}-nft-restore"], text)
        sshd = Sshd(enclosure, tmp_path)
        relay = Path(__file__).parent / "slow_relay.py"
        command = f"ProxyCommand={sys.executable} {relay} %h %p {tmp_path / 'wire'}"
        sshd.ssh = (*sshd.ssh, "-o", command)
        yield sshd


class Wire:
    """What went over the wire, as the relay noted it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = 0

    def since(self) -> tuple[int, int]:
        """Bytes since the last time, and how often the host answered after it was spoken to."""
        lines = self._path.read_text().splitlines()
        new, self._seen = lines[self._seen :], len(lines)
        ways = [line[0] for line in new if line[0] != "+"]
        turns = sum(1 for one, other in pairwise(ways) if (one, other) == (">", "<"))
        return sum(int(line[2:]) for line in new), turns


def test_a_refresh_is_one_round_trip_and_at_most_30_kilobytes(far: Sshd) -> None:
    shell = far.inside(lambda: RemoteShell(FAR, ssh=far.ssh))
    wire = Wire(far.folder / "wire")
    host = RemoteHost(FAR, lambda: shell)
    host.open(shell)
    snapshot = host.read()
    (rules,) = (saved for (_, family), saved in snapshot.rules.items() if family == "ipv4")
    assert rules.ruleset.rule_count > RULES
    assert snapshot.docker is not None
    assert len(snapshot.docker.containers or ()) == PORTS
    chance = random.Random(1)
    costs = []
    for _ in range(4):
        saved = far.enclosure.run(["iptables-nft-save"])
        far.enclosure.run(["iptables-nft-restore", "-c"], with_counters(saved, chance))
        wire.since()
        again = host.read()
        costs.append(wire.since())
        assert [saved.ruleset for saved in again.rules.values()] == [
            saved.ruleset for saved in snapshot.rules.values()
        ]
    assert max(cost for cost, _ in costs) <= LARGEST, costs
    assert {turns for _, turns in costs} == {1}, costs
    host.close()
