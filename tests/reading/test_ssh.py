"""A host behind a real sshd, with nothing of this program on it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.enclosure import Enclosure
from tests.engine.host import poll
from tests.kernel.topology import can_build
from tests.reading.sshd import Sshd, missing

from dockerwall.model.unreadable import UnreadableError
from dockerwall.reading.destination import parse_destination
from dockerwall.reading.remote import RemoteHost
from dockerwall.reading.remote_shell import RemoteShell, Standing

pytestmark = pytest.mark.kernel

PROGRAM = (sys.executable, "-m", "dockerwall")
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
RULES = """*filter
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -i eth0 -j DROP
COMMIT
"""
ROOT = parse_destination("root@127.0.0.1")
ANNA = parse_destination("anna@127.0.0.1")


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    """An sshd in a throw-away machine with a few rules."""
    if reason := can_build() or missing():
        pytest.skip(reason)
    tmp_path.chmod(0o755)
    with Enclosure("far", ENVIRONMENT) as enclosure:
        enclosure.run(["iptables-nft-restore"], RULES)
        yield Sshd(enclosure, tmp_path)


def remote(sshd: Sshd) -> RemoteHost:
    """The machine, connected."""

    def connect() -> RemoteShell:
        return sshd.inside(lambda: RemoteShell(ROOT, ssh=sshd.ssh))

    host = RemoteHost(ROOT, connect)
    host.open(connect())
    return host


def fingerprint(sshd: Sshd) -> str:
    """Rules, sets and files of the machine, and what runs there."""
    return sshd.enclosure.script(
        "iptables-nft-save; ip6tables-nft-save; nft list ruleset; ipset save;"
        "cat /proc/net/ip_tables_names 2>/dev/null || true;"
        "find /run /etc /var/lib -newer /run/inside/work-etc "
        "  ! -path '*/pytest-*' -type f -printf '%p %s %T@\\n' | sort"
    ).replace("\r", "")


def without_times(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_it_is_read_as_a_live_one_and_left_as_it_was(sshd: Sshd, tmp_path: Path) -> None:
    before = fingerprint(sshd)
    far = sshd.run([*PROGRAM, "show", "--format", "save", "--ssh", "root@127.0.0.1"])
    assert far.returncode == 0, far.stderr
    near = sshd.enclosure.attempt([*PROGRAM, "show", "--format", "save"])
    assert without_times(far.stdout) == without_times(near.stdout.decode())
    assert without_times(fingerprint(sshd)) == without_times(before)


def test_a_refresh_moves_counters_and_keeps_the_rules(sshd: Sshd) -> None:
    host = remote(sshd)
    first = host.first()
    assert first.host.at == "root@127.0.0.1"
    one, two = host.read(), host.read()
    key = next(iter(one.rules))
    assert first.links == one.links
    assert two.rules[key].ruleset is one.rules[key].ruleset
    assert two.links is one.links
    assert two.sysctls is one.sysctls
    host.close()


def test_a_recording_over_ssh_is_a_snapshot(sshd: Sshd, tmp_path: Path) -> None:
    target = tmp_path / "host.tar"
    done = sshd.run([*PROGRAM, "snapshot", "--ssh", "root@127.0.0.1", "-o", str(target)])
    assert done.returncode == 0, done.stderr
    shown = subprocess.run(
        [*PROGRAM, "show", "--format", "json", "--snapshot", str(target)],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert json.loads(shown.stdout)["host"]["hostname"] == "far"


def test_a_link_that_drops_is_said_and_found_again(sshd: Sshd) -> None:
    host = remote(sshd)
    before = host.read()
    sshd.enclosure.script("for pid in $(pgrep -x sh -P $(pgrep -f '^sshd: root' | head -n 1));"
                          " do kill -9 $pid; done")  # fmt: skip
    with pytest.raises(UnreadableError, match=r"The link to .* was lost"):
        host.read()

    said = []

    def found_again() -> bool:
        try:
            return host.read().rules.keys() == before.rules.keys()
        except UnreadableError as error:
            said.append(str(error))
            return False

    poll("the host", found_again, seconds=15)
    assert any("trying again" in each for each in said)
    host.close()


def test_nothing_runs_there_once_it_is_closed(sshd: Sshd) -> None:
    host = remote(sshd)
    host.read()
    host.close()
    poll("the end of the shell", lambda: sshd.enclosure.attempt(
        ["pgrep", "-f", "^sshd: root"]).returncode == 1)  # fmt: skip


def test_an_unknown_host_key(sshd: Sshd) -> None:
    (sshd.folder / "known").write_text("")
    done = sshd.run([*PROGRAM, "audit", "--ssh", "root@127.0.0.1"])
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "The host key of root@127.0.0.1 is not known" in done.stderr


def test_another_host_key_than_before(sshd: Sshd) -> None:
    sshd.trust(sshd.folder / "user.pub")
    done = sshd.run([*PROGRAM, "audit", "--ssh", "root@127.0.0.1"])
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "another host key" in done.stderr


def test_a_user_who_is_not_let_in(sshd: Sshd) -> None:
    sshd.admit("")
    done = sshd.run([*PROGRAM, "show", "--ssh", "root@127.0.0.1"])
    assert done.returncode == 3
    assert "did not let this user in" in done.stderr


def test_nobody_listens(sshd: Sshd) -> None:
    done = sshd.run([*PROGRAM, "show", "--ssh", "root@127.0.0.1:2222"])
    assert done.returncode == 2
    assert "cannot be reached" in done.stderr
    assert "Connection refused" in done.stderr


SUDO = "root ALL=(ALL) ALL\nDefaults !syslog\nDefaults passwd_tries=3\n"


def test_sudo_without_a_password(sshd: Sshd) -> None:
    sshd.users(SUDO + "anna ALL=(ALL) NOPASSWD: ALL\n")
    done = sshd.run([*PROGRAM, "show", "--format", "save", "--ssh", "anna@127.0.0.1"])
    assert done.returncode == 0, done.stderr
    assert "-A DOCKER-USER -i eth0 -j DROP" in done.stdout


def test_sudo_with_a_password_asked_for_once(sshd: Sshd) -> None:
    sshd.users(SUDO + "anna ALL=(ALL) ALL\n")
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "secret"

    shell = sshd.inside(lambda: RemoteShell(ANNA, ask, ssh=sshd.ssh))
    assert shell.standing is Standing.SUDO
    assert asked == ["sudo password on anna@127.0.0.1: "]
    files = shell.read("all")
    assert b"DOCKER-USER" in files["iptables-save.nft"]
    assert b"DOCKER-USER" not in shell.read("rules").get("addr.json", b"")
    command_lines = sshd.enclosure.script("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert "secret" not in command_lines
    shell.close()


def test_a_wrong_password(sshd: Sshd) -> None:
    sshd.users(SUDO + "anna ALL=(ALL) ALL\n")
    with pytest.raises(UnreadableError, match="did not take the password") as caught:
        sshd.inside(lambda: RemoteShell(ANNA, lambda prompt: "wrong", ssh=sshd.ssh))
    assert caught.value.denied


def test_a_user_whom_sudo_does_not_know(sshd: Sshd) -> None:
    sshd.users(SUDO)
    with pytest.raises(UnreadableError, match="not in the sudoers") as caught:
        sshd.inside(lambda: RemoteShell(ANNA, lambda prompt: "secret", ssh=sshd.ssh))
    assert caught.value.denied


def test_a_password_that_nobody_can_be_asked_for(sshd: Sshd) -> None:
    sshd.users(SUDO + "anna ALL=(ALL) ALL\n")
    done = sshd.run([*PROGRAM, "show", "--ssh", "anna@127.0.0.1"])
    assert done.returncode == 3
    assert "needs root" in done.stderr


def test_no_sudo(sshd: Sshd) -> None:
    sshd.users()
    sshd.enclosure.script("mount --bind /dev/null /usr/bin/sudo")
    done = sshd.run([*PROGRAM, "show", "--ssh", "anna@127.0.0.1"])
    assert done.returncode == 3
    assert "has no sudo" in done.stderr


def test_no_iptables(sshd: Sshd) -> None:
    sshd.enclosure.script(
        "for name in xtables-nft-multi xtables-legacy-multi nft; do"
        " mount --bind /dev/null /usr/sbin/$name; done"
    )
    done = sshd.run([*PROGRAM, "show", "--format", "save", "--ssh", "root@127.0.0.1"])
    assert done.returncode == 2
    assert "iptables-nft-save is not installed" in done.stderr
    assert done.stdout == ""


def test_a_shell_that_prints_a_banner(sshd: Sshd) -> None:
    sshd.users(SUDO + "anna ALL=(ALL) NOPASSWD: ALL\n")
    sshd.enclosure.run(
        ["sh", "-c", "cat >/run/anna/.bashrc"],
        "printf 'Welcome \\033[31m to far\\n'\necho on stderr >&2\nprintf 'no newline'\n",
    )
    done = sshd.run([*PROGRAM, "show", "--format", "save", "--ssh", "anna@127.0.0.1"])
    assert done.returncode == 0, done.stderr
    assert "Welcome" not in done.stdout + done.stderr


def test_no_shell_at_all(sshd: Sshd) -> None:
    sshd.users(SUDO)
    sshd.enclosure.script("usermod -s /usr/sbin/nologin anna")
    done = sshd.run([*PROGRAM, "show", "--ssh", "anna@127.0.0.1"])
    assert done.returncode == 2
    assert (
        "starts no POSIX shell: it says 'This account is currently not available.'" in done.stderr
    )
