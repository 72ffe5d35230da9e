"""How a host begins: which files are read, and that a snapshot carries them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.applying.far_files import SHELLS, Shell, means

from dockerwall.grammar.boot import SOURCE, format_boot, parse_boot
from dockerwall.model.boot import (
    DOCKER_UNITS,
    FILES,
    FOLDER,
    NAMES,
    RECORD,
    RULES,
    SETS,
    SYSTEMD_RUNS,
    UNIT,
    UNIT_LINK,
    part_name,
)
from dockerwall.model.kinds import Family
from dockerwall.programs import Answer
from dockerwall.reading.boot import LARGEST, boot_of, read_boot
from dockerwall.reading.incoming import GarbledError
from dockerwall.reading.remote_boot import remote_boot
from dockerwall.reading.script import script

RULES_V4 = RULES[Family.IPV4]


def _write(root: Path, path: str, content: bytes) -> None:
    place = root / path.removeprefix("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def test_a_host_with_nothing(tmp_path: Path) -> None:
    boot = boot_of(tmp_path)
    assert (boot.systemd, dict(boot.files), boot.present) == (False, {}, frozenset())


def test_files_links_and_systemd(tmp_path: Path) -> None:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    _write(tmp_path, RULES_V4, b"*filter\n# \xff\nCOMMIT\n")
    _write(tmp_path, UNIT, b"[Unit]\n")
    _write(tmp_path, DOCKER_UNITS[0], b"[Unit]\n")
    link = tmp_path / UNIT_LINK.removeprefix("/")
    link.parent.mkdir(parents=True)
    link.symlink_to("../nowhere")
    boot = boot_of(tmp_path)
    assert boot.systemd
    assert boot.has_unit
    assert not boot.has_early_unit
    assert boot.files[RULES_V4].encode("utf-8", "surrogateescape") == b"*filter\n# \xff\nCOMMIT\n"
    assert parse_boot(format_boot(boot)) == boot
    assert parse_boot(read_boot(tmp_path).files[SOURCE]) == boot


def test_a_file_that_is_too_large_is_known_to_be_there(tmp_path: Path) -> None:
    _write(tmp_path, RULES_V4, b"x" * (LARGEST + 1))
    assert dict(boot_of(tmp_path).files) == {RULES_V4: ""}


def test_a_text_that_names_something_else() -> None:
    boot = parse_boot("/etc/shadow:root\n/etc/passwd\nfoo\n" + f"{RULES_V4}\n{RULES_V4}:a:b\n")
    assert dict(boot.files) == {RULES_V4: "a:b\n"}
    assert not boot.present


def test_the_script_for_other_hosts_asks_for_the_same() -> None:
    words = set(script().split())
    assert {*FILES, *NAMES, SYSTEMD_RUNS} <= words


@pytest.mark.parametrize("name", SHELLS)
def test_over_a_shell_it_is_the_same_to_the_byte(tmp_path: Path, name: str) -> None:
    shell = Shell(means(name).name)
    assert remote_boot(shell, str(tmp_path)) == boot_of(tmp_path)
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    for path, content in (
        (RULES_V4, bytes(range(256)) * 3),
        (RECORD, b"file /etc/x 9\nend\n"),
        (SETS, b""),
        (RULES[Family.IPV6], b"x" * (LARGEST + 1)),
        ("/etc/iptables/elsewhere", b"\n\n"),
        (UNIT, b"not ended"),
    ):
        _write(tmp_path, path, content)
    (tmp_path / "etc/iptables/rules.v4").symlink_to("elsewhere")
    (tmp_path / "etc/sysconfig/iptables").mkdir(parents=True)
    (tmp_path / UNIT_LINK.removeprefix("/")).parent.mkdir()
    (tmp_path / UNIT_LINK.removeprefix("/")).symlink_to("/nowhere")
    for path in (UNIT, UNIT_LINK, "/etc/iptables/elsewhere"):
        place = tmp_path / path.removeprefix("/")
        place.with_name(part_name(place.name)).symlink_to("/nowhere")
    boot = boot_of(tmp_path)
    assert remote_boot(shell, str(tmp_path)) == boot
    assert boot.unfinished == {UNIT, UNIT_LINK, "/etc/iptables/rules.v4"}
    shutil.rmtree(tmp_path / FOLDER.removeprefix("/"))
    for folder in (tmp_path / "etc/dockerwall", tmp_path / FOLDER.removeprefix("/")):
        folder.mkdir(exist_ok=True)
        assert FOLDER in boot_of(tmp_path).unfinished
        assert remote_boot(shell, str(tmp_path)) == boot_of(tmp_path)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"end",
        b"name /etc/shadow\nend\n",
        b"part /etc/shadow\nend\n",
        b"file /etc/shadow 1\nx\nend\n",
        b"file /etc/default/ufw 4\nx\nend\n",
        b"file /etc/default/ufw 1\nxyz\nend\n",
        b"file /etc/default/ufw -1\nxyz\nend\n",
        b"file /etc/default/ufw 99999999999999999999\nend\n",
        b"\x1b[2J\nend\n",
    ],
)
def test_an_answer_that_is_none(said: bytes) -> None:
    def hostile(_argv: Sequence[str]) -> Answer:
        return Answer("sh", said)

    with pytest.raises(GarbledError):
        remote_boot(hostile)


def test_the_script_for_a_shell_looks_for_the_same_parts(tmp_path: Path) -> None:
    _write(tmp_path, f"{os.path.dirname(UNIT)}/{part_name(os.path.basename(UNIT))}", b"")
    assert remote_boot(Shell("dash"), str(tmp_path)).unfinished == {UNIT}
