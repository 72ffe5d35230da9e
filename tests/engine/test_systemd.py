"""Rules that last on a real Docker host that a real systemd boots."""

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

from dockerwall.model.boot import RULES, UNIT
from dockerwall.model.kinds import Family

pytestmark = pytest.mark.engine

ENGINES = ("20.10", "28.5")
RULES_UNIT = "dockerwall-rules.service loaded active exited"
EARLY_UNIT = "dockerwall-rules-early.service loaded active exited"
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
        """Nothing has failed, and systemd found no order that cannot be kept."""
        assert self.machine.systemctl("--failed") == ""
        said = self.machine.enclosure.run(["journalctl", "-b", "--no-pager", "-o", "cat"])
        assert "Started" in said
        assert "ordering cycle" not in said

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

    def until_somebody_gets_in(self) -> None:
        """Wait for the containers' servers."""
        poll("a way in", lambda: any(self.reached().values()))


@contextmanager
def running_host(
    engines: dict[str, Engine],
    version: str,
    scenario: Scenario = SCENARIO,
    edits: Sequence[Sequence[str]] = EDITS,
) -> Iterator[Running]:
    """A host booted by systemd; skips where there can be none."""
    if version not in engines:
        pytest.skip(f"Docker {version} is not installed (run .ci/packages)")
    if reason := systemd.missing():
        pytest.skip(reason)
    with (
        TemporaryDirectory() as folder,
        SystemdHost(scenario, engines[version], Path(folder)) as host,
    ):
        yield Running(host, edits)


@pytest.fixture(scope="module", params=ENGINES)
def running(request: pytest.FixtureRequest, engines: dict[str, Engine]) -> Iterator[Running]:
    """A host of each engine for all tests: each leaves it as it was."""
    with running_host(engines, request.param) as host:
        yield host


def test_after_a_boot_and_every_start_of_docker_the_rules_are_back(running: Running) -> None:
    own, reached, files = running.own(), running.reached(), running.files()
    assert running.units() == []
    running.persist()
    assert running.units() == [RULES_UNIT]
    assert running.machine.systemctl("is-enabled", "dockerwall-rules.service") == "enabled\n"

    running.hold()
    running.machine.shut_down()
    with running.watched() as seen:
        running.machine.boot()
        running.until_somebody_gets_in()
    assert [probe for probe in seen[True] if not reached[probe]]  # what --early is for
    running.release()
    assert running.own() == own
    running.until_as(reached)
    running.demand_health()
    assert running.run("persist", "--status").returncode == 0

    running.stop_docker()
    assert running.units() == ["dockerwall-rules.service loaded inactive dead"]
    running.forget()
    running.do("start", "docker.service")
    assert running.own() == own
    for words in (["restart", "docker.service"], ["kill", "--signal=KILL", "docker.service"]):
        running.machine.enclosure.run(["iptables-nft", "-F", "DOCKER-USER"])
        running.machine.enclosure.run(["systemctl", *words])
        poll("the rules", lambda: running.own() == own)
        running.machine.until_settled()
    running.do("restart", "dockerwall-rules.service")
    assert running.own() == own
    running.until_as(reached)
    running.demand_health()

    running.remove()
    assert running.units() == []
    assert running.files() == files
    assert running.own() == own
    running.stop_docker()
    running.do("start", "docker.service")


def test_with_the_early_unit_nobody_gets_in_at_any_moment(running: Running) -> None:
    own, reached, files = running.own(), running.reached(), running.files()
    running.persist("--early")
    running.hold()
    running.machine.shut_down()
    with running.watched() as at_boot:
        running.machine.boot()
        running.until_as(reached)
    assert [probe for probe in at_boot[True] if not reached[probe]] == []
    assert [probe for probe in at_boot[False] if reached[probe]] == []
    running.release()

    running.hold()
    with running.watched() as at_start:
        running.stop_docker()
        running.forget()
        running.machine.enclosure.run(["systemctl", "start", "--no-block", "docker.service"])
        running.until_as(reached)
    assert [probe for probe in at_start[True] if not reached[probe]] == []
    assert running.units()[0] == EARLY_UNIT
    running.release()
    assert running.own() == own
    assert running.units() == [EARLY_UNIT, RULES_UNIT]
    running.demand_health()
    assert running.run("persist", "--status").returncode == 0
    running.remove()
    assert running.units() == []
    assert running.files() == files


def test_a_unit_that_failed_is_gone_when_it_is_removed(running: Running) -> None:
    files = running.files()
    running.persist()
    spoil = ["sh", "-c", 'echo "-A DOCKER-USER -j NOWHERE" >>"$1"', "sh", RULES[Family.IPV4]]
    running.machine.enclosure.run(spoil)
    running.machine.enclosure.attempt(["systemctl", "restart", "dockerwall-rules.service"])
    assert running.units() == ["dockerwall-rules.service loaded failed failed"]
    assert "NOTHING of them is restored" in running.machine.journal("dockerwall-rules.service")
    running.remove()
    assert running.units() == []
    assert running.files() == files
    running.demand_health()
