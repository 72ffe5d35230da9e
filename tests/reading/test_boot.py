"""How a host begins: which files are read, and that a snapshot carries them."""

from __future__ import annotations

from pathlib import Path

from dockerwall.grammar.boot import SOURCE, format_boot, parse_boot
from dockerwall.model.boot import DOCKER_UNITS, FILES, NAMES, RULES, SYSTEMD_RUNS, UNIT, UNIT_LINK
from dockerwall.model.kinds import Family
from dockerwall.reading.boot import LARGEST, boot_of, read_boot
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
