"""Rules that last on a real Docker host that a real systemd boots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engine.engines import Engine
from tests.engine.host import poll
from tests.engine.running import EARLY_UNIT, RULES_UNIT, Running, running_host
from tests.engine.test_lasting import SCENARIO

from dockerwall.model.boot import RULES
from dockerwall.model.kinds import Family

pytestmark = pytest.mark.engine

UFW = "ufw allow 22/tcp; ufw --force enable; systemctl enable --now ufw.service"
SCENARIOS = {"28.5": replace(SCENARIO, after=f"{SCENARIO.after}\n{UFW}"), "20.10": SCENARIO}
"""By engine: one beside ufw, one alone."""
NEWEST = pytest.mark.parametrize("running", ["28.5"], indirect=True)


@pytest.fixture(scope="module", params=SCENARIOS)
def running(request: pytest.FixtureRequest, engines: dict[str, Engine]) -> Iterator[Running]:
    """A host of each engine for all tests: each leaves it as it was."""
    with running_host(engines, request.param, SCENARIOS[request.param]) as host:
        yield host


@NEWEST
def test_nothing_outside_can_be_written(running: Running, tmp_path: Path) -> None:
    """A boot and a shutdown clear folders, set the kernel and remount file systems."""
    inside = running.machine.enclosure
    for folder in ("/", "/usr", "/root", str(tmp_path), str(Path(__file__).parent)):
        assert inside.attempt(["touch", f"{folder}/dockerwall-test"]).returncode != 0, folder
    assert inside.run(["findmnt", "-n", "-o", "FSTYPE", "/tmp"]) == "tmpfs\n"
    setting = "/proc/sys/vm/swappiness"
    same = ["sh", "-c", 'value=$(cat "$1") && echo "$value" >"$1"', "sh", setting]
    assert inside.attempt(same).returncode != 0
    shutdown = "/usr/lib/systemd/systemd-shutdown"
    assert inside.attempt(["cmp", "/usr/bin/true", shutdown]).returncode == 0


@NEWEST
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
        running.until_too_many_get_in(reached)
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
    running.machine.enclosure.run(["ufw", "reload"])
    running.do("restart", "ufw.service")
    assert running.units() == [RULES_UNIT]
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


@NEWEST
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
