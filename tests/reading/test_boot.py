"""How a host begins: which files are read, and that a snapshot carries them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerwall.grammar.bootjson import SOURCE, format_boot, parse_boot
from dockerwall.grammar.errors import GrammarError
from dockerwall.model.boot import RULES, UNIT, UNIT_LINK
from dockerwall.model.kinds import Family
from dockerwall.reading.boot import LARGEST, boot_of, read_boot

RULES_V4 = RULES[Family.IPV4]


def _write(root: Path, path: str, content: bytes) -> None:
    place = root / path.removeprefix("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def test_a_host_with_nothing(tmp_path: Path) -> None:
    boot = boot_of(tmp_path)
    assert (boot.systemd, dict(boot.files), boot.present, boot.unread) == (
        False,
        {},
        frozenset(),
        frozenset(),
    )


def test_files_links_and_systemd(tmp_path: Path) -> None:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    _write(tmp_path, RULES_V4, b"*filter\n# \xff\nCOMMIT\n")
    _write(tmp_path, UNIT, b"[Unit]\n")
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
    assert boot_of(tmp_path).unread == {RULES_V4}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"systemd": true, "files": 3, "present": []}'])
def test_what_is_no_boot_file(text: str) -> None:
    with pytest.raises(GrammarError):
        parse_boot(text)
