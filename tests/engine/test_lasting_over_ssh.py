"""Rules that last on a real Docker host, made so over SSH: real systemd, sshd and packets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.applying.test_far_lasting import CUT
from tests.engine.engines import Engine
from tests.engine.host import poll
from tests.engine.running import RULES_UNIT, Running, new_host
from tests.engine.systemd import PATH, SystemdHost
from tests.engine.test_lasting import EDITS, SCENARIO
from tests.engine.test_ssh import PROGRAM
from tests.reading.sshd import Sshd, missing

pytestmark = pytest.mark.engine

PORT = 2022
THERE = ("--ssh", f"root@127.0.0.1:{PORT}")


class Distant(Running):
    """A host that systemd booted, on which the program never runs."""

    def __init__(self, host: SystemdHost, folder: Path) -> None:
        """`folder` holds the keys and the journal; the host sees it too."""
        self.folder = folder
        self.boots = 0
        self.sshd = self._sshd(host)
        super().__init__(host, EDITS)

    def _sshd(self, host: SystemdHost) -> Sshd:
        self.boots += 1
        own = self.folder / f"ssh-{self.boots}"
        own.mkdir(mode=0o755)
        return Sshd(host.enclosure, own, environment=f"PATH={PATH}", port=PORT)

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """The program's answer to a command, given here and carried out there."""
        state = f"DOCKERWALL_STATE={self.folder / 'state'}"
        done = self.sshd.run(["env", state, *PROGRAM, *words, *THERE])
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.encode(), done.stderr.encode()
        )

    def cut_after(self, size: int) -> None:
        """Have the link be gone once so many bytes have been sent."""
        (self.sshd.folder / "bytes").write_text(str(size))

    def boot_again(self) -> None:
        """Shut the host down and boot it."""
        self.machine.shut_down()
        self.machine.boot()
        self.sshd = self._sshd(self.machine)


@pytest.fixture(scope="module")
def distant(engines: dict[str, Engine]) -> Iterator[Distant]:
    """Such a host for all tests: each leaves it as it was."""
    if reason := missing():
        pytest.skip(reason)
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with new_host(engines, "28.5", SCENARIO, Path(folder)) as host:
            yield Distant(host, Path(folder))


def test_after_a_boot_and_a_start_of_docker_the_rules_are_back(distant: Distant) -> None:
    own, reached, files = distant.own(), distant.reached(), distant.files()
    assert distant.run("persist", "--status").returncode == 1
    assert distant.files() == files
    distant.persist()
    assert distant.units() == [RULES_UNIT]
    assert distant.run("persist", "--status").returncode == 0

    distant.boot_again()
    distant.machine.until_settled()
    assert distant.own() == own
    distant.until_as(reached)
    assert distant.run("persist", "--status").returncode == 0

    distant.machine.enclosure.run(["iptables-nft", "-F", "DOCKER-USER"])
    assert distant.run("persist", "--status").returncode == 1
    distant.do("restart", "docker.service")
    poll("the rules", lambda: distant.own() == own)
    distant.until_as(reached)
    distant.demand_health()

    distant.remove()
    assert distant.units() == []
    assert distant.files() == files
    assert distant.own() == own
    assert distant.machine.enclosure.run(["sh", "-c", "ls -d /run/dockerwall* || :"]) == ""


def test_a_link_that_is_cut_leaves_all_or_nothing(distant: Distant) -> None:
    old, own = distant.files(), distant.own()
    folder = distant.sshd.folder
    (folder / "bin" / "ssh").write_text(CUT.format(folder=folder, python=sys.executable))
    distant.cut_after(10**9)
    distant.persist()
    new, heard = distant.files(), (folder / "heard").read_bytes()
    writing = heard.rindex(b"UNFINISHED")
    ends = heard.index(b"\n}\n", writing)
    for at in (writing, (writing + ends) // 2, ends, ends + 3, ends + 30):
        distant.remove()
        distant.cut_after(at)
        distant.run("persist", "--yes")
        poll("its end", lambda: "UNFINISHED" not in distant.machine.enclosure.run(["ps", "axww"]))
        distant.machine.until_settled()
        assert distant.files() in (old, new), at
        distant.cut_after(10**9)
        distant.persist()
        assert distant.files() == new
        assert distant.units() == [RULES_UNIT]
    distant.remove()
    assert distant.files() == old
    assert distant.own() == own
    assert distant.units() == []
    distant.demand_health()
