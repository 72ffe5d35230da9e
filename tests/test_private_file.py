"""Files for the operator alone: private, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerwall.private_file import NotWrittenError, write_private


def test_a_file_is_private_and_replaces_another(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    path = tmp_path / "report.html"
    path.symlink_to(victim)
    write_private(path, b"new")
    assert victim.read_text() == "mine"
    assert not path.is_symlink()


@pytest.mark.parametrize("name", ["", "missing/report", "/dev/null", "/proc/report", "a\0b"])
def test_what_cannot_be_written_is_said_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotWrittenError) as caught:
        write_private(tmp_path / name, b"new")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
