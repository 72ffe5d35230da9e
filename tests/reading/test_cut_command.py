"""A link that is cut while a command is sent: the far shell runs it whole, or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dockerwall.model.unreadable import UnreadableError
from dockerwall.reading.destination import parse_destination
from dockerwall.reading.remote_shell import RemoteShell

FAR = parse_destination("far")
# In ssh's place: a shell of this machine, which hears only so much of what it is told.
FAKE = """#!/bin/sh
for command; do :; done
dd bs=1 count="$(cat {folder}/bytes)" 2>/dev/null | tee {folder}/heard | sh -c "$command"
"""
TEXT = b"one line\nanother\n"


@pytest.fixture(params=["dash", "bash", "busybox"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with such an ssh, and one of the shells as `sh`, to whom everybody is root."""
    path = shutil.which(request.param)
    if path is None:
        pytest.skip(f"{request.param} is not installed")
    (tmp_path / "sh").symlink_to(path)
    for name, text in (("ssh", FAKE.format(folder=tmp_path)), ("id", "#!/bin/sh\necho 0\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def tell(folder: Path, heard: int) -> bool:
    """Have text put into a file; whether the answer came back."""
    (folder / "bytes").write_text(str(heard))
    shell = RemoteShell(FAR, ssh=(str(folder / "ssh"),))
    try:
        return shell.run(["sh", "-c", f"cat >{folder}/out"], given=TEXT).failure is None
    except UnreadableError:
        return False
    finally:
        shell.close()


def test_it_is_run_whole_or_not_at_all(folder: Path) -> None:
    out = folder / "out"
    assert tell(folder, 10_000_000)
    assert out.read_bytes() == TEXT
    out.unlink()
    whole = (folder / "heard").read_bytes()
    begin = whole.rindex(b"{ answer sh")
    inside = whole.index(TEXT, begin)
    for heard in (*range(begin, inside, 9), *range(inside, len(whole) - 2, 5), len(whole) - 2):
        assert not tell(folder, heard), heard
        assert not out.exists(), whole[begin:heard]
    tell(folder, len(whole))
    assert out.read_bytes() == TEXT
