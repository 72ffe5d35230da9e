"""A link that hangs and does not break: nothing comes back, and what was sent may arrive late."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.window import Window
from tests.app.window import missing as window_missing
from tests.applying.machine import TREE
from tests.applying.test_far_edits import INSERT, NEW, PROGRAM, RULES, made
from tests.engine.enclosure import Enclosure
from tests.engine.host import poll
from tests.engine.test_screen_over_ssh import say
from tests.kernel.topology import can_build
from tests.reading.sshd import Sshd, missing
from tests.reading.test_ssh import ENVIRONMENT

pytestmark = pytest.mark.kernel

PORT = 2222
THERE = ("--ssh", f"root@127.0.0.1:{PORT}")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Hanging:
    """A machine reached over SSH through a relay that can stop forwarding."""

    def __init__(self, enclosure: Enclosure, folder: Path) -> None:
        self.enclosure = enclosure
        self.folder = folder
        self.shims = folder / "shims"
        self.shims.mkdir()
        self.sshd = Sshd(enclosure, folder, f"PATH={self.shims}:{PATH}")
        # A client that notices after three seconds instead of fifteen.
        (folder / "bin" / "ssh").write_text(
            f'#!/bin/sh\nexec /usr/bin/ssh -F {folder}/ssh_config -o ServerAliveInterval=1 "$@"\n'
        )
        relay = f'echo $$ >{folder}/relay; exec "$@"'
        words = [sys.executable, "-m", "tests.applying.relay", str(PORT), "22"]
        environment = [f"{name}={value}" for name, value in TREE.items()]
        enclosure.start(["sh", "-c", relay, "sh", "env", *environment, *words])
        poll("the relay's port", lambda: str(PORT) in enclosure.run(["ss", "-H", "-lnt"]))

    def signal(self, name: str) -> None:
        """Tell the relay: USR1 to hold what is sent to the host, USR2 everything, HUP nothing."""
        pid = (self.folder / "relay").read_text().strip()
        self.enclosure.run(["kill", f"-{name}", pid])

    def shim(self, program: str, when: str, then: str) -> None:
        """The first time that a program is run there with such words, `then` is run instead."""
        real = self.enclosure.run(["sh", "-c", f"command -v {program}"]).strip()
        path = self.shims / program
        path.write_text(
            f'#!/bin/sh\nreal={real}\ncase "$*" in {when})\n'
            f"if mkdir /run/first 2>/dev/null; then {then}; fi;; esac\n"
            f'exec {real} "$@"\n'
        )
        path.chmod(0o755)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command."""
        argv = ["env", f"DOCKERWALL_STATE={self.folder}/state", *PROGRAM, *words, *THERE]
        return subprocess.Popen(
            self.sshd.program(*argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one to its end."""
        with self.start(*words) as running:
            out, err = running.communicate(timeout=90)
        return subprocess.CompletedProcess(words, running.returncode, out, err)

    def rules(self) -> list[str]:
        """What is in DOCKER-USER."""
        printed = self.enclosure.run(["/usr/sbin/iptables-nft", "-S", "DOCKER-USER"])
        return [line for line in printed.splitlines() if line.startswith("-A")]

    def reached(self) -> bool:
        """Whether a shim waits at its gate."""
        return self.enclosure.attempt(["test", "-e", "/run/reached"]).returncode == 0

    def open_gate(self) -> None:
        """Let it go on."""
        self.enclosure.run(["touch", "/run/gate"])

    def sessions(self) -> str:
        """The sessions that sshd has."""
        return self.enclosure.script("pgrep -f '^sshd: root' || true").strip()

    def answered(self) -> str:
        """What the shell there that took the lock has written so far; nothing once it has ended."""
        return self.enclosure.script(
            "held=$(readlink /run/dockerwall/lock);"
            "grep wchar /proc/${held%% *}/io 2>/dev/null || true"
        )

    def waits(self) -> bool:
        """Whether the relay holds anything that it was sent."""
        listed = self.enclosure.run(["ss", "-H", "-tn", "sport", "=", str(PORT)])
        return any(line.split()[1] not in ("0", "1") for line in listed.splitlines())

    def events(self) -> list[str]:
        """How the changes ended, as the journal here has it."""
        shown = self.run("history").stdout.splitlines()
        return [line.split("  ")[3].split(":")[0] for line in shown if not line.startswith(" ")]


GATE = "touch /run/reached; while ! test -e /run/gate; do sleep 0.05; done"


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Hanging]:
    if reason := can_build() or missing() or window_missing():
        pytest.skip(reason)
    tmp_path.chmod(0o755)
    with Enclosure("far", ENVIRONMENT) as enclosure:
        enclosure.run(["iptables-nft-restore"], RULES)
        yield Hanging(enclosure, tmp_path)


LOST = "the host takes it back by itself at its end"


def test_the_answer_to_the_transaction_hangs(far: Hanging) -> None:
    """It was made, and nobody here knows; it goes back, and the journal tells."""
    before = far.rules()
    far.shim(
        "iptables-nft-restore",
        "*5",  # the rehearsal ends with --test
        f'cat >/run/script; {GATE}; exec $real "$@" </run/script',
    )
    with far.start(*INSERT, "--trial", "12") as running:
        poll("the transaction", far.reached)
        far.signal("USR2")
        far.open_gate()
        _, said = running.communicate(timeout=60)
    assert running.returncode == 5, said
    assert LOST in said
    assert far.rules() == [NEW, *before]
    assert far.events() == ["not known"]
    poll("the way back", lambda: far.rules() == before, seconds=30)
    far.run("undo", "--dry-run")
    assert far.events() == ["taken back"]


def test_a_transaction_that_arrives_when_all_is_over(far: Hanging) -> None:
    """The link comes back after the watchdog there was done: nobody would take it back any more."""
    before = far.rules()
    armed = 'test -e /run/dockerwall/*.armed || exec $real "$@"'
    far.shim(
        "iptables-nft",
        "*-S*",
        f'rmdir /run/first; {armed}; mkdir /run/first; $real "$@"; {GATE}; exit 0',
    )
    with far.start(*INSERT, "--trial", "10") as running:
        poll("the last look", far.reached)
        far.signal("USR1")
        far.open_gate()
        _, said = running.communicate(timeout=60)
    assert running.returncode == 5, said
    assert LOST in said
    poll("the watchdog's end", lambda: "done" in far.enclosure.run(["ls", "/run/dockerwall"]))
    assert far.rules() == before
    assert far.sessions()
    said_before = far.answered()
    far.signal("HUP")
    poll("the answer to what arrives late", lambda: far.answered() != said_before)
    assert far.events() == ["not known"]
    assert far.rules() == before
    far.run("undo", "--dry-run")
    assert far.events() == ["taken back"]
    assert far.rules() == before


def test_a_word_to_keep_that_hangs_can_be_given_again(far: Hanging) -> None:
    before = far.rules()
    change = made(far.run(*INSERT, "--trial", "600"))
    far.shim("mv", "*.armed?*.kept", f"{GATE}; exit 1")
    with far.start("keep") as running:
        poll("the decision", far.reached)
        far.signal("USR2")
        _, said = running.communicate(timeout=60)
    assert running.returncode == 5, said
    assert LOST in said
    assert far.sessions(), "the session that hung holds on there"
    kept = far.run("keep", change)
    assert kept.returncode == 0, kept.stderr
    assert far.rules() == [NEW, *before]
    far.open_gate()
    far.signal("HUP")
    poll("what was held", lambda: not far.waits())
    assert far.events() == ["kept"]
    assert far.run("undo", "--yes", "--trial", "60").returncode == 0
    assert far.rules() == before


def test_the_countdown_of_a_command_ends_with_a_link_that_hangs(far: Hanging) -> None:
    before = far.rules()
    argv = ["env", f"DOCKERWALL_STATE={far.folder}/state", *PROGRAM, *INSERT[:-1]]
    command = [*argv, "--trial", "12", *THERE]
    shell = ["sh", "-c", '"$@"; echo ended with $?; exec cat', "sh", *command]
    with Window(far.folder / "socket", shell, far.sshd.program(), height=60) as window:
        window.wait_for("Type apply and Enter")
        window.type("apply")
        window.press("Enter")
        window.wait_for("s left, keep or undo:")
        far.signal("USR2")
        shown = window.wait_for("ended with 5")
        assert LOST in " ".join(shown.split())
    poll("the way back", lambda: far.rules() == before, seconds=30)


def test_the_screen_counts_on_while_the_link_hangs(far: Hanging) -> None:
    """Then the trial is found again, and kept."""
    before = far.rules()
    change = made(far.run(*INSERT, "--trial", "600"))
    argv = ["env", f"DOCKERWALL_STATE={far.folder}/state", "LANG=C.UTF-8", *PROGRAM, *THERE]
    with Window(far.folder / "socket", argv, far.sshd.program()) as window:
        window.wait_for("On trial:", "type keep")
        far.signal("USR2")
        window.wait_for("The link is lost", "takes the change back by itself in")
        say(window, "keep")  # by a new connection: the other is held for ever
        window.wait_for("Kept:")
    assert far.rules() == [NEW, *before]
    assert far.run("history").stdout.startswith(change)
    assert far.events() == ["kept"]
