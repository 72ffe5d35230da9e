"""A recorded host: a snapshot directory, or a tar archive of one, as Texts.

Nothing is unpacked to disk, no link is followed out of the snapshot, and nothing beyond
`LARGEST` is read. Unknown files are passed over; missing ones become gaps.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from dockerwall.grammar.errors import GrammarError
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import Gap, HostInfo, Snapshot
from dockerwall.reading.assembly import Assembly
from dockerwall.reading.meta import parse_meta
from dockerwall.reading.texts import (
    BOOT_FILE,
    DOCKER_FILES,
    FILES,
    META,
    PERSISTED_FILES,
    RULE_FILES,
    SAVE_FILES,
    Texts,
)

LARGEST = 256 * 1024 * 1024
"""How many bytes one file of a snapshot may hold, and all of them together."""
_KNOWN = frozenset((*FILES, META))
# Absent on most hosts, and not in every version of the format: no gap when missing.
_OPTIONAL = (
    RULE_FILES[Family.IPV6],
    SAVE_FILES[Variant.LEGACY, Family.IPV4],
    SAVE_FILES[Variant.LEGACY, Family.IPV6],
    *PERSISTED_FILES.values(),
    BOOT_FILE,
)
_ADVICE = "Record the host again as root with `dockerwall-tui snapshot -o FILE`."


class NoSnapshotError(ValueError):
    """A path that holds no snapshot: one sentence that names it."""


class RecordedHost:
    """A snapshot on disk; NoSnapshotError or GrammarError at once when it is none."""

    live = False

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        try:
            self._snapshot = Assembly(forgiving=False).snapshot(read_recorded(path))
        except GrammarError as error:
            raise error.below(str(path)) from None

    def first(self) -> Snapshot:
        """The recorded snapshot."""
        return self._snapshot

    def read(self) -> Snapshot:
        """The recorded snapshot, the very same each time."""
        return self._snapshot


def read_recorded(path: Path) -> Texts:
    """The texts of a snapshot; NoSnapshotError or GrammarError where it is none."""
    try:
        files = _from_directory(path) if path.is_dir() else _from_archive(path)
    except OSError as error:
        raise NoSnapshotError(f"{path}: {error.strerror or error}") from None
    meta = files.pop(META, None)
    if not files and meta is None:
        raise NoSnapshotError(
            f"{path} is no snapshot: it holds none of the files of one, such as iptables-save.nft"
        )
    host, gaps = parse_meta(meta) if meta is not None else (HostInfo("", "", ""), (_NO_META,))
    return Texts(host, files, (*gaps, *missing_gaps(files, {gap.source for gap in gaps})))


_NO_META = Gap(
    META,
    "The snapshot does not say which host it is of, and when it was taken.",
    "Add a meta.json as the README describes.",
)


def missing_gaps(files: Mapping[str, str], explained: set[str]) -> tuple[Gap, ...]:
    """A gap for every file that is neither there nor already explained; one for all of Docker."""
    absent = [
        name
        for name in FILES
        if name not in files
        and name not in explained
        and name not in _OPTIONAL
        and not _stands_in(name, files)
    ]
    if explained.intersection(DOCKER_FILES):
        absent = [name for name in absent if name not in DOCKER_FILES]
    elif set(DOCKER_FILES) <= set(absent):
        absent = [name for name in absent if name not in DOCKER_FILES[1:]]
    return tuple(Gap(name, f"The snapshot holds no {name}.", _ADVICE) for name in absent)


def _stands_in(name: str, files: Mapping[str, str]) -> bool:
    """Whether the legacy variant alone was read, as on a host without the nft variant."""
    return name.endswith("-save.nft") and name.replace(".nft", ".legacy") in files


def _from_directory(path: Path) -> dict[str, str]:
    files: dict[str, str] = {}
    room = LARGEST
    for name in sorted(_KNOWN):
        place = path / name
        try:
            # Neither a link out of the snapshot nor a pipe that never ends.
            descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise NoSnapshotError(f"{place}: {_reason(error)}") from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise NoSnapshotError(f"{place} is no file")
        with open(descriptor, "rb") as stream:
            data = stream.read(room + 1)
        room = _room_left(room, len(data), path)
        files[name] = _decoded(data, name)
    return files


def _reason(error: OSError) -> str:
    return "links are not followed" if error.errno == errno.ELOOP else str(error.strerror)


def _from_archive(path: Path) -> dict[str, str]:
    import lzma
    import tarfile
    import zlib

    folders: dict[PurePosixPath, dict[str, bytes]] = {}
    room = LARGEST
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                room = _room_left(room, member.size + tarfile.BLOCKSIZE, path)
                place = _place_of(member.name) if member.isreg() else None
                stream = archive.extractfile(member) if place is not None else None
                if place is None or stream is None:
                    continue
                data = stream.read()
                if len(data) < member.size:
                    raise NoSnapshotError(f"{path} is cut off inside {place.name}")
                folders.setdefault(place.parent, {})[place.name] = data
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError):
        raise NoSnapshotError(
            f"{path} is no snapshot: neither a directory nor a whole tar archive"
        ) from None
    files = _the_snapshot(folders, path)
    return {name: _decoded(data, name) for name, data in files.items()}


def _the_snapshot(folders: dict[PurePosixPath, dict[str, bytes]], path: Path) -> dict[str, bytes]:
    """The files at the top, or else those of the only folder that holds any."""
    top = folders.get(PurePosixPath())
    if top is None and len(folders) > 1:
        raise NoSnapshotError(f"{path} holds more than one snapshot: unpack it and name one")
    return top or next(iter(folders.values()), {})


def _place_of(name: str) -> PurePosixPath | None:
    """Where a file of the snapshot stands, at the top or one folder down; None for others."""
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts or len(place.parts) > 2:
        return None
    return place if place.name in _KNOWN else None


def _room_left(room: int, size: int, path: Path) -> int:
    if size > room:
        raise NoSnapshotError(f"{path} holds more than {LARGEST // 1024 // 1024} MiB")
    return room - size


def _decoded(data: bytes, name: str) -> str:
    """Text as it stands; bytes that are no UTF-8 are kept and come out again unchanged."""
    nul = data.find(b"\0")
    if nul >= 0:
        line = data.count(b"\n", 0, nul) + 1
        column = nul - data.rfind(b"\n", 0, nul)
        raise GrammarError(name, line, column, "binary data where text was expected")
    return data.decode("utf-8", "surrogateescape")
