"""Rules that last, on a real Docker: after a boot, after a restart, and before Docker is there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.applying.booting import ENVIRONMENT, SYSTEMCTL, unit_words
from tests.engine.engines import Engine
from tests.engine.host import Host, poll
from tests.engine.matrix import matrix, send
from tests.engine.probe import Probe
from tests.engine.scenario import Container, Scenario

from dockerwall.model.boot import EARLY, UNIT

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parent.parent.parent
ENGINES = ("20.10", "28.5")
ALWAYS = ("--restart=always",)
SCENARIO = Scenario(
    "lasting",
    "Two containers that Docker starts by itself, one port of which only some may reach.",
    daemon=("--experimental", "--ip6tables", "--ipv6", "--fixed-cidr-v6=fd00:d0c::/64"),
    containers=(
        Container("web", ("8080:80",), options=ALWAYS),
        Container("db", ("9090:81",), options=ALWAYS),
    ),
    after="""
        ipset create office hash:net
        ipset add office 203.0.113.200
        mkdir -p /run/systemd/system
    """,
)
EDITS = (
    ("only", "203.0.113.9,2001:db8::9", "to", "8080"),
    ("use-set", "office", "for", "9090", "--family=ipv4"),
)


class Booted:
    """A host with edits that were kept, and its boots."""

    def __init__(
        self,
        host: Host,
        path: str,
        edits: Sequence[Sequence[str]] = EDITS,
    ) -> None:
        """`path` is where the program finds others."""
        self.host = host
        self.path = path
        for words in edits:
            assert self.run(*words, "--yes").returncode == 0
            assert self.run("keep").returncode == 0
        self.probes = [probe for probe in matrix(host) if probe.dport in (8080, 9090)]

    def command(self, *words: str) -> list[str]:
        """The command line of the program."""
        environment = [
            f"PATH={self.path}",
            f"PYTHONPATH={ROOT / 'tui'}",
            "PYTHONDONTWRITEBYTECODE=1",
        ]
        return ["env", *environment, sys.executable, "-m", "dockerwall", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """The program's answer to a command."""
        return self.host.enclosure.attempt(self.command(*words))

    def persist(self, *words: str) -> None:
        """Make what is live last."""
        done = self.run("persist", "--yes", *words)
        assert done.returncode == 0, done.stdout + done.stderr

    def unit(self, unit: str = UNIT) -> str:
        """Run what a unit would run; what it says."""
        text = self.host.enclosure.run(["cat", unit])
        done = self.host.enclosure.attempt([*ENVIRONMENT, *unit_words(text)])
        assert done.returncode == 0, done.stderr
        return done.stderr.decode()

    def stop(self) -> None:
        """Stop Docker and all containers."""
        script = (
            "kill $(cat /var/run/docker.pid); while [ -e /var/run/docker.pid ]; do sleep 0.1; done"
        )
        self.host.enclosure.run(["timeout", "30", "sh", "-c", script])

    def start(self) -> None:
        """Start Docker, and wait for its containers."""
        self.host.start_docker()
        poll("the containers", lambda: len(self._running()) == len(SCENARIO.containers))

    def _running(self) -> list[str]:
        return self.host.enclosure.run(["docker", "ps", "-q"]).split()

    def forget(self) -> None:
        """Lose every rule and set, as at a boot."""
        self.host.enclosure.run(["nft", "flush", "ruleset"])
        poll("the end of all sets", self._has_no_set)

    def _has_no_set(self) -> bool:
        self.host.enclosure.attempt(["ipset", "destroy"])
        return not self.host.enclosure.run(["ipset", "list", "-n"]).split()

    def own(self) -> list[str]:
        """The rules in DOCKER-USER of both families, without Docker's own RETURN."""
        lines: list[str] = []
        for program in ("iptables-nft", "ip6tables-nft"):
            lines += self.host.enclosure.run([program, "-S"]).splitlines()
        rules = [line for line in lines if line.startswith("-A DOCKER-USER ")]
        return [rule for rule in rules if rule != "-A DOCKER-USER -j RETURN"]

    def forward(self) -> list[str]:
        """The first rules of FORWARD, as targets."""
        lines = self.host.enclosure.run(["iptables-nft", "-S", "FORWARD"]).splitlines()
        return [line.split(" -j ")[-1] for line in lines[1:]]

    def reached(self) -> dict[Probe, bool]:
        """Who reaches the ports now; a server that has just started may take a moment."""
        return {probe: outcome.reached for probe, outcome in send(self.host, self.probes)}

    def until_as(self, expected: dict[Probe, bool]) -> None:
        """Wait until exactly these probes get in; fail with those that should not at once."""

        def settled() -> bool:
            now = self.reached()
            assert not [probe for probe in now if now[probe] and not expected[probe]]
            return now == expected

        poll("the servers", settled)


@pytest.fixture(params=ENGINES)
def booted(
    request: pytest.FixtureRequest, engines: dict[str, Engine], tmp_path: Path
) -> Iterator[Booted]:
    """A host of each engine, whose rules were edited and kept."""
    if request.param not in engines:
        pytest.skip(f"Docker {request.param} is not installed (run .ci/packages)")
    (tmp_path / "systemctl").write_text(SYSTEMCTL)
    (tmp_path / "systemctl").chmod(0o755)
    engine = engines[request.param]
    with Host(SCENARIO, engine) as host:
        yield Booted(host, f"{tmp_path}:{engine.path}")


def test_after_a_boot_the_same_sources_get_in(booted: Booted) -> None:
    booted.persist()
    own, reached = booted.own(), booted.reached()
    booted.stop()
    booted.forget()
    booted.start()
    assert booted.own() != own
    assert "rules restored" in booted.unit()
    assert booted.own() == own
    booted.until_as(reached)
    assert "restored" not in booted.unit()
    assert booted.run("persist", "--status").returncode == 0


def test_a_restart_of_docker_changes_nothing(booted: Booted) -> None:
    booted.persist()
    own, reached = booted.own(), booted.reached()
    booted.stop()
    booted.start()
    assert booted.own() == own
    assert "restored" not in booted.unit()
    booted.until_as(reached)
    flushed = ["iptables-nft", "-F", "DOCKER-USER"]
    booted.host.enclosure.run(flushed)
    assert "rules restored" in booted.unit()
    assert booted.own() == own
    booted.until_as(reached)


def test_with_the_early_unit_nobody_gets_in_meanwhile(booted: Booted) -> None:
    booted.persist("--early")
    own, reached = booted.own(), booted.reached()
    booted.stop()
    booted.forget()
    booted.unit(EARLY)
    booted.start()
    assert booted.forward()[0] == "DOCKER-USER"  # Docker kept what it found
    assert booted.own() == own
    booted.until_as(reached)
    assert "restored" not in booted.unit()


def test_removal_leaves_no_file_behind(booted: Booted) -> None:
    listing = ["sh", "-c", "find /etc -newermt '-1 day' -type f -o -type l | sort | xargs ls -ld"]
    before = booted.host.enclosure.run(listing)
    own = booted.own()
    booted.persist("--early")
    assert booted.host.enclosure.run(listing) != before
    assert booted.run("persist", "--remove", "--yes").returncode == 0
    assert booted.host.enclosure.run(listing) == before
    assert booted.own() == own
