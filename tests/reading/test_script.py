"""The script for hosts where nothing is installed: what it prints is what a live reading gives."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from tests.kernel.namespace import Namespace
from tests.reading.minimal_root import READERS, MinimalRoot
from tests.reading.test_live import NATIVE, RULES, fingerprint, load

from dockerwall.model.kinds import Family, Variant
from dockerwall.reading.recorded import RecordedHost
from dockerwall.reading.script import script
from dockerwall.reading.texts import FILES, META

SHELLS = ("dash", "bash", "busybox")
PROGRAM = [sys.executable, "-m", "dockerwall"]
LISTING = ("addr.json", "link.json", "nft.json", "ipset.save", "route4.json", "route6.json",
           "rule.json", "rule6.json")  # fmt: skip


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return name


def furnish(namespace: Namespace) -> None:
    """Rules of every kind, and interfaces with awkward names."""
    load(namespace, Family.IPV4, Variant.NFT, RULES)
    load(namespace, Family.IPV6, Variant.NFT, RULES)
    load(namespace, Family.IPV4, Variant.LEGACY, RULES)
    namespace.run(["nft", "-f", "-"], NATIVE)
    namespace.run(["ipset", "create", "friends", "hash:ip"])
    namespace.ip(
        "link set lo up",
        "link add eth0.7 type bridge",
        "addr add 10.1.2.3/24 dev eth0.7",
        "link add $(id)&$x type bridge",
    )


def members(archive: bytes) -> dict[str, bytes]:
    """The files of an archive, each header's sum checked by tarfile."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            stream = tar.extractfile(member)
            assert stream is not None
            assert (member.mode, member.isreg()) == (0o600, True)
            found[member.name] = stream.read()
    return found


def without_comments(text: bytes) -> list[bytes]:
    return [line for line in text.splitlines() if not line.startswith(b"#")]


def run(namespace: Namespace, *argv: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["nsenter", f"--net={namespace.path}", *argv],
        input=given, capture_output=True, timeout=60, check=False,
        env={"PATH": os.environ["PATH"], "DOCKER_HOST": "unix:///nowhere/docker.sock"},
    )  # fmt: skip


