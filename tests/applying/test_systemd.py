"""Where systemd runs, its timer is the watchdog; where it fails, a process of our own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.applying.machine import Machine, missing
from tests.applying.test_apply import BOTH
from tests.applying.test_faults import watchdogs

from dockerwall.model.kinds import Variant

pytestmark = pytest.mark.kernel

# What systemd does with the words that matter here: it waits, then runs the command with nothing
# but the given environment, as nobody's child.
SYSTEMD_RUN = """#!/bin/sh
printf '%s\\n' "$@" >"${0%/*}/words"
settings=
while :; do
    case "$1" in
        --on-active=*) wait=${1#--on-active=} ;;
        --setenv=*) settings="$settings ${1#--setenv=}" ;;
        --*) ;;
        *) break ;;
    esac
    shift
done
setsid sh -c 'sleep "$1"; shift; exec "$@"' sh "$wait" env -i $settings "$@" \\
    </dev/null >/dev/null 2>&1 &
"""


@pytest.fixture
def booted(tmp_path: Path) -> Iterator[Machine]:
    """A machine that looks as if systemd ran on it."""
    if reason := missing():
        pytest.skip(reason)
    _program(tmp_path, "systemd-run", SYSTEMD_RUN)
    _program(tmp_path, "systemctl", '#!/bin/sh\n[ "$1" = is-active ] && echo active\nexit 0\n')
    with Machine(Variant.NFT, path=str(tmp_path)) as made:
        made.enclosure.run(["mkdir", "-p", "/run/systemd/system"])
        yield made


def _program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(script)
    (folder / name).chmod(0o755)


def test_a_timer_takes_the_change_back(booted: Machine, tmp_path: Path) -> None:
    before = booted.chains()
    done = booted.apply(booted.plan(*BOTH), seconds=1)
    assert done.returncode == 0, done.stdout
    assert "systemd timer dockerwall-trial-" in done.stdout
    assert watchdogs(booted) == []
    words = (tmp_path / "words").read_text().splitlines()
    assert "--on-active=1s" in words
    assert any(word.startswith("--unit=dockerwall-trial-") for word in words)
    booted.until_settled()
    assert booted.chains() == before
    assert booted.events() == ["planned", "armed", "applied", "taken back"]
    assert booted.journal()[1]["watchdog"] == "detached process"
    assert booted.journal()[2]["watchdog"].startswith("systemd timer ")


def test_until_its_timer_runs_a_process_waits(booted: Machine, tmp_path: Path) -> None:
    """Killed before systemd was asked, the program leaves a watchdog behind all the same."""
    before = booted.chains()
    booted.apply(booted.plan(*BOTH), seconds=3, in_force="kill -KILL $PPID")
    assert len(watchdogs(booted)) == 1
    assert not (tmp_path / "words").exists()
    booted.until_settled()
    assert booted.chains() == before
    assert booted.events() == ["planned", "armed", "taken back"]


def test_the_time_is_over_while_systemd_is_asked(booted: Machine, tmp_path: Path) -> None:
    """The process takes the change back, and a timer that comes later finds nothing to do."""
    slow = SYSTEMD_RUN.replace("settings=\n", "settings=\nsleep 4\n", 1)
    _program(tmp_path, "systemd-run", slow)
    before = booted.chains()
    late = booted.apply(booted.plan(*BOTH), seconds=2)
    assert late.returncode == 5, late.stdout
    booted.until_settled()
    assert booted.chains() == before
    assert booted.events() == ["planned", "armed", "taken back"]


def test_a_kept_change_is_left_alone_by_its_timer(booted: Machine) -> None:
    plan = booted.plan(*BOTH)
    booted.apply(plan, seconds=30)
    assert booted.run("keep").returncode == 0
    assert {w: booted.rules(w.family) for w in plan.chains} == plan.after


def test_without_a_timer_a_process_waits(booted: Machine, tmp_path: Path) -> None:
    _program(tmp_path, "systemd-run", "#!/bin/sh\nexit 1\n")
    before = booted.chains()
    done = booted.apply(booted.plan(*BOTH), seconds=1)
    assert done.returncode == 0, done.stdout
    assert "detached process" in done.stdout
    booted.until_settled()
    assert booted.chains() == before
    assert booted.events().count("taken back") == 1


@pytest.mark.parametrize("sign", [";", "$"])
def test_what_systemd_would_garble_is_not_left_to_it(booted: Machine, sign: str) -> None:
    booted.environment["DOCKERWALL_STATE"] = f"/var/lib/a{sign}b"
    done = booted.apply(booted.plan(*BOTH), seconds=60)
    assert done.returncode == 0, done.stdout
    assert "detached process" in done.stdout
    assert booted.run("undo").returncode == 0
