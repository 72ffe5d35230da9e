"""The script that writes own rules on a far host: killed anywhere, unheard, and misled."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.applying.far_files import SHELLS, Shell, means
from tests.applying.test_lasting_files import LATER, planned, root, tree

from dockerwall.analysis.boot.own import Lasting
from dockerwall.applying.far.lasting import LARGEST, write_far, writing_script
from dockerwall.applying.lasting.writing import NotWrittenError
from dockerwall.editing.lasting.orders import Order, orders
from dockerwall.editing.lasting.planning import FileChange, Persisting, unpersist
from dockerwall.model.boot import FOLDER, RESTORE, RULES, UNIT_LINK, part_name
from dockerwall.model.kinds import Family
from dockerwall.model.unreadable import UnreadableError
from dockerwall.programs import Answer
from dockerwall.reading.boot import boot_of

__all__ = ["root"]
V4 = RULES[Family.IPV4]
# Does what the program of its name does, but for the call at which the whole script is killed.
DEADLY = """#!/bin/sh
count=$(cat {folder}/count)
echo $((count + 1)) >{folder}/count
[ "$count" != {fatal} ] || kill -9 0
exec {program} "$@"
"""
STEPS = ("mv", "rm", "ln", "chmod", "cp", "sync", "mkdir", "rmdir")
SYSTEMCTL = """#!/bin/sh
echo "$*" >>{folder}/told
case $1 in {fails}) echo "Something else." >&2; echo "Failed to $1." >&2; exit 5 ;; esac
"""


@pytest.fixture(params=["dash", "bash"])
def shell(request: pytest.FixtureRequest) -> str:
    """Shells whose programs are found by PATH; busybox has them all built in."""
    return means(request.param).name


def deadly(folder: Path, fatal: int) -> None:
    """Programs of which the call with this number kills everything, in a folder."""
    folder.mkdir(exist_ok=True)
    (folder / "count").write_text("0\n")
    for name in STEPS:
        text = DEADLY.format(folder=folder, fatal=fatal, program=f"/usr/bin/{name}")
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


def calls(folder: Path) -> int:
    """How many of them were run."""
    return int((folder / "count").read_text())


def killed(shell: str, planned: Persisting, root: Path, folder: Path, fatal: int) -> None:
    """Write, and be killed at this step."""
    deadly(folder, fatal)
    with pytest.raises(UnreadableError, match="did not write all of it"):
        write_far(Shell(shell, folder), planned, (), str(root))
    assert calls(folder) == fatal + 1


@pytest.mark.parametrize("ends", ["new", "old"])
def test_killed_anywhere_the_next_finishes_or_undoes(
    shell: str, root: Path, tmp_path: Path, ends: str
) -> None:
    near, programs = means("here"), tmp_path / "bin"
    old = tree(root)
    deadly(programs, -1)
    write_far(Shell(shell, programs), planned(near, root), (), str(root))
    steps, new = calls(programs), tree(root)
    assert steps > 30
    for fatal in range(0, steps, 2 if shell == "dash" else 9):
        near.write(unpersist(boot_of(root)), root)
        assert tree(root) == old
        killed(shell, planned(near, root), root, programs, fatal)
        if ends == "new":
            near.write(planned(near, root), root)
            assert tree(root) == new, fatal
            assert not planned(near, root)
        else:
            near.write(unpersist(boot_of(root)), root)
            assert tree(root) == old, fatal


@pytest.mark.parametrize("what", [LATER, None], ids=["other rules", "removed"])
def test_killed_anywhere_over_what_was_there(
    shell: str, root: Path, tmp_path: Path, what: Lasting | None
) -> None:
    near, programs = means("here"), tmp_path / "bin"
    old = tree(root)
    near.write(planned(near, root), root)
    deadly(programs, -1)
    write_far(Shell(shell, programs), next_step(root, what), (), str(root))
    steps = calls(programs)
    assert steps > 15
    for fatal in range(0, steps, 2 if shell == "dash" else 9):
        near.write(unpersist(boot_of(root)), root)
        near.write(planned(near, root), root)
        killed(shell, next_step(root, what), root, programs, fatal)
        near.write(unpersist(boot_of(root)), root)
        assert tree(root) == old, fatal


def next_step(root: Path, what: Lasting | None) -> Persisting:
    """Other rules written, or all removed."""
    return unpersist(boot_of(root)) if what is None else planned(means("here"), root, what)


def test_who_listens_no_more_does_not_matter(shell: str, root: Path, tmp_path: Path) -> None:
    """All is written and systemd is told, though nobody reads what is printed."""
    reading, writing = os.pipe()
    os.close(reading)
    told(tmp_path, "never")
    whole = planned(means("here"), root)
    try:
        run = partial(Shell(shell, tmp_path), into=writing)
        write_far(run, whole, orders(whole), str(root))
    finally:
        os.close(writing)
    assert not planned(means("here"), root)
    assert (tmp_path / "told").read_text().splitlines() == [
        "daemon-reload",
        "start dockerwall-rules.service",
    ]


def told(folder: Path, fails: str) -> None:
    """A systemctl that writes down what it is told, and fails at one verb."""
    (folder / "systemctl").write_text(SYSTEMCTL.format(folder=folder, fails=fails))
    (folder / "systemctl").chmod(0o755)


def test_what_systemd_says(root: Path, tmp_path: Path) -> None:
    whole = planned(means("here"), root)
    for fails, statuses in (("daemon-reload", [5]), ("start", [0, 5])):
        told(tmp_path, fails)
        answers = write_far(Shell("dash", tmp_path), whole, orders(whole), str(root))
        assert [answer.status for answer in answers] == statuses
        assert answers[-1].problem() == f"systemctl failed: Failed to {fails}."
        means("here").write(unpersist(boot_of(root)), root)
    missing = write_far(Shell("dash"), Persisting(()), (Order("no-such-verb"),), str(root))
    assert missing[0].failure is not None


def test_what_did_not_come_whole_is_not_begun(root: Path) -> None:
    before = tree(root)

    class Cut(Shell):
        """Half of what it is given arrives."""

        def __call__(self, argv: Sequence[str], *, given: bytes = b"", **more: Any) -> Answer:
            return super().__call__(argv, given=given[: len(given) // 2], **more)

    for shell in SHELLS:
        with pytest.raises(NotWrittenError, match="did not come whole"):
            write_far(Cut(means(shell).name), planned(means("here"), root), (), str(root))
    assert tree(root) == before


@pytest.mark.parametrize(
    ("text", "says"),
    [("a\0b", "zero byte"), ("x" * (LARGEST + 1), "more than 16 MiB")],
    ids=["a zero", "too much"],
)
def test_what_cannot_be_sent_is_refused(root: Path, text: str, says: str) -> None:
    before = tree(root)
    with pytest.raises(NotWrittenError, match=says):
        write_far(Shell("dash"), Persisting((FileChange(V4, None, text),)), (), str(root))
    assert tree(root) == before


def test_a_full_disk(root: Path, tmp_path: Path) -> None:
    """What does not fit is not written, and what was is put back."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        changes = (FileChange(V4, None, "x\n"), FileChange(RESTORE, None, "y" * 200_000))
        for shell in SHELLS:
            with pytest.raises(NotWrittenError, match="restore cannot be written"):
                write_far(Shell(means(shell).name), Persisting(changes), (), str(small))
            assert list(small.iterdir()) == [small / "etc"]
            assert list((small / "etc").iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_the_script_means_the_same_places() -> None:
    script = writing_script()
    assert f"$root{FOLDER}\n" in script
    assert f"$root{Path(UNIT_LINK).parent!s}" in script
    assert f".${{place##*/}}{part_name('')[1:]}\n" in script.replace("; }", "\n")
