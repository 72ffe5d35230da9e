"""Changes on trial on a real Docker host that a real systemd booted: its timer takes them back."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.engines import Engine
from tests.engine.host import poll
from tests.engine.probe import Probe
from tests.engine.running import Running, running_host
from tests.engine.scenario import Container, Scenario
from tests.engine.systemd import PATH
from tests.reading.sshd import Sshd, missing

pytestmark = pytest.mark.engine

SCENARIO = Scenario(
    "trial",
    "A container that anybody reaches by both families.",
    daemon=("--ipv6", "--fixed-cidr-v6=fd00:d0c::/64"),
    containers=(Container("web", ("8080:80",)),),
)
TRIALS = "dockerwall-trial-*"
SESSION = "session-7.scope"
STATE = '/var/lib/one\'s "own" %h \\x20'
"""A folder whose name is to be taken as it is."""
THERE = ("--ssh", "root@127.0.0.1:2022")


@pytest.fixture(scope="module")
def running(engines: dict[str, Engine]) -> Iterator[Running]:
    """One host for all tests: each leaves it as it was."""
    with running_host(engines, "28.5", SCENARIO, edits=()) as host:
        yield host


def start_in_session(running: Running, *words: str) -> None:
    """Run the program as at a terminal, in a session that stays open after it."""
    program = ["env", f"DOCKERWALL_STATE={STATE}", *running.command(*words)]
    command = ["sh", "-c", '"$@"; exec sleep 600', "sh", *program]
    session = ["systemd-run", "--scope", "--quiet", "--collect", f"--unit={SESSION}", *command]
    running.machine.enclosure.start(session)


def end_session(running: Running) -> None:
    """End everything in the session at once, as logind does with KillUserProcesses=yes."""
    running.do("kill", "--signal=KILL", SESSION)
    poll("the end of the session", lambda: not running.units(SESSION))


def timers(running: Running) -> list[str]:
    """The timers of trials that systemd lists."""
    listed = running.machine.systemctl("list-timers", "--all", TRIALS).splitlines()
    return [word for line in listed for word in line.split() if word.endswith(".timer")]


def ended(running: Running) -> str:
    """The last word of the session's journal; the program is not asked: it would end a trial."""
    read = running.machine.enclosure.attempt(["cat", f"{STATE}/journal.jsonl"])
    return str(json.loads(read.stdout.decode().splitlines()[-1])["event"])


def changed_families(running: Running, before: dict[Probe, bool]) -> set[str]:
    """The families in which somebody gets in who did not, or no longer does."""
    now = running.reached()
    changed = [probe for probe in now if now[probe] is not before[probe]]
    return {"IPv6" if ":" in probe.src else "IPv4" for probe in changed}


def demand_nothing_left(running: Running) -> None:
    """No unit, no timer, no failure, no open trial."""
    poll("the end of the units", lambda: not running.units(TRIALS))
    assert timers(running) == []
    running.demand_health()
    assert b"no change is on trial" in running.run("keep").stderr


def test_nobody_keeps_it_and_its_session_is_killed(running: Running) -> None:
    own, reached = running.own(), running.reached()
    start_in_session(running, "close", "8080", "--yes", "--trial=10")
    poll("the change", lambda: changed_families(running, reached) == {"IPv4", "IPv6"})
    assert len(timers(running)) == 1
    end_session(running)
    for words in ("daemon-reload", "daemon-reexec"):  # as an upgrade of some package does
        running.do(words)
    assert running.own() != own
    poll("the way back", lambda: running.own() == own)
    poll("the journal", lambda: ended(running) == "taken back")
    running.until_as(reached)
    demand_nothing_left(running)


def test_it_is_killed_as_soon_as_its_timer_runs(running: Running) -> None:
    own = running.own()
    start_in_session(running, "close", "8080", "--yes", "--trial=10")
    poll("the timer", lambda: bool(timers(running)))
    end_session(running)
    poll("the journal", lambda: ended(running) == "taken back")
    assert running.own() == own
    demand_nothing_left(running)


@pytest.mark.parametrize("end", ["keep", "undo"])
def test_it_is_decided_in_time(running: Running, end: str) -> None:
    own, reached = running.own(), running.reached()
    closed = running.run("close", "8080", "--yes", "--trial=600")
    assert closed.returncode == 0, closed.stderr
    assert timers(running) != []
    made = running.own()
    assert made != own
    assert running.run(end).returncode == 0
    demand_nothing_left(running)
    assert running.own() == (made if end == "keep" else own)
    if end == "keep":
        assert running.run("undo", "--yes", "--trial=600").returncode == 0
        assert running.run("keep").returncode == 0
        demand_nothing_left(running)
    assert running.own() == own
    running.until_as(reached)


def test_over_ssh_the_watchdog_is_a_unit_there(running: Running, tmp_path: Path) -> None:
    if reason := missing():
        pytest.skip(reason)
    folder = running.machine.folder / "ssh"
    folder.mkdir()
    sshd = Sshd(running.machine.enclosure, folder, environment=f"PATH={PATH}", port=2022)
    own = running.own()
    program = ("env", f"DOCKERWALL_STATE={tmp_path}", sys.executable, "-m", "dockerwall")

    def there(*words: str) -> None:
        done = sshd.run([*program, *words, *THERE])
        assert done.returncode == 0, done.stderr

    there("close", "8080", "--yes", "--trial=10")
    assert [unit.split()[1:] for unit in running.units(TRIALS)] == [["loaded", "active", "running"]]
    assert running.own() != own
    poll("the way back", lambda: running.own() == own)
    poll("the end of the units", lambda: not running.units(TRIALS))

    there("close", "8080", "--yes", "--trial=600")
    assert running.own() != own
    there("undo")
    poll("the end of the units", lambda: not running.units(TRIALS))
    assert running.own() == own
    running.demand_health()
    assert running.machine.enclosure.attempt(["ls", "/run/dockerwall"]).returncode != 0
