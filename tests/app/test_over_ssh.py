"""A new user over a real sshd, in tmux at 80x24: which port does the Internet reach, and why?"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.window import Window
from tests.app.window import missing as window_missing
from tests.engine.enclosure import Enclosure
from tests.kernel.topology import can_build
from tests.reading.sshd import Sshd, missing

pytestmark = pytest.mark.kernel

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
HOST = Path(__file__).parent.parent / "hosts" / "docker-28"
COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]")


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """An sshd in a throw-away machine."""
    if reason := can_build() or missing() or window_missing():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("sshd")
    folder.chmod(0o755)
    with Enclosure("far", ENVIRONMENT) as enclosure:
        yield Sshd(enclosure, folder)


def over_ssh(sshd: Sshd, folder: Path, term: str, *variables: str) -> Window:
    """The screen on the recorded host, in a terminal at the other end of a connection."""
    environment = [f"TERM={term}", f"XDG_STATE_HOME={folder}/state", "LANG=C.UTF-8", *variables]
    program = [sys.executable, "-m", "dockerwall", "--snapshot", str(HOST)]
    far = " ".join(["env", *environment, *program])
    # A shell stays when the program ends, and says how it ended.
    command = ["ssh", "-tt", "root@127.0.0.1", f"{far}; echo ended with $?; exec cat"]
    return Window(folder / "socket", command, sshd.program())


@pytest.mark.parametrize(
    ("term", "variables"),
    [("xterm-256color", ()), ("linux", ()), ("xterm-256color", ("NO_COLOR=1",))],
)
def test_a_new_user_finds_what_the_internet_reaches_and_why(
    sshd: Sshd, tmp_path: Path, term: str, variables: tuple[str, ...]
) -> None:
    tmp_path.chmod(0o755)
    with over_ssh(sshd, tmp_path, term, *variables) as window:
        # What is seen first: the worst port on top, under the names of who gets in.
        shown = window.wait_for("SEVERITY", "INET", "exposed", "New here?", "Enter shows why")
        first = next(line for line in shown.splitlines() if line.startswith(">"))
        assert re.match(r"> !! exposed +6379/tcp +:: +redis +all", first)
        assert "Reached by anyone on the Internet" in shown

        # The second one, and Enter as the hint says: the way, the verdict, the deciding rule.
        window.press("Down")
        window.wait_for("8080/tcp web", "Reached by anyone on the Internet")
        window.press("Enter")
        shown = window.wait_for("OPEN: container web gets it", "decides")
        at = next(line for line in shown.splitlines() if line.startswith(">"))
        assert "ACCEPT" in at

        # Back, and help for whoever is lost.
        window.press("Escape")
        window.wait_for("SEVERITY")
        window.press("?", "?")
        window.wait_for("a packet's way", "DOCKER-USER", "FORWARD")
        coloured = COLOUR.search(window.text(codes=True))
        assert bool(coloured) is not bool(variables)
        window.press("q", "q")
        window.wait_for("ended with 0")


def test_a_connection_that_breaks_leaves_no_process_behind(sshd: Sshd, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with over_ssh(sshd, tmp_path, "xterm-256color") as window:
        window.wait_for("SEVERITY")
        assert _running(sshd)
    # The window is gone and the client with it: sshd hangs up the terminal.
    from tests.engine.host import poll

    poll("the end of the program", lambda: not _running(sshd))


def test_without_root_there_the_screen_says_what_to_do(sshd: Sshd, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    sshd.users()
    program = [sys.executable, "-m", "dockerwall", "--ssh", "anna@127.0.0.1"]
    command = ["env", f"XDG_STATE_HOME={tmp_path}/state", "LANG=C.UTF-8", *program]
    with Window(tmp_path / "socket", command, sshd.program()) as window:
        window.wait_for("sudo password on anna@127.0.0.1")
        window.press("C-d")  # which gives none
        window.wait_for("RO not root there", "Log in as root")
        window.press("2")
        shown = window.wait_for("dockerwall-tui --ssh root@127.0.0.1")
        assert "sudo dockerwall-tui" not in shown


def _running(sshd: Sshd) -> str:
    """The processes of the program in the machine."""
    return sshd.enclosure.script("ps -eo args | grep '[m] dockerwall --snapshot' || true").strip()
