"""Files written together: all or none, and undone wherever a process was killed in between.

By this program on its own host, and by the script that is sent to others.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.applying.far_files import SHELLS, Means, means
from tests.editing.test_lasting import ALLOW, BOTH, DROP, OWN, SAVED, host

from dockerwall.analysis.boot.own import Lasting, Line
from dockerwall.applying.lasting.writing import NotWrittenError
from dockerwall.editing.lasting.planning import FileChange, Persisting, persist, unpersist
from dockerwall.model.boot import (
    FOLDER,
    RECORD,
    RULES,
    UNIT,
    UNIT_LINK,
    WRITTEN,
    part_name,
)
from dockerwall.model.kinds import Family

FILES = {
    "/etc/iptables/rules.v4": SAVED[0],
    "/etc/ufw/ufw.conf": "ENABLED=yes\n",
    "/etc/default/ufw": "MANAGE_BUILTINS=yes\n",
    "/etc/ufw/after.rules": "*filter\nCOMMIT",
}


@pytest.fixture
def root() -> Iterator[Path]:
    """A host's files below a folder, with those of other firewall services."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # everything is synced there
    with TemporaryDirectory(dir=memory) as name:
        folder = Path(name).resolve()
        for there in ("run/systemd/system", "etc/systemd/system"):
            (folder / there).mkdir(parents=True)
        for path, text in FILES.items():
            place(folder, path).parent.mkdir(parents=True, exist_ok=True)
            place(folder, path).write_text(text)
            place(folder, path).chmod(0o640)
        yield folder


@pytest.fixture(params=["here", *SHELLS])
def by(request: pytest.FixtureRequest) -> Means:
    """Each means of writing."""
    return means(request.param)


AGREED = replace(
    OWN,
    chains={
        "DOCKER-USER": (Line("-A DOCKER-USER -s 192.0.2.77/32 -j RETURN", True), Line(DROP, True)),
        "INPUT": (Line("-A INPUT -s 192.0.2.78 -j DROP", True),),
    },
)
LATER = Lasting({Family.IPV4: AGREED}, ())
"""Other rules than at first."""


def planned(by: Means, root: Path, lasting: Lasting = BOTH) -> Persisting:
    """What has to be written now."""
    return persist(host(ALLOW, DROP, boot=by.boot(root)), lasting, "script\n", early=True)


def removal(by: Means, root: Path) -> Persisting:
    """What has to go now."""
    return unpersist(by.boot(root))


def tree(root: Path) -> dict[str, tuple[object, ...]]:
    """Every file's mode, owner and content, every link's target, and every folder."""
    return {str(path): _known(path) for path in sorted(root.rglob("*"))}


def _known(path: Path) -> tuple[object, ...]:
    if path.is_symlink():
        return (str(path.readlink()),)
    known = path.stat()
    content = b"" if path.is_dir() else path.read_bytes()
    return known.st_mode, known.st_uid, known.st_gid, content


def some(by: Means, steps: int) -> range:
    """After how many steps to be killed: each by this program, and some by a shell, which is slow.

    What the shell does when it really is killed anywhere is tested beside its script.
    """
    return range(1, steps, 1 if by.name == "here" else 6)


def place(root: Path, path: str) -> Path:
    """Where a file of the host is."""
    return root / path.removeprefix("/")


def test_written_and_undone(by: Means, root: Path) -> None:
    before = tree(root)
    by.write(planned(by, root), root)
    assert not planned(by, root)
    assert place(root, UNIT_LINK).readlink() == Path("../dockerwall-rules.service")
    assert place(root, RECORD).stat().st_mode & 0o777 == 0o600
    assert place(root, UNIT).stat().st_mode & 0o777 == 0o644
    assert place(root, FOLDER).stat().st_mode & 0o777 == 0o700
    assert place(root, FOLDER).parent.stat().st_mode & 0o777 == 0o755
    by.write(removal(by, root), root)
    assert tree(root) == before


@pytest.mark.parametrize("first", [None, BOTH], ids=["nothing there", "others there"])
def test_killed_anywhere_it_can_be_finished_or_undone(
    by: Means, root: Path, first: Lasting | None
) -> None:
    before = tree(root)

    def begin() -> None:
        if first is not None:
            by.write(planned(by, root, first), root)

    begin()
    whole = planned(by, root, LATER)
    record = tuple(each for each in whole.changes if each.path == RECORD)
    steps = (*record, *(each for each in whole.changes if each.path != RECORD))
    by.write(removal(by, root), root)
    for done in some(by, len(steps)):
        for finishes in (False, True):
            begin()
            by.write(Persisting(steps[:done]), root)
            if finishes:
                by.write(planned(by, root, LATER), root)
                assert not planned(by, root, LATER), done
            by.write(removal(by, root), root)
            assert tree(root) == before, done


def test_killed_anywhere_while_it_is_removed(by: Means, root: Path) -> None:
    before = tree(root)
    by.write(planned(by, root), root)
    whole = removal(by, root).changes
    steps = (*(each for each in whole if each.path != RECORD),)
    for done in some(by, len(steps)):
        by.write(Persisting(steps[:done]), root)
        by.write(removal(by, root), root)
        assert tree(root) == before, done
        by.write(planned(by, root), root)


