"""A file that lines are added to: each whole, or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path


def append(path: Path, line: bytes, *, lasting: bool) -> None:
    """Add a line; OSError, and nothing added, if it cannot be. `lasting`: it is on the disk."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    handle = os.open(path, flags, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        end = _end_of_last_line(handle)
        try:
            if os.write(handle, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if lasting:
                os.fsync(handle)
        except OSError:
            os.ftruncate(handle, end)
            raise
    finally:
        os.close(handle)


def sync(path: Path) -> None:
    """Have all lines on the disk; OSError where that cannot be."""
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def whole_lines(path: Path) -> list[bytes]:
    """The lines of a file, without one that a crash cut short; none where there is no file."""
    try:
        return path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []


def _end_of_last_line(handle: int) -> int:
    """Where the next entry begins; half a line that a crash left is taken away."""
    size = place = os.fstat(handle).st_size
    while place > 0:
        start = max(0, place - 65536)
        found = os.pread(handle, place - start, start).rfind(b"\n")
        if found >= 0:
            place = start + found + 1
            break
        place = start
    if place != size:
        os.ftruncate(handle, place)
    return place