def audited(path: Path) -> dict[str, Any]:
    printed = subprocess.run(
        [*PROGRAM, "audit", "--json", "--snapshot", str(path)],
        capture_output=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    document: dict[str, Any] = json.loads(printed)
    document["host"].pop("taken_at")
    document.pop("gaps")  # without Docker they are worded differently
    return document


@pytest.mark.kernel
def test_in_a_minimal_root_it_prints_what_a_live_reading_gives(
    namespace: Namespace, shell: str, tmp_path: Path
) -> None:
    furnish(namespace)
    (tmp_path / "root").mkdir()
    programs = READERS if shell == "busybox" else (*READERS, "cat", "date", "wc")
    root = MinimalRoot(tmp_path / "root", shell, programs)
    before = fingerprint(namespace)
    done = root.feed(namespace, script())
    assert done.returncode == 0, done.stderr
    assert fingerprint(namespace) == before
    (tmp_path / "host.tar").write_bytes(done.stdout)
    live = run(namespace, *PROGRAM, "snapshot", "-o", str(tmp_path / "live"))
    assert live.returncode == 0, live.stderr
    found = members(done.stdout)
    assert set(found) == {path.name for path in (tmp_path / "live").iterdir()}
    for name, data in found.items():
        there = (tmp_path / "live" / name).read_bytes()
        if name.startswith("ip") and "-save." in name:
            assert without_comments(data) == without_comments(there), name
        elif name in LISTING:
            assert data == there, name
        elif name == "sysctl.txt":
            assert sorted(data.splitlines()) == sorted(there.splitlines())
    assert audited(tmp_path / "host.tar") == audited(tmp_path / "live")


@pytest.mark.kernel
def test_without_any_program_every_file_is_a_gap(
    namespace: Namespace, shell: str, tmp_path: Path
) -> None:
    load(namespace, Family.IPV4, Variant.LEGACY, RULES)
    (tmp_path / "root").mkdir()
    done = MinimalRoot(tmp_path / "root", shell, ()).feed(namespace, script())
    found = members(done.stdout)
    meta = json.loads(found[META])
    gaps = {gap["source"]: gap["problem"] for gap in meta["gaps"]}
    expected = {"iptables-save.nft", "iptables-save.legacy", "nft.json", "listen.txt",
                "docker-info.json"} | (set() if shell == "busybox" else {"sysctl.txt"})  # fmt: skip
    assert expected <= set(gaps)
    assert "legacy tables (filter)" in gaps["iptables-save.legacy"]
    (tmp_path / "host.tar").write_bytes(done.stdout)
    assert RecordedHost(tmp_path / "host.tar").read().rules == {}


@pytest.mark.kernel
def test_reading_takes_no_lock_and_makes_no_legacy_table(namespace: Namespace, shell: str) -> None:
    load(namespace, Family.IPV4, Variant.NFT, RULES)
    before = fingerprint(namespace)
    watched = (
        'mount -t tmpfs none /run && mount -t tmpfs none /tmp && "$@"; status=$?; '
        'test -z "$(ls /run /tmp | grep -Ev "^mount|:")" && exit $status'
    )
    argv = ["busybox", "sh"] if shell == "busybox" else [shell]
    done = run(
        namespace, "unshare", "--mount", "sh", "-c", watched, "sh", *argv, given=script().encode()
    )
    assert done.returncode == 0, done.stderr
    assert fingerprint(namespace) == before
    assert "iptables-save.legacy" not in members(done.stdout)


@pytest.mark.kernel
def test_without_privilege_it_says_so_and_ends_with_3(namespace: Namespace, shell: str) -> None:
    argv = ["busybox", "sh"] if shell == "busybox" else [shell]
    done = run(
        namespace, "setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", *argv,
        given=script().encode(),
    )  # fmt: skip
    assert done.returncode == 3
    found = members(done.stdout)
    assert not [name for name in found if "tables-save" in name]
    denied = [gap["source"] for gap in json.loads(found[META])["gaps"] if gap["denied"]]
    assert denied == ["iptables-save.nft"]


HOSTILE = ('a"b\\c$(touch x)`id`', "tab\there\x1b[31m", "%s%n\\0", "é")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.kernel
def test_a_hostile_host_name_is_only_text(namespace: Namespace, shell: str, name: str) -> None:
    argv = ["busybox", "sh"] if shell == "busybox" else [shell]
    rename = 'printf %s "$1" >/proc/sys/kernel/hostname && shift && exec "$@"'
    done = run(
        namespace, "unshare", "--uts", "sh", "-c", rename, "sh", name, *argv,
        given=script().encode(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = json.loads(members(done.stdout)[META])["hostname"]
    expected = "".join("?" * len(c.encode()) if not " " <= c <= "~" else c for c in name)
    assert shown == expected


@pytest.mark.kernel
def test_with_a_token_only_what_changed_is_printed_again(namespace: Namespace, shell: str) -> None:
    load(namespace, Family.IPV4, Variant.NFT, RULES)
    argv = ["busybox", "sh"] if shell == "busybox" else [shell]
    lines = [
        "dockerwall_token=abc dockerwall_what=host", script(), "snapshot rules abc",
        "iptables-nft -A INPUT -j ACCEPT", "snapshot host abc",
    ]  # fmt: skip
    done = run(namespace, *argv, given=("\n".join(lines) + "\n").encode())
    assert done.returncode == 0, done.stderr
    frames = [frame.partition(b"abc end\n")[0] for frame in done.stdout.split(b"\nabc begin\n")[1:]]
    first, second, third = (members(frame) for frame in frames)
    assert "addr.json" in first
    assert "unchanged" not in first
    assert {"nft.json"} <= set(second["unchanged"].decode().split())
    assert "addr.json" not in second["unchanged"].decode()
    assert b"-A INPUT -j ACCEPT" in third["iptables-save.nft"]
    assert {"addr.json", "sysctl.txt"} <= set(third["unchanged"].decode().split())


def test_the_command_prints_the_script() -> None:
    done = subprocess.run(
        [*PROGRAM, "snapshot", "--script"], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == script()


def test_every_name_comes_with_the_sum_of_its_letters() -> None:
    text = script()
    for name in (*FILES, META, "unchanged"):
        sum_of_letters = str(sum(name.encode()))
        stem = name.split("-save")[0] if "-save." in name else name
        assert any(stem in line and sum_of_letters in line.split() for line in text.splitlines()), (
            name
        )


def test_nothing_secret_is_asked_of_docker() -> None:
    assert ".Config.Env" not in script()
    assert ".Args" not in script()
