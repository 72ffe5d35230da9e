"""Several files written or removed together: all of them, or none.

Each is made beside its place and renamed into it, so that it is there whole or not at all. When
one fails, those before it are put back. A process that is killed in between leaves whole files,
a part at most of one more, and a record that names them: the next `persist`, or `persist --remove`,
makes up for it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from dockerwall.applying.state import sync_folder
from dockerwall.editing.lasting.planning import FileChange
from dockerwall.model.boot import FOLDER, OWN_LINKS, RECORD, UNIT_LINK, part_name

_OWN_FOLDERS = (FOLDER, str(Path(FOLDER).parent), str(Path(UNIT_LINK).parent))
"""Folders that are made where they are missing, and removed when they are left empty."""


class NotWrittenError(Exception):
    """Files could not be written, and all are as they were: one sentence."""


def write_all(
    changes: Collection[FileChange], root: Path = Path("/"), unfinished: Iterable[str] = ()
) -> None:
    """Make all changes; NotWrittenError, and nothing changed, if one cannot be made.

    A file that is not what the plan was made from is left alone, and so are all others. Parts that
    were left unfinished are removed first.
    """
    ordered = in_order(changes)
    _demand_own(_below(FOLDER, root))
    for change in ordered:
        if _there(change, root) != change.before:
            raise NotWrittenError(f"{change.path} has changed meanwhile: look again.")
    for path in unfinished:
        _part(_place(path, root)).unlink(missing_ok=True)
    done: list[FileChange] = []
    try:
        for change in ordered:
            done.append(change)
            _make(change, change.after, root)
    except OSError as error:
        for change in reversed(done):
            _put_back(change, root)
        _tidy(root)
        raise NotWrittenError(
            f"{done[-1].path} cannot be written: {error.strerror or error}."
        ) from error
    _tidy(root)


def _demand_own(folder: Path) -> None:
    """NotWrittenError where what root runs at boot would lie in somebody else's folder."""
    for each in (folder, folder.parent):
        if not os.path.lexists(each):
            continue
        known = os.lstat(each)
        shared = known.st_mode & (0o077 if each is folder else 0o022)
        if not stat.S_ISDIR(known.st_mode) or known.st_uid != os.geteuid() or shared:
            raise NotWrittenError(f"{each} is not a folder that only root can write to.")


def in_order(changes: Collection[FileChange]) -> Sequence[FileChange]:
    """The record first when it is written and last when it goes: it names all others."""
    record = [each for each in changes if each.path == RECORD]
    others = [each for each in changes if each.path != RECORD]
    first = [each for each in record if each.after is not None]
    return [*first, *others, *(each for each in record if each.after is None)]


def _there(change: FileChange, root: Path) -> str | None:
    path = _below(change.path, root)
    try:
        if change.is_link:
            # Who made the link, and how its target is spelled, does not matter.
            return change.before if path.is_symlink() and change.before is not None else None
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotWrittenError(f"{change.path} cannot be read: {error.strerror}.") from error


def _put_back(change: FileChange, root: Path) -> None:
    try:
        _make(change, change.before, root)
    except OSError:
        return  # as far as it goes: the record names what is left


def _make(change: FileChange, text: str | None, root: Path) -> None:
    path = _below(change.path, root)
    if text is None:
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)
        return
    _make_folders(path.parent, root)
    path = _place(change.path, root)
    part = _part(path)
    try:
        if change.is_link:
            part.symlink_to(text)
        else:
            _write(part, text, change.mode, path)
        part.rename(path)
    except FileExistsError:
        raise  # somebody else's, who is at it just now
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _write(part: Path, text: str, mode: int | None, like: Path) -> None:
    """A new file on the disk, with the given mode, or the mode and owner of the one it replaces."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    handle = os.open(part, flags, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode("utf-8", "surrogateescape"))
        if mode is None and like.exists():
            known = like.stat()
            os.fchown(handle, known.st_uid, known.st_gid)
            os.fchmod(handle, known.st_mode & 0o7777)
        elif mode is not None:
            os.fchmod(handle, mode)
        file.flush()
        os.fsync(handle)


def _make_folders(folder: Path, root: Path) -> None:
    if folder.is_dir():
        return
    private = folder == _below(FOLDER, root)
    _make_folders(folder.parent, root)
    folder.mkdir(mode=0o700 if private else 0o755)


def _tidy(root: Path) -> None:
    """Remove the folders that are left empty."""
    for name in _OWN_FOLDERS:
        try:
            _below(name, root).rmdir()
        except OSError:
            continue  # not empty, or never made


def _place(path: str, root: Path) -> Path:
    """Where a file really is; a link of ours is itself the place."""
    place = _below(path, root)
    return place if path in OWN_LINKS else Path(os.path.realpath(place))


def _part(place: Path) -> Path:
    return place.with_name(part_name(place.name))


def _below(path: str, root: Path) -> Path:
    return root / path.removeprefix("/")
