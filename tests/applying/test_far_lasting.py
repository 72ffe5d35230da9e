"""Rules made to last over SSH: written there, and undone to the byte, whatever is cut when."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.applying.booting import ENVIRONMENT as UNIT_ENVIRONMENT
from tests.applying.booting import SHORT, SYSTEMCTL, unit_words
from tests.applying.test_far_edits import INSERT, PROGRAM, RULES, THERE, Far
from tests.engine.enclosure import Enclosure
from tests.engine.host import poll
from tests.kernel.topology import can_build
from tests.reading.sshd import Sshd, missing
from tests.reading.test_ssh import ENVIRONMENT

from dockerwall.model.boot import FOLDER, UNIT
from dockerwall.model.boot import RULES as SAVED
from dockerwall.model.kinds import Family

pytestmark = pytest.mark.kernel

V4 = SAVED[Family.IPV4]
FOREIGN = "/etc/iptables/rules.v4"
# In the place of mv there: at one call it says so and waits, or kills everything that ran it.
MOVE = """#!/bin/sh
case "$*" in *" /etc/"*) ;; *) exec /bin/mv "$@" ;; esac
echo >>{folder}/calls
if [ "$(wc -l <{folder}/calls)" = "$(cat {folder}/stop)" ]; then
    test ! -e {folder}/deadly || kill -9 0
    echo $$ >{folder}/reached
    until test -e {folder}/go; do sleep 0.05; done
fi
exec /bin/mv "$@"
"""
# In the place of ssh here: it is killed once it has taken so many bytes.
CUT = """#!{python}
import fcntl, os, subprocess, sys, termios, time
left = int(open("{folder}/bytes").read())
argv = ["/usr/bin/ssh", "-F", "{folder}/ssh_config", *sys.argv[1:]]
ssh = subprocess.Popen(argv, stdin=subprocess.PIPE)
with open("{folder}/heard", "wb", buffering=0) as heard:
    while left and (data := os.read(0, min(left, 4096))):
        heard.write(data)
        os.write(ssh.stdin.fileno(), data)
        left -= len(data)
if left:
    ssh.stdin.close()
    sys.exit(ssh.wait())
while any(fcntl.ioctl(ssh.stdin, termios.FIONREAD, bytes(4))):
    time.sleep(0.01)
