"""Files written together: all or none, and undone wherever a process was killed in between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.editing.test_lasting import ALLOW, BOTH, DROP, SAVED, host

from dockerwall.applying.lasting.writing import NotWrittenError, write_all
from dockerwall.editing.lasting.planning import Persisting, persist, unpersist
from dockerwall.model.boot import RECORD, UNIT_LINK
from dockerwall.reading.boot import boot_of

FILES = {
    "/etc/iptables/rules.v4": SAVED[0],
    "/etc/ufw/ufw.conf": "ENABLED=yes\n",
    "/etc/default/ufw": "MANAGE_BUILTINS=yes\n",
    "/etc/ufw/after.rules": "*filter\nCOMMIT",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A host's files below a folder, with those of other firewall services."""
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    for path, text in FILES.items():
        place = tmp_path / path.removeprefix("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(0o640)
    return tmp_path


def planned(root: Path) -> Persisting:
    """What has to be written now."""
    return persist(host(ALLOW, DROP, boot=boot_of(root)), BOTH, "script\n", early=True)


def tree(root: Path) -> dict[str, tuple[int, bytes | str]]:
    """Every file's mode and content, and every link's target."""
    return {
        str(path): (0, str(path.readlink()))
        if path.is_symlink()
        else (path.stat().st_mode, path.read_bytes())
        for path in sorted(root.rglob("*"))
        if not path.is_dir()
    }


def test_written_and_undone(root: Path) -> None:
    before = tree(root)
    write_all(planned(root).changes, root)
    assert not planned(root)
    assert (root / UNIT_LINK.removeprefix("/")).is_symlink()
    assert (root / RECORD.removeprefix("/")).stat().st_mode & 0o777 == 0o600
    write_all(unpersist(boot_of(root)).changes, root)
    assert tree(root) == before
    assert not (root / "etc/dockerwall").exists()


def test_killed_anywhere_it_can_be_finished_or_undone(root: Path) -> None:
    before = tree(root)
    whole = planned(root)
    record = tuple(each for each in whole.changes if each.path == RECORD)
    steps = (*record, *(each for each in whole.changes if each.path != RECORD))
    for done in range(1, len(steps)):
        write_all(steps[:done], root)
        write_all(unpersist(boot_of(root)).changes, root)
        assert tree(root) == before, done
        write_all(steps[:done], root)
        write_all(planned(root).changes, root)
        assert not planned(root), done
        write_all(unpersist(boot_of(root)).changes, root)
        assert tree(root) == before, done


def test_a_file_that_has_changed_meanwhile_is_left_alone(root: Path) -> None:
    whole = planned(root)
    (root / "etc/ufw/after.rules").write_text("# edited\n")
    before = tree(root)
    with pytest.raises(NotWrittenError, match="changed meanwhile"):
        write_all(whole.changes, root)
    assert tree(root) == before


def test_nothing_is_left_of_what_could_not_be_finished(root: Path) -> None:
    before = tree(root)
    whole = planned(root)
    last = replace(whole.changes[-1], path="/etc/ufw/ufw.conf/no/folder", before=None, after="x")
    with pytest.raises(NotWrittenError):
        write_all((*whole.changes, last), root)
    assert tree(root) == before
