"""Who works here is found although sudo takes SSH_CONNECTION away."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from dockerwall.applying.operator import SshConnection, parse_connection, ssh_connection

OWN = SshConnection("203.0.113.9", 51022, "192.0.2.1", 22)


def proc(folder: Path, processes: Mapping[int, tuple[int, str, str]]) -> Path:
    """A /proc of processes: parent, name, environment."""
    for process, (parent, name, environment) in processes.items():
        place = folder / str(process)
        place.mkdir()
        (place / "stat").write_text(f"{process} ({name}) S {parent} 0 0")
        (place / "comm").write_text(name + "\n")
        (place / "environ").write_text(environment.replace(" ;", "\0"))
    return folder


def test_the_environment_says_it() -> None:
    found = ssh_connection({"SSH_CONNECTION": "203.0.113.9 51022 192.0.2.1 22"})
    assert found == OWN


def test_a_parents_environment_says_it(tmp_path: Path) -> None:
    tree = {
        os.getpid(): (500, "python3", "PATH=/bin"),
        500: (400, "sudo) R 1 (", "PATH=/bin"),
        400: (1, "bash", "A=b ;SSH_CONNECTION=203.0.113.9 51022 192.0.2.1 22 ;C=d"),
    }
    assert ssh_connection({}, proc(tmp_path, tree)) == OWN


def test_the_sshd_above_is_asked_for_its_connection(tmp_path: Path) -> None:
    tree = {
        os.getpid(): (500, "python3", ""),
        500: (400, "sshd-session", ""),
        400: (1, "sshd", ""),
    }
    sockets = (
        '0 0 [::ffff:192.0.2.1]:443 [::ffff:198.51.100.7]:4000 users:(("nginx",pid=77,fd=4))\n'
        '0 0 [::ffff:192.0.2.1]:22 [::ffff:203.0.113.9]:51022 users:(("sshd",pid=500,fd=4))\n'
    )
    assert ssh_connection({}, proc(tmp_path, tree), lambda: sockets) == OWN


def test_nobody_came_by_ssh(tmp_path: Path) -> None:
    tree = {os.getpid(): (400, "python3", ""), 400: (1, "bash", "")}
    assert ssh_connection({}, proc(tmp_path, tree), lambda: pytest.fail("asked")) is None


@pytest.mark.parametrize(
    "text", ["", "203.0.113.9", "a b c d", "203.0.113.9 x 192.0.2.1 22", "1 2 3 4 5"]
)
def test_what_is_no_connection(text: str) -> None:
    assert parse_connection(text) is None


def test_a_link_local_address_loses_its_interface() -> None:
    found = parse_connection("fe80::1%eth0 51022 fe80::2%eth0 22")
    assert found == SshConnection("fe80::1", 51022, "fe80::2", 22)