ssh.kill()
"""
LISTING = """
find /etc -printf '%p %y %m %U:%G %l\\n' | sort
find /etc -type f | sort | xargs cksum
"""


class Lasting(Far):
    """Such a machine on which systemd seems to run, with a file of another service."""

    def __init__(self, sshd: Sshd, folder: Path) -> None:
        super().__init__(sshd, folder / "state")
        self.own = folder
        sshd.enclosure.script(
            "mkdir -p /run/systemd/system /etc/systemd/system /etc/iptables\n"
            "rm -rf /etc/dockerwall /etc/ufw /etc/systemd/system/docker.service.wants\n"
            "printf '*filter\\nCOMMIT\\n# not ended' >/etc/iptables/rules.v4\n"
            "chown 12:34 /etc/iptables/rules.v4; chmod 640 /etc/iptables/rules.v4"
        )
        self.before = self.files()

    def files(self) -> str:
        """Every file of /etc, with mode, owner and content."""
        return self.sshd.enclosure.script(LISTING)

    def persist(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run("persist", *words)

    def done(self, *words: str) -> str:
        """Write, and what was said on the way."""
        done = self.persist("--yes", *words)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def program(self, name: str, text: str) -> None:
        """A program that comes before the others there."""
        (self.own / "far").mkdir(exist_ok=True)
        (self.own / "far" / name).write_text(text.format(folder=self.own))
        (self.own / "far" / name).chmod(0o755)

    def stop_at(self, call: int, *, deadly: bool = False) -> None:
        """Have the writing stop, or end, at this file."""
        for name in ("calls", "reached", "go", "deadly"):
            (self.own / name).unlink(missing_ok=True)
        (self.own / "stop").write_text(str(call))
        if deadly:
            (self.own / "deadly").touch()
        self.program("mv", MOVE)

    def reached(self) -> bool:
        return (self.own / "reached").exists()

    def go_on(self) -> None:
        """Let the writing go on, and wait until nothing of it runs any more."""
        (self.own / "go").touch()
        poll("its end", lambda: not self.writes())

    def writes(self) -> bool:
        """Whether the writing runs there."""
        return self.sshd.enclosure.attempt(["pgrep", "-f", "UNFINISHED"]).returncode == 0

    def told(self) -> list[str]:
        """What systemd was told."""
        path = self.own / "far" / "systemctl-words"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Lasting]:
    if reason := can_build() or missing():
        pytest.skip(reason)
    tmp_path.chmod(0o755)
    with Enclosure("far", ENVIRONMENT) as enclosure:
        enclosure.run(["iptables-nft-restore"], RULES)
        path = f"PATH={tmp_path}/far:{ENVIRONMENT['PATH']}"
        made = Lasting(Sshd(enclosure, tmp_path, environment=path), tmp_path)
        (tmp_path / "far").mkdir(exist_ok=True)
        (tmp_path / "far" / "systemctl").write_text(SYSTEMCTL)
        (tmp_path / "far" / "systemctl").chmod(0o755)
        yield made


def test_written_brought_back_and_undone_to_the_byte(far: Lasting) -> None:
    assert far.persist("--status").returncode == 1
    shown = far.persist("--dry-run")
    assert (shown.returncode, far.files()) == (0, far.before)
    assert f"write {V4}" in shown.stdout
    asked = far.persist()  # nobody answers
    assert (asked.returncode, far.files()) == (1, far.before)
    assert "files written" in far.done()
    assert far.told() == ["daemon-reload", "start dockerwall-rules.service"]
    assert far.persist("--status").returncode == 0
    assert "nothing to do" in far.done()
    kept = far.rules()
    far.sshd.enclosure.run(["iptables-nft", "-F", "DOCKER-USER"])
    status = far.persist("--status")
    assert status.returncode == 1
    assert "dockerwall-tui persist --ssh root@127.0.0.1" in status.stdout
    unit = unit_words(far.sshd.enclosure.run(["cat", UNIT]))
    far.sshd.enclosure.run([*UNIT_ENVIRONMENT, SHORT, *unit])
    assert far.rules() == kept
    assert far.persist("--status").returncode == 0
    far.done("--remove")
    assert far.files() == far.before
    assert far.rules() == kept
    assert far.told()[2:] == [
        "stop dockerwall-rules.service",
        "daemon-reload",
        "reset-failed dockerwall-rules.service",
    ]
    assert not far.leftovers()


def test_one_object_for_other_programs(far: Lasting) -> None:
    done = far.persist("--yes", "--json", "--early")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["schema"], document["written"]) == ("dockerwall-persist/1", True)
    paths = {each["path"]: each for each in document["files"]}
    assert {V4, UNIT, FOREIGN} <= {*paths}
    assert paths[FOREIGN]["before"].endswith("# not ended")
    assert json.loads(far.persist("--json", "--status").stdout)["differ"] is False


def test_a_rule_put_elsewhere_is_known_by_what_is_saved(far: Lasting, tmp_path: Path) -> None:
    """From a machine whose journal holds it, then from one whose journal does not."""
    done = far.run("insert", "INPUT", "1", "-s 198.51.100.7 -j DROP", "--family", "ipv4", "--yes")
    assert done.returncode == 0, done.stderr
    assert far.run("keep").returncode == 0
    far.done()
    rule = "-A INPUT -s 198.51.100.7/32 -j DROP"
    assert rule in far.sshd.enclosure.run(["cat", V4])
    far.folder = tmp_path / "another"
    assert far.persist("--status").returncode == 0
    assert "nothing to do" in far.done()


def test_systemd_that_refuses_is_said(far: Lasting) -> None:
    far.program("systemctl", "#!/bin/sh\necho 'No such thing.' >&2; exit 4\n")
    done = far.persist("--yes")
    assert done.returncode == 1
    assert "systemd does not know of it yet: systemctl failed: No such thing." in done.stderr
    assert far.persist("--status").returncode == 0


def test_who_may_not_does_not(far: Lasting) -> None:
    far.sshd.users()
    argv = ["env", f"DOCKERWALL_STATE={far.folder}", *PROGRAM, "persist", "--yes"]
    denied = far.sshd.run([*argv, "--ssh", "anna@127.0.0.1"])
    assert denied.returncode == 3, denied.stderr
    assert far.persist("--yes", "--read-only").returncode == 3
    made = far.run(*INSERT, "--trial", "60")
    assert made.returncode == 0, made.stderr
    before = far.files()
    waiting = far.persist("--yes")
    assert (waiting.returncode, far.files()) == (4, before)
    assert "is still on trial" in waiting.stderr
    assert far.run("undo").returncode == 0


def test_as_a_user_who_has_sudo(far: Lasting) -> None:
    far.sshd.users("anna ALL=(ALL) NOPASSWD: ALL\n")
    before = far.files()
    argv = ["env", f"DOCKERWALL_STATE={far.folder}", *PROGRAM, "persist", "--ssh", "anna@127.0.0.1"]
    # sudo looks for programs elsewhere, and there is no systemd to answer the system's own
    far.sshd.enclosure.script("mount --bind /bin/true /usr/bin/systemctl")
    done = far.sshd.run([*argv, "--yes"])
    assert done.returncode == 0, done.stderr
    assert far.sshd.run([*argv, "--status"]).returncode == 0
    listed = far.sshd.enclosure.run(["ls", "-ldn", FOLDER, V4])
    assert [line.split()[:3:2] for line in listed.splitlines()] == [
        ["drwx------", "0"],
        ["-rw-------", "0"],
    ]
    assert far.sshd.run([*argv, "--remove", "--yes"]).returncode == 0
    assert far.files() == before


def test_after_keep_the_command_is_named_whole(far: Lasting) -> None:
    assert far.run(*INSERT, "--trial", "60").returncode == 0
    assert "dockerwall-tui persist --ssh root@127.0.0.1\n" in far.run("keep").stderr


def test_a_folder_that_others_can_write_to_is_refused(far: Lasting) -> None:
    far.sshd.enclosure.script("mkdir -m 777 /etc/dockerwall; touch /etc/dockerwall/config.toml")
    before = far.files()
    refused = far.persist("--yes")
    assert (refused.returncode, far.files()) == (4, before)
    assert "/etc/dockerwall is not a folder that only root can write to" in refused.stderr


@pytest.mark.parametrize("call", [1, 4, 6])
def test_killed_there_anywhere(far: Lasting, call: int) -> None:
    for ends in ("new", "old"):
        far.stop_at(call, deadly=True)
        killed = far.persist("--yes")
        assert killed.returncode == 2
        assert "persist --ssh root@127.0.0.1 --remove undoes it" in killed.stderr
        assert far.files() != far.before
        far.stop_at(0)
        if ends == "new":
            far.done()
            assert far.persist("--status").returncode == 0
            assert "nothing to do" in far.done()
        far.done("--remove")
        assert far.files() == far.before
    assert not far.leftovers()


@pytest.mark.parametrize("call", [1, 3])
@pytest.mark.parametrize("what", ["--early", "--remove"])
def test_a_link_that_is_cut_while_it_is_written(far: Lasting, what: str, call: int) -> None:
    """What had come is brought to its end by the host alone, and systemd told."""
    if what == "--remove":
        far.done("--early")
    (far.own / "far" / "systemctl-words").unlink(missing_ok=True)
    far.program("rm", MOVE.replace("/bin/mv", "/bin/rm"))
    far.stop_at(call)
    argv = ["env", f"DOCKERWALL_STATE={far.folder}", *PROGRAM, "persist", "--yes", what, *THERE]
    talker = subprocess.Popen(
        far.sshd.program(*argv), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    poll("the writing", far.reached)
    ssh = subprocess.run(
        ["pgrep", "-P", str(talker.pid), "-x", "ssh"], capture_output=True, check=True
    )
    os.kill(int(ssh.stdout), signal.SIGKILL)
    said = talker.communicate(timeout=60)[1].decode()
    assert talker.returncode == 2, said
    assert "was lost" in said
    busy = far.persist("--yes", what)
    assert busy.returncode == 4, busy.stderr
    assert "somebody else is changing the rules" in busy.stderr
    far.go_on()
    assert "daemon-reload" in far.told()
    if what == "--early":
        assert far.persist("--status").returncode == 0
        assert "nothing to do" in far.done("--early")
        far.done("--remove")
    else:
        assert "nothing to do" in far.done("--remove")
    assert far.files() == far.before
    assert not far.leftovers()


def test_a_link_that_is_cut_anywhere_before(far: Lasting) -> None:
    """After any number of bytes there is all of it, or nothing."""
    (far.own / "bin" / "ssh").write_text(CUT.format(folder=far.own, python=sys.executable))
    (far.own / "bytes").write_text("100000000")
    far.done()
    new, size = far.files(), (far.own / "heard").stat().st_size
    far.done("--remove")
    writing = (far.own / "heard").read_bytes().rindex(b"{ answer sh")
    assert size > 20_000
    for heard in (writing // 2, size // 2, size - 3000, size - 400, size - 40):
        (far.own / "bytes").write_text(str(heard))
        far.persist("--yes")
        poll("its end", lambda: not far.writes())
        assert far.files() in (far.before, new), heard
        (far.own / "bytes").write_text("100000000")
        far.done("--remove")
        assert far.files() == far.before
    assert not far.leftovers()
