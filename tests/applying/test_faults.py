"""Whatever goes wrong, the rules end as they were or as they were to be, and the journal tells."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.applying.machine import Machine, missing
from tests.applying.test_apply import ALLOW, BOTH, V4, V6
from tests.engine.host import poll

from dockerwall.applying.document import plan_document
from dockerwall.model.kinds import Variant

pytestmark = pytest.mark.kernel

STEPS = 14
"""Dealings with the machine while BOTH is made in the nft variant: looked at, tested, backed up,
planned, put on trial, armed, committed, read back, handed over, and the journal in between."""


def watchdogs(machine: Machine) -> list[int]:
    """The processes that wait for the end of a trial, by the machine's own numbers."""
    listed = machine.enclosure.attempt(["pgrep", "-f", "^[^ ]*python.*applying.watchdog"])
    return [int(line) for line in listed.stdout.split()]


def shim(folder: Path, program: str, script: str) -> str:
    """A folder whose program of this name is a shell script; for the machine's PATH."""
    path = folder / program
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(folder)


@pytest.fixture
def shimmed(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose PATH begins with `tmp_path`."""
    if reason := missing():
        pytest.skip(reason)
    with Machine(Variant.NFT, path=str(tmp_path)) as made:
        yield made


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_killed_at_every_step(nft_machine: Machine, step: int) -> None:
    """Before its trial is over the change may be there in part; afterwards it is not."""
    before = nft_machine.chains()
    plan = nft_machine.plan(*BOTH)
    done = nft_machine.apply(plan, seconds=4, step=step)
    assert done.returncode == 128 + signal.SIGKILL or done.returncode == -signal.SIGKILL
    if "armed" in nft_machine.events():
        nft_machine.until_settled()
    else:  # no watchdog yet, and nothing to take back: the next commands tidy up
        poll("the end", lambda: not (nft_machine.run("history") and nft_machine.open_trials()))
    assert nft_machine.chains() == before
    assert nft_machine.events() in (
        [],
        ["planned"],
        ["planned", "taken back"],
        ["planned", "armed", "taken back"],
    )


def test_there_are_no_more_steps(nft_machine: Machine) -> None:
    done = nft_machine.apply(nft_machine.plan(*BOTH), step=STEPS + 1)
    assert done.returncode == 0


def test_killed_while_on_trial_and_kept_from_elsewhere(nft_machine: Machine) -> None:
    plan = nft_machine.plan(*BOTH)
    nft_machine.apply(plan)  # that process has ended
    assert nft_machine.run("keep").returncode == 0
    assert {w: nft_machine.rules(w.family) for w in plan.chains} == plan.after


def test_half_a_change_cannot_be_kept(nft_machine: Machine) -> None:
    before = nft_machine.chains()
    nft_machine.apply(nft_machine.plan(*BOTH), seconds=30, step=STEPS - 3)
    kept = nft_machine.run("keep")
    assert kept.returncode == 4
    assert "cut short" in kept.stderr
    assert nft_machine.run("undo").returncode == 0
    assert nft_machine.chains() == before


def test_a_killed_watchdog_is_made_good_by_the_next_command(nft_machine: Machine) -> None:
    before = nft_machine.chains()
    nft_machine.apply(nft_machine.plan(*BOTH), seconds=3)
    for process in watchdogs(nft_machine):
        nft_machine.enclosure.run(["kill", "-KILL", str(process)])

    def settled() -> bool:
        said = nft_machine.run("history").stderr
        return "taken back: it was not confirmed in time" in said

    poll("the change being taken back", settled)
    assert nft_machine.chains() == before
    assert nft_machine.events()[-1] == "taken back"


def test_a_watchdog_told_to_end_takes_back_first(nft_machine: Machine) -> None:
    before = nft_machine.chains()
    nft_machine.apply(nft_machine.plan(*BOTH), seconds=60)
    for process in watchdogs(nft_machine):
        for number in ("HUP", "INT", "QUIT", "TERM"):
            nft_machine.enclosure.run(["kill", f"-{number}", str(process)])
    nft_machine.until_settled()
    assert nft_machine.chains() == before
    assert "told to end" in nft_machine.journal()[-1]["reason"]


def test_the_terminal_is_closed(nft_machine: Machine, tmp_path: Path) -> None:
    """The whole session is hung up while the change is on trial."""
    before = nft_machine.chains()
    plan = tmp_path / "plan"
    plan.write_text(json.dumps(plan_document(nft_machine.plan(*BOTH))))
    driver = f"{sys.executable} -m tests.applying.driver 3 <{plan}; sleep 60"
    process, terminal = pty.fork()
    if process == 0:
        argv = nft_machine.enclosure.inside(["sh", "-c", driver])
        os.execvpe(argv[0], argv, nft_machine.environment)
    poll("the change", lambda: nft_machine.events()[-1:] == ["applied"])
    os.close(terminal)
    os.waitpid(process, 0)
    assert watchdogs(nft_machine)
    assert nft_machine.chains() != before
    nft_machine.until_settled()
    assert nft_machine.chains() == before
    assert nft_machine.events()[-1] == "taken back"


def test_a_full_pipe_stops_nothing(nft_machine: Machine) -> None:
    """Nobody reads what the program prints; the change goes back all the same."""
    before = nft_machine.chains()
    plan = json.dumps(plan_document(nft_machine.plan(*BOTH)))
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(writer, bytes(65536)):
            pass
    os.set_blocking(writer, True)
    driver = nft_machine.enclosure.inside([sys.executable, "-m", "tests.applying.driver", "1"])
    with subprocess.Popen(
        driver, stdin=subprocess.PIPE, stdout=writer, env=nft_machine.environment, cwd="/"
    ) as stuck:
        os.close(writer)
        assert stuck.stdin is not None
        stuck.stdin.write(plan.encode())
        stuck.stdin.close()
        poll("the change", lambda: "applied" in nft_machine.events())
        nft_machine.until_settled()
        assert nft_machine.chains() == before
        assert stuck.poll() is None
        os.close(reader)


def test_the_disk_is_full_for_the_journal(nft_machine: Machine) -> None:
    before = nft_machine.chains()
    nft_machine.enclosure.script(
        """
        mkdir -p /var/lib/dockerwall
        mount -t tmpfs -o size=64k,mode=700 tmpfs /var/lib/dockerwall
        mkdir -m 700 /var/lib/dockerwall/backups /var/lib/dockerwall/backups/earlier
        head -c 1000000 /dev/zero >/var/lib/dockerwall/filling || true
        """
    )
    refused = nft_machine.apply(nft_machine.plan(*BOTH))
    assert refused.returncode == 4
    assert "No space left" in refused.stdout
    assert nft_machine.chains() == before
    assert nft_machine.events() == []
    assert nft_machine.open_trials() == []


def test_the_disk_fills_while_on_trial(nft_machine: Machine) -> None:
    """Room for the last entry was set aside before."""
    before = nft_machine.chains()
    nft_machine.enclosure.script(
        """
        mkdir -p /var/lib/dockerwall
        mount -t tmpfs -o size=512k,mode=700 tmpfs /var/lib/dockerwall
        """
    )
    assert nft_machine.apply(nft_machine.plan(*BOTH), seconds=2).returncode == 0
    nft_machine.enclosure.script("head -c 1000000 /dev/zero >/var/lib/dockerwall/filling || true")
    nft_machine.until_settled()
    assert nft_machine.chains() == before
    assert nft_machine.events() == ["planned", "armed", "applied", "taken back"]


def test_the_xtables_lock_is_held() -> None:
    """For longer than anybody waits: refused, and the holder is named."""
    if reason := missing():
        pytest.skip(reason)
    with Machine(Variant.LEGACY) as machine:
        before = machine.chains()
        plan = machine.plan(*BOTH)
        holder = machine.enclosure.start(["flock", "/run/xtables.lock", "sleep", "600"])
        poll("the lock", lambda: _is_locked(machine))
        refused = machine.apply(plan)
        assert refused.returncode == 4
        assert "flock" in refused.stdout
        assert "xtables lock" in refused.stdout
        holder.terminate()
        machine.enclosure.attempt(["pkill", "-f", "^sleep 600"])
        poll("the end of the lock", lambda: not _is_locked(machine))
        assert machine.chains() == before


def test_the_watchdog_waits_for_the_xtables_lock() -> None:
    """Held at the deadline for ten seconds: the change goes back afterwards."""
    if reason := missing():
        pytest.skip(reason)
    with Machine(Variant.LEGACY) as machine:
        before = machine.chains()
        machine.apply(machine.plan(*BOTH), seconds=3)
        machine.enclosure.start(["flock", "/run/xtables.lock", "sleep", "10"])
        poll("the lock", lambda: _is_locked(machine))
        poll("the end of the trial", lambda: machine.events()[-1] == "taken back")
        assert machine.chains() == before


def _is_locked(machine: Machine) -> bool:
    tried = machine.enclosure.attempt(["flock", "-n", "/run/xtables.lock", "true"])
    return tried.returncode != 0


def test_two_copies_at_once(nft_machine: Machine) -> None:
    """One of them makes its change, the other is refused; nothing is mixed."""
    plans = [nft_machine.plan((V4, True, n, f"-s 203.0.113.{n}/32 -j DROP")) for n in (1, 2)]
    driver = nft_machine.enclosure.inside([sys.executable, "-m", "tests.applying.driver", "60"])
    running = [
        subprocess.Popen(driver, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         env=nft_machine.environment, cwd="/")
        for _ in plans
    ]  # fmt: skip
    for process, plan in zip(running, plans, strict=True):
        assert process.stdin is not None
        process.stdin.write(json.dumps(plan_document(plan)).encode())
        process.stdin.close()
    statuses = []
    for process in running:
        assert process.stdout is not None
        process.stdout.read()
        process.stdout.close()
        statuses.append(process.wait())
    assert sorted(statuses) == [0, 4]
    made = plans[statuses.index(0)]
    assert nft_machine.rules(V4) == made.after[nft_machine.where(V4)]
    assert nft_machine.events() == ["planned", "armed", "applied"]


def test_ipv6_fails_after_ipv4_passed(shimmed: Machine, tmp_path: Path) -> None:
    """As when another program takes the kernel's memory away in between."""
    before = shimmed.chains()
    real = "/usr/sbin/ip6tables-nft-restore"
    script = f'case "$*" in *--test*) exec {real} "$@";; esac\necho no memory >&2; exit 4'
    shim(tmp_path, "ip6tables-nft-restore", script)
    failed = shimmed.apply(shimmed.plan(*BOTH))
    assert failed.returncode == 5, failed.stdout
    assert "no memory" in failed.stdout
    assert shimmed.chains() == before
    assert shimmed.events() == ["planned", "armed", "taken back"]
    assert shimmed.open_trials() == []


def test_ended_while_the_kernel_is_at_it(shimmed: Machine, tmp_path: Path) -> None:
    """The program is killed, iptables-restore goes on and commits after the deadline."""
    before = shimmed.chains()
    real = "/usr/sbin/iptables-nft-restore"
    gate = tmp_path / "gate"
    script = (
        f'case "$*" in *--test*) exec {real} "$@";; esac\n'
        f"cat >{tmp_path}/script; touch {tmp_path}/reached\n"
        f"while [ ! -e {gate} ]; do sleep 0.05; done\n"
        f'exec {real} "$@" <{tmp_path}/script'
    )
    shim(tmp_path, "iptables-nft-restore", script)
    plan = json.dumps(plan_document(shimmed.plan((V4, True, 1, ALLOW))))
    driver = [sys.executable, "-m", "tests.applying.driver", "1"]
    with subprocess.Popen(
        shimmed.enclosure.inside(driver),
        stdin=subprocess.PIPE,
        env=shimmed.environment,
        cwd="/",
    ) as running:
        assert running.stdin is not None
        running.stdin.write(plan.encode())
        running.stdin.close()
        poll("the transaction", (tmp_path / "reached").exists)
        listed = shimmed.enclosure.run(["pgrep", "-f", "tests.applying.driver"])
        shimmed.enclosure.run(["kill", "-KILL", *listed.split()])
        back = f"{shimmed.enclosure.run(['sh', '-c', 'ls /var/lib/dockerwall/trials'])}"
        assert back
        poll("the deadline", lambda: any(n.endswith(".back") for n in shimmed.open_trials()))
        gate.touch()
        shimmed.until_settled()
    assert shimmed.chains() == before
    assert shimmed.events() == ["planned", "armed", "taken back"]


def test_no_watchdog_no_change(shimmed: Machine, tmp_path: Path) -> None:
    """The interpreter cannot be started again: nothing is touched."""
    before = shimmed.chains()
    shim(tmp_path, "python-broken", "exit 1")
    code = (
        "import sys; from tests.applying import driver; "
        f"sys.executable = '{tmp_path}/python-broken'; sys.exit(driver.main(['60']))"
    )
    refused = subprocess.run(
        shimmed.enclosure.inside([sys.executable, "-c", code]),
        input=json.dumps(plan_document(shimmed.plan(*BOTH))),
        capture_output=True,
        text=True,
        check=False,
        env=shimmed.environment,
        cwd="/",
    )
    assert refused.returncode == 4, refused.stderr
    assert "no change without a way back" in refused.stdout
    assert shimmed.chains() == before
    assert shimmed.events() == ["planned", "failed"]
    assert shimmed.open_trials() == []


def test_the_host_restarts_while_on_trial(nft_machine: Machine) -> None:
    """The rules went with the kernel that held them, and those of now are left alone."""
    plan = nft_machine.plan(*BOTH)
    nft_machine.apply(plan, seconds=600)
    for process in watchdogs(nft_machine):
        nft_machine.enclosure.run(["kill", "-KILL", str(process)])
    nft_machine.enclosure.script(
        "echo 11111111-2222-3333-4444-555555555555 >/run/boot_id;"
        "mount --bind /run/boot_id /proc/sys/kernel/random/boot_id"
    )
    assert "on trial" not in nft_machine.run("--read-only", "history").stdout
    shown = nft_machine.run("history")
    assert "is lost: the host restarted before the change was confirmed" in shown.stderr
    assert "lost: A change for a test" in shown.stdout
    assert nft_machine.events() == ["planned", "armed", "applied", "lost"]
    assert nft_machine.open_trials() == []
    assert {w: nft_machine.rules(w.family) for w in plan.chains} == plan.after


def test_the_other_family_is_left_alone(machine: Machine) -> None:
    before = machine.rules(V6)
    machine.apply(machine.plan(BOTH[0]), seconds=3)
    assert machine.rules(V6) == before
    machine.until_settled()
    assert machine.rules(V6) == before
