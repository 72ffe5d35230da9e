"""The operator's own folder for what the screen keeps: copies, saved screens, that it was seen.

Only where the folder is this user's: root started from somebody else's home must not leave files of
root in it. Files are 0600 in folders of 0700, whole or not at all.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

NAME = "dockerwall-tui"
SEEN = "seen"
"""The file that says somebody has been shown the first hint."""


def state_folder(environ: Mapping[str, str]) -> Path | None:
    """`$XDG_STATE_HOME/dockerwall-tui`, or below the home; None where no home is known."""
    state = environ.get("XDG_STATE_HOME", "")
    if state.startswith("/"):
        return Path(state) / NAME
    home = environ.get("HOME", "")
    return Path(home) / ".local" / "state" / NAME if home.startswith("/") else None


def runtime_folder(environ: Mapping[str, str]) -> Path | None:
    """`$XDG_RUNTIME_DIR/dockerwall-tui`, which is gone at the next boot; else the state folder."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/") and _is_mine(Path(runtime)):
        return Path(runtime) / NAME
    return state_folder(environ)


def keep(folder: Path | None, name: str, text: str) -> Path | None:
    """Write a file of the folder, in place of the one before; None where that cannot be."""
    if folder is None or not _is_mine(_nearest(folder)):
        return None
    part = folder / f".{name}.{secrets.token_hex(4)}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_mine(folder):
            return None
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        part.replace(folder / name)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        return None
    return folder / name


def is_first_time(environ: Mapping[str, str]) -> bool:
    """Whether the screen was never seen by this user; from now on it was.

    Where that cannot be kept the answer is no: a hint at every start would be a nuisance.
    """
    folder = state_folder(environ)
    if folder is None or (folder / SEEN).exists():
        return False
    return keep(folder, SEEN, "") is not None


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    for place in (folder, *folder.parents):
        if place.exists():
            return place
    return folder


def _is_mine(folder: Path) -> bool:
    """Whether a folder is this user's own, and no link to another."""
    try:
        found = folder.stat(follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
