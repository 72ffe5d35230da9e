"""An audit of many hosts: one report, and a host that fails is a row of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.engine.enclosure import Enclosure
from tests.kernel.topology import can_build
from tests.reading.sshd import Sshd, missing
from tests.reading.test_ssh import ENVIRONMENT

from dockerwall.model.unreadable import UnreadableError
from dockerwall.reading.hosts_file import hosts_in, hosts_of_inventory

PROGRAM = (sys.executable, "-m", "dockerwall")
COUNT = 10
OPEN = "*filter\n:FORWARD ACCEPT [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\nCOMMIT\n"


class Fleet:
    """Ten machines with an sshd each; ssh finds `hostN` in its machine's network."""

    def __init__(self, machines: Sequence[Sshd], folder: Path) -> None:
        self.machines = machines
        self.names = [f"host{number}" for number in range(len(machines))]
        cases = "".join(
            f"*host{number}*) exec nsenter --net=/proc/{machine.enclosure.pid}/ns/net "
            f'/usr/bin/ssh -F {machine.folder}/ssh_config -o HostName=127.0.0.1 "$@" ;;\n'
            for number, machine in enumerate(machines)
        )
        (folder / "ssh").write_text(f'#!/bin/sh\ncase "$*" in\n{cases}esac\n')
        (folder / "ssh").chmod(0o755)
        self._path = f"{folder}:{os.environ['PATH']}"

    def audit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, "audit", *arguments], capture_output=True, text=True, timeout=120,
            check=False, stdin=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, "PATH": self._path},
        )  # fmt: skip


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    if reason := can_build() or missing():
        pytest.skip(reason)
    with ExitStack() as closing:
        machines = []
        for number in range(COUNT):
            enclosure = closing.enter_context(Enclosure(f"far{number}", ENVIRONMENT))
            enclosure.run(["iptables-nft-restore"], OPEN)
            machines.append(Sshd(enclosure, tmp_path_factory.mktemp(f"host{number}")))
        yield Fleet(machines, tmp_path_factory.mktemp("bin"))


def saved(machine: Sshd) -> list[str]:
    text = machine.enclosure.run(["iptables-nft-save"])
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.kernel
def test_ten_hosts_are_one_report_and_left_as_they_were(fleet: Fleet) -> None:
    before = [saved(machine) for machine in fleet.machines]
    words = [word for name in fleet.names for word in ("--ssh", f"root@{name}")]
    done = fleet.audit("--json", *words)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["schema"] == "dockerwall-fleet/1"
    assert [each["host"] for each in document["hosts"]] == [f"root@{name}" for name in fleet.names]
    for number, each in enumerate(document["hosts"]):
        assert (each["status"], each["error"]) == (0, None)
        assert each["audit"]["schema"] == "dockerwall-audit/1"
        assert each["audit"]["host"]["hostname"] == f"far{number}"
    assert [saved(machine) for machine in fleet.machines] == before


@pytest.mark.kernel
def test_a_host_that_fails_is_a_row(fleet: Fleet, tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("# all of them\nroot@host0\n\nroot@host1:2222  # nobody there\nroot@host2\n")
    done = fleet.audit("--hosts", str(hosts))
    assert done.returncode == 2
    assert done.stdout.startswith(
        "3 hosts: 0 with ports exposed to the Internet, 1 that could not be audited."
    )
    rows = [line for line in done.stdout.splitlines() if line.startswith("root@host")]
    assert [row.split()[0] for row in rows] == ["root@host0", "root@host1:2222", "root@host2"]
    assert "NOT AUDITED" in rows[1]
    assert "far2" in rows[2]
    assert "Connection refused" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.kernel
@pytest.mark.parametrize("words", [["-o", "x"], ["--format", "html"], ["--demo"]])
def test_what_cannot_be_done_for_many_hosts(fleet: Fleet, tmp_path: Path, words: list[str]) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("root@host0\nroot@host1\n")
    done = fleet.audit("--hosts", str(hosts), *words)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_a_file_of_hosts(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("# ours\nroot@a:22\n\n  b # that one\n")
    assert [str(each) for each in hosts_in(path)] == ["root@a:22", "b"]


@pytest.mark.parametrize("text", ["", "# nobody\n", "a\n-oProxyCommand=x\n", "a b\n", "\x1b[2J\n"])
def test_a_bad_file_of_hosts(tmp_path: Path, text: str) -> None:
    path = tmp_path / "hosts"
    path.write_text(text)
    with pytest.raises(UnreadableError):
        hosts_in(path)


INVENTORY = {
    "_meta": {
        "hostvars": {
            "a": {"ansible_host": "203.0.113.1", "ansible_user": "root", "ansible_port": 2222},
            "b": {},
            "c": {"ansible_connection": "local"},
            "d": {"ansible_host": "2001:db8::1", "ansible_port": "22"},
        }
    },
    "all": {"children": ["web"]},
    "web": {"hosts": ["b", "a", "c", "d", "e"]},
}


def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: object) -> tuple[str, ...]:
    program = tmp_path / "ansible-inventory"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(document)}\nEND\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tuple(str(each) for each in hosts_of_inventory(tmp_path / "inventory"))


def test_an_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = inventory(tmp_path, monkeypatch, INVENTORY)
    assert found == ("b", "root@203.0.113.1:2222", "[2001:db8::1]:22", "e")


@pytest.mark.parametrize(
    "document",
    [[], "x", {}, {"web": []}, {"_meta": {"hostvars": {"a": {"ansible_host": "-oProxy=x"}}}},
     {"_meta": {"hostvars": {"a": {"ansible_user": "{{ x }}"}}}}],
)  # fmt: skip
def test_a_bad_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: object) -> None:
    with pytest.raises(UnreadableError):
        inventory(tmp_path, monkeypatch, document)
