"""Changing a host over SSH: on trial there, taken back there, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.engine.enclosure import Enclosure
from tests.engine.host import poll
from tests.kernel.topology import can_build
from tests.reading.sshd import Sshd, missing
from tests.reading.test_ssh import ENVIRONMENT

pytestmark = pytest.mark.kernel

PROGRAM = (sys.executable, "-m", "dockerwall")
THERE = ("--ssh", "root@127.0.0.1")
RULES = """*filter
:FORWARD ACCEPT [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -s 192.0.2.1/32 -j RETURN
-A DOCKER-USER -s 192.0.2.2/32 -j RETURN
COMMIT
"""
INSERT = ("insert", "DOCKER-USER", "1", "-s 198.51.100.7/32 -j DROP", "--family", "ipv4", "--yes")


class Far:
    """A machine that is only reached over SSH, and the folder where its journal is kept here."""

    def __init__(self, sshd: Sshd, folder: Path) -> None:
        self.sshd = sshd
        self.folder = folder

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        argv = ["env", f"DOCKERWALL_STATE={self.folder}", *PROGRAM, *words, *THERE]
        return self.sshd.run(argv)

    def rules(self) -> list[str]:
        printed = self.sshd.enclosure.run(["iptables-nft", "-S", "DOCKER-USER"])
        return [line for line in printed.splitlines() if line.startswith("-A")]

    def leftovers(self) -> str:
        """What is there of a change: files, and processes."""
        return self.sshd.enclosure.script(
            "find /run/dockerwall 2>/dev/null || true; pgrep -af 'dockerwall/[0-9]' || true"
        )

    def events(self) -> list[str]:
        done = self.run("history", "--json")
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return [change["standing"] for change in document["changes"]]


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Far]:
    if reason := can_build() or missing():
        pytest.skip(reason)
    tmp_path.chmod(0o755)
    with Enclosure("far", ENVIRONMENT) as enclosure:
        enclosure.run(["iptables-nft-restore"], RULES)
        yield Far(Sshd(enclosure, tmp_path), tmp_path / "state")


def made(done: subprocess.CompletedProcess[str]) -> str:
    """The id of the change that was made."""
    assert done.returncode == 0, done.stderr
    found = re.search(r"change (\S+) is made", done.stderr)
    assert found is not None, done.stderr
    return found.group(1)


NEW = "-A DOCKER-USER -s 198.51.100.7/32 -j DROP"


def test_a_change_that_is_kept_stays_and_leaves_nothing_else(far: Far) -> None:
    before = far.rules()
    change = made(far.run(*INSERT, "--trial", "60"))
    assert far.rules() == [NEW, *before]
    assert f"{change}.armed" in far.leftovers()
    kept = far.run("keep")
    assert kept.returncode == 0, kept.stderr
    assert far.rules() == [NEW, *before]
    poll("the end of the watchdog", lambda: not far.leftovers(), seconds=5)
    assert far.events() == ["kept"]
    undone = far.run("undo", "--yes", "--trial", "60")
    assert undone.returncode == 0, undone.stderr
    assert far.rules() == before
    assert far.run("keep").returncode == 0
    poll("the end of the watchdog", lambda: not far.leftovers(), seconds=5)


def test_a_change_nobody_keeps_is_taken_back_there(far: Far) -> None:
    before = far.rules()
    made(far.run(*INSERT, "--trial", "10"))
    assert far.rules() == [NEW, *before]
    far.sshd.admit("")  # nobody gets in any more
    poll("the way back", lambda: far.rules() == before, seconds=30)
    far.sshd.admit((far.sshd.folder / "user.pub").read_text())
    late = far.run("keep")
    assert late.returncode in (4, 5), late.stderr
    assert "taken back: it was not confirmed in time" in late.stderr
    assert far.events() == ["taken back"]
    assert not far.leftovers()


def test_others_may_edit_meanwhile(far: Far) -> None:
    made(far.run("delete", "DOCKER-USER", "1", "--family", "ipv4", "--yes", "--trial", "10"))
    far.sshd.enclosure.script(
        "iptables-nft -I DOCKER-USER -s 192.0.2.9 -j DROP;"
        "iptables-nft -A DOCKER-USER -s 192.0.2.10 -j DROP"
    )
    found = ((9, "DROP"), (1, "RETURN"), (2, "RETURN"), (10, "DROP"))
    expected = [f"-A DOCKER-USER -s 192.0.2.{each}/32 -j {target}" for each, target in found]
    poll("the way back", lambda: far.rules() == expected, seconds=30)


def test_taking_it_back_at_once(far: Far) -> None:
    before = far.rules()
    made(far.run(*INSERT, "--trial", "60"))
    undone = far.run("undo")
    assert undone.returncode == 0, undone.stderr
    assert "was taken back: the operator took it back" in undone.stderr
    assert far.rules() == before
    poll("the end of the watchdog", lambda: not far.leftovers(), seconds=5)


def test_only_one_change_is_on_trial(far: Far) -> None:
    made(far.run(*INSERT, "--trial", "60"))
    second = far.run("delete", "DOCKER-USER", "1", "--family", "ipv4", "--yes")
    assert second.returncode == 4
    assert "still on trial" in second.stderr
    assert far.run("undo").returncode == 0


def test_a_link_that_is_cut_while_the_operator_thinks(far: Far) -> None:
    """The terminal is gone and the connection with it; the host takes the change back."""
    before = far.rules()
    argv = [
        "env",
        f"DOCKERWALL_STATE={far.folder}",
        *PROGRAM,
        *INSERT[:-1],
        "--trial",
        "10",
        *THERE,
    ]
    talker = subprocess.Popen(
        far.sshd.program(*argv), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert talker.stdin is not None
    talker.stdin.write(b"apply\n")
    talker.stdin.flush()
    poll("the change", lambda: far.rules() == [NEW, *before], seconds=30)
    os.killpg(talker.pid, signal.SIGKILL)
    talker.communicate()
    poll("the way back", lambda: far.rules() == before, seconds=30)
    far.run("undo", "--dry-run")
    assert far.events() == ["taken back"]
    assert not far.leftovers()


@pytest.mark.parametrize(
    ("process", "seconds", "refused"),
    [("1", 5, True), ("1", 200, False), ("4194304", 5, False)],
    ids=["a moment ago", "long ago", "by a shell that is gone"],
)
def test_somebody_else_is_changing_the_rules(
    far: Far, process: str, seconds: int, refused: bool
) -> None:
    far.sshd.enclosure.script(
        "mkdir -m 700 /run/dockerwall; IFS=' ' read -r now _ </proc/uptime;"
        f'ln -s "{process} $((${{now%%.*}} - {seconds})) elsewhere" /run/dockerwall/lock'
    )
    done = far.run(*INSERT, "--trial", "60")
    if refused:
        assert done.returncode == 4
        assert "somebody else is changing the rules" in done.stderr
        assert "elsewhere" in far.sshd.enclosure.run(["readlink", "/run/dockerwall/lock"])
    else:
        made(done)
        assert far.run("undo").returncode == 0
        poll("the end of the watchdog", lambda: not far.leftovers(), seconds=5)


# As a restart leaves a host: no rules, nothing in /run, no process, and another boot.
RESTART = """
kill -KILL $(cat /run/dockerwall/*.pid)
rm -rf /run/dockerwall
iptables-nft -F; iptables-nft -X
iptables-nft -N DOCKER-USER
echo 11111111-2222-3333-4444-555555555555 >/run/boot_id
mount --bind /run/boot_id /proc/sys/kernel/random/boot_id
"""


def test_a_host_that_restarts_in_a_trial_has_lost_the_change(far: Far) -> None:
    change = made(far.run(*INSERT, "--trial", "600"))
    assert far.events() == ["not known"], "the journal alone cannot tell"
    far.sshd.enclosure.script(RESTART)
    kept = far.run("keep", change)
    assert kept.returncode == 4
    lost = f"change {change} is lost: the host restarted before the change was confirmed"
    assert lost in kept.stderr.lower()
    assert far.rules() == []
    assert far.events() == ["lost"]
    assert not far.leftovers()
    again = far.run("keep")
    assert "no change is on trial" in again.stderr
    assert "is lost" not in again.stderr


@pytest.mark.parametrize(
    "words",
    [
        "-m recent --rcheck --name seen -j DROP",
        "-m limit --limit 300/hour -j LOG --log-prefix wall",
        "-m set --match-set allowed src -m statistic --mode random --probability 0.5 -j OTHER",
    ],
)
def test_a_rule_that_is_only_known_by_its_text(far: Far, words: str) -> None:
    """The host's own programs print it in other words than it was typed in."""
    far.sshd.enclosure.script("iptables-nft -N OTHER; ipset create allowed hash:net maxelem 1000")
    before = far.rules()
    made(far.run("insert", "DOCKER-USER", "2", words, "--family", "ipv4", "--yes", "--trial", "10"))
    assert [rule for rule in far.rules() if rule not in before] == [far.rules()[1]]
    assert f"-A DOCKER-USER {words}" != far.rules()[1]
    poll("the way back", lambda: far.rules() == before, seconds=30)
    made(far.run("insert", "DOCKER-USER", "2", words, "--family", "ipv4", "--yes"))
    assert far.run("keep").returncode == 0
    made(far.run("delete", "DOCKER-USER", "2", "--family", "ipv4", "--yes"))
    assert far.run("undo").returncode == 0
    assert [rule for rule in far.rules() if rule not in before] == [far.rules()[1]]


def test_a_rule_that_the_host_refuses_or_cannot_try(far: Far) -> None:
    before = far.rules()
    strange = ("insert", "DOCKER-USER", "1", "-m recent --rcheck --rubbish -j DROP")
    for words in (strange, (*strange[:3], "-m nonesuch --x -j DROP")):
        done = far.run(*words, "--family", "ipv4", "--yes")
        assert (done.returncode, far.rules()) == (4, before), done.stderr
    far.sshd.enclosure.script("mount --bind /bin/false /usr/bin/unshare")
    done = far.run(*strange[:3], "-m recent --rcheck -j DROP", "--family", "ipv4", "--yes")
    assert (done.returncode, far.rules()) == (4, before), done.stderr
    assert "unshare failed" in done.stderr
    assert not far.leftovers()


def test_what_others_changed_since_the_plan_is_refused(far: Far) -> None:
    done = far.run("insert", "NOWHERE", "1", "-j DROP", "--family", "ipv4", "--yes")
    assert done.returncode in (1, 2, 4)
    assert not far.leftovers()


def test_without_root_nothing_is_changed(far: Far) -> None:
    far.sshd.users()
    before = far.rules()
    argv = ["env", f"DOCKERWALL_STATE={far.folder}", *PROGRAM, *INSERT, "--ssh", "anna@127.0.0.1"]
    done = far.sshd.run(argv)
    assert done.returncode == 3, done.stderr
    assert far.rules() == before