def test_what_is_not_needed_any_more_is_taken_out_though_killed(by: Means, root: Path) -> None:
    """The second writing puts nothing into ufw's file; the first did."""
    before = tree(root)
    conf = place(root, "/etc/ufw/ufw.conf")
    whole, alone = conf.read_text(), "ENABLED=no\n"
    for finishes in (False, True):
        by.write(planned(by, root), root)
        conf.write_text(alone)
        steps = planned(by, root).changes
        assert {each.path for each in steps} >= {RECORD, "/etc/ufw/after.rules"}
        by.write(Persisting(tuple(each for each in steps if each.path == RECORD)), root)
        if finishes:
            by.write(planned(by, root), root)
            assert not planned(by, root)
            assert place(root, "/etc/ufw/after.rules").read_text() == FILES["/etc/ufw/after.rules"]
        by.write(removal(by, root), root)
        conf.write_text(whole)
        assert tree(root) == before


def test_a_file_that_has_changed_meanwhile_is_left_alone(by: Means, root: Path) -> None:
    whole = planned(by, root)
    (root / "etc/ufw/after.rules").write_text("# edited\n")
    before = tree(root)
    with pytest.raises(NotWrittenError, match=r"^/etc/ufw/after.rules has changed meanwhile"):
        by.write(whole, root)
    assert tree(root) == before


def test_nothing_is_left_of_what_could_not_be_finished(by: Means, root: Path) -> None:
    before = tree(root)
    whole = planned(by, root)
    last = replace(whole.changes[-1], path="/etc/ufw/ufw.conf/no/folder", before=None, after="x")
    with pytest.raises(NotWrittenError, match=r"^/etc/ufw/ufw.conf/no/folder cannot be written"):
        by.write(Persisting((*whole.changes, last)), root)
    assert tree(root) == before


@pytest.mark.parametrize("text", ["", "\n", "x", "x\n\n", "\n\nx", " \\ $(id) `id` '\" %s\r\t"])
def test_texts_come_through_to_the_byte(by: Means, root: Path, text: str) -> None:
    everything = bytes(each for each in range(1, 256) if each != 10)
    text += everything.decode("utf-8", "surrogateescape")
    old = place(root, RULES[Family.IPV4])
    for change in (
        FileChange(RULES[Family.IPV4], None, text),
        FileChange(RULES[Family.IPV4], text, f"{text}\n"),
        FileChange(RULES[Family.IPV4], f"{text}\n", text[::-1], 0o640),
    ):
        by.write(Persisting((change,)), root)
        assert change.after is not None
        assert old.read_bytes() == change.after.encode("utf-8", "surrogateescape")
        assert by.boot(root).files[RULES[Family.IPV4]] == change.after


def test_mode_and_owner_of_a_foreign_file_stay(by: Means, root: Path) -> None:
    path = "/etc/iptables/rules.v4"
    real = place(root, "/etc/elsewhere")
    place(root, path).rename(real)
    place(root, path).symlink_to("../elsewhere")
    real.chmod(0o604)
    if os.geteuid() == 0:
        os.chown(real, 12, 34)
    before = tree(root)
    by.write(planned(by, root), root)
    assert place(root, path).is_symlink()
    assert real.read_text() != SAVED[0]
    assert _known(real)[:3] == before[str(real)][:3]
    by.write(removal(by, root), root)
    assert tree(root) == before


def test_parts_of_a_write_that_was_cut_short_are_removed(by: Means, root: Path) -> None:
    real = place(root, "/etc/elsewhere")
    place(root, "/etc/iptables/rules.v4").rename(real)
    place(root, "/etc/iptables/rules.v4").symlink_to(real)
    before = tree(root)
    place(root, FOLDER).mkdir(parents=True, mode=0o700)
    assert by.boot(root).unfinished == {FOLDER}
    for path in WRITTEN:
        at = Path(os.path.realpath(place(root, path)))
        at.parent.mkdir(parents=True, exist_ok=True)
        at.with_name(part_name(at.name)).write_text("half")
    assert by.boot(root).unfinished == {*WRITTEN}
    found = removal(by, root)
    assert (bool(found), found.changes) == (True, ())
    by.write(found, root)
    left = {path: known for path, known in tree(root).items() if path not in before}
    assert all(Path(path).is_dir() for path in left)  # others' folders, which were not there
    assert not by.boot(root).unfinished


def test_who_writes_at_the_same_time_is_not_disturbed(by: Means, root: Path) -> None:
    whole = planned(by, root)
    part = place(root, "/etc/ufw") / part_name("after.rules")
    part.write_text("being written")
    before = tree(root)
    with pytest.raises(NotWrittenError, match=r"after\.rules cannot be written"):
        by.write(whole, root)
    assert tree(root) == before


@pytest.mark.parametrize("spoil", ["chmod 750 $1", "chmod 775 ${1%/*}", "rmdir $1; ln -s /tmp $1"])
def test_nothing_that_root_runs_lies_in_a_folder_of_others(
    by: Means, root: Path, spoil: str
) -> None:
    folder = place(root, FOLDER)
    folder.mkdir(parents=True, mode=0o700)
    subprocess.run(["sh", "-c", spoil, "sh", str(folder)], check=True)
    before = tree(root)
    with pytest.raises(NotWrittenError, match="is not a folder that only root can write to"):
        by.write(planned(by, root), root)
    assert tree(root) == before
