"""A host that systemd booted, with edits that were kept: its units, and who gets in meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.engine import systemd
from tests.engine.engines import Engine
from tests.engine.host import poll
from tests.engine.probe import Probe
from tests.engine.scenario import Scenario
from tests.engine.systemd import PATH, SystemdHost
from tests.engine.test_lasting import EDITS, SCENARIO, Booted

from dockerwall.model.boot import UNIT

RULES_UNIT = "dockerwall-rules.service loaded active exited"
EARLY_UNIT = "dockerwall-rules-early.service loaded active exited"
WATCH_UNIT = "dockerwall-rules-firewalld.service loaded active running"
HELD = """
[Service]
ExecStartPre=/bin/sh -c 'until test -e /run/released; do sleep 0.1; done'
"""
"""So that a test can look at what is open before the unit has run."""
LISTING = """
find /etc -printf '%p %y %m %U %G %l\\n' | sort
find /etc -type f | sort | xargs cksum
"""


class Running(Booted):
    """A host that systemd booted, whose rules were edited and kept."""

    def __init__(self, host: SystemdHost, edits: Sequence[Sequence[str]] = EDITS) -> None:
        """Make the edits."""
        super().__init__(host, PATH, edits)
        self.machine = host

    def units(self, kind: str = "dockerwall-*") -> list[str]:
        """Every unit of this program that systemd knows, and how it stands."""
        listed = self.machine.systemctl("list-units", "--all", kind)
        return sorted(" ".join(line.split()[:4]) for line in listed.splitlines())

    def do(self, *words: str) -> None:
        """Have systemd do something to units, and wait until nothing is left to do."""
        self.machine.enclosure.run(["systemctl", *words])
        self.machine.until_settled()

    def stop_docker(self) -> None:
        """Stop Docker, and forget how often it was started: systemd refuses after three times."""
        self.do("stop", "docker.socket", "docker.service")
        self.do("reset-failed", "docker.socket", "docker.service")

    def hold(self) -> None:
        """Have the unit that runs after Docker wait until it is released."""
        script = 'mkdir -p "$1.d" && cat >"$1.d/held.conf"'
        self.machine.enclosure.run(["sh", "-c", script, "sh", UNIT], HELD)
        self.do("daemon-reload")

    def release(self) -> None:
        """Let it run, this time and always."""
        self.machine.enclosure.run(["touch", "/run/released"])
        self.machine.until_settled()
        self.machine.enclosure.run(["rm", "-r", f"{UNIT}.d", "/run/released"])
        self.do("daemon-reload")

    def files(self) -> str:
        """Every file of /etc, and what is in it."""
        return self.machine.enclosure.script(LISTING)

    def demand_health(self) -> None:
        """Nothing has failed, and systemd found no fault with units and their order."""
        assert self.machine.systemctl("--failed") == ""
        said = self.machine.enclosure.run(["journalctl", "-b", "--no-pager", "-o", "cat"])
        assert "Started" in said
        assert "ordering cycle" not in said
        assert [
            line for line in said.splitlines() if "dockerwall" in line and "Ignoring" in line
        ] == []

    def remove(self) -> None:
        """Have the rules last no longer."""
        done = self.run("persist", "--remove", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr

    @contextmanager
    def watched(self) -> Iterator[dict[bool, list[Probe]]]:
        """Every way in tried over and over from the Internet until the end of the block.

        What is given is filled at the end: who got in at any time, and who never did.
        """
        ways = {f"{p.src},{p.dst},{p.dport}": p for p in self.probes if p.vantage == "internet"}
        found: dict[bool, list[Probe]] = {True: [], False: []}
        with self.machine.vantages["internet"].knocking([*ways]) as knocked:
            yield found
        for way, (_, answered) in knocked.items():
            found[answered > 0].append(ways[way])

    def until_too_many_get_in(self, allowed: dict[Probe, bool]) -> None:
        """Wait for the containers' servers, while their ports are open to everybody."""

        def is_open() -> bool:
            now = self.reached()
            return any(now[probe] and not allowed[probe] for probe in now)

        poll("a way in", is_open)


@contextmanager
def running_host(
    engines: dict[str, Engine],
    version: str,
    scenario: Scenario = SCENARIO,
    edits: Sequence[Sequence[str]] = EDITS,
) -> Iterator[Running]:
    """A host booted by systemd; skips where there can be none."""
    with (
        TemporaryDirectory() as folder,
        new_host(engines, version, scenario, Path(folder)) as host,
    ):
        yield Running(host, edits)


def new_host(
    engines: dict[str, Engine], version: str, scenario: Scenario, folder: Path
) -> SystemdHost:
    """A host that systemd will boot; skips where there can be none."""
    if version not in engines:
        pytest.skip(f"Docker {version} is not installed (run .ci/packages)")
    if reason := systemd.missing():
        pytest.skip(reason)
    return SystemdHost(scenario, engines[version], folder)
