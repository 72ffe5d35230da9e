"""How this host begins: the files that bear on which rules a boot or a reload brings."""

from __future__ import annotations

import os
from pathlib import Path

from dockerwall.grammar.boot import SOURCE, format_boot
from dockerwall.model.boot import (
    FILES,
    FOLDER,
    NAMES,
    OWN_LINKS,
    SYSTEMD_RUNS,
    WRITTEN,
    Boot,
    part_name,
)
from dockerwall.reading.texts import Part

LARGEST = 4 * 1024 * 1024
"""Bytes beyond which such a file is not read."""


def read_boot(root: Path = Path("/")) -> Part:
    """`boot.txt` of this host; a file that is not there is usual, and no gap."""
    return Part({SOURCE: format_boot(boot_of(root))})


def boot_of(root: Path = Path("/")) -> Boot:
    """What is there now below `root`; the text of a file that cannot be read is empty."""
    return Boot(
        systemd=os.path.lexists(_below(root, SYSTEMD_RUNS)),
        files={path: _text(_below(root, path)) for path in FILES if _is_there(root, path)},
        present=frozenset(path for path in NAMES if _is_there(root, path)),
        unfinished=frozenset(path for path in (FOLDER, *WRITTEN) if _is_unfinished(root, path)),
    )


def _is_unfinished(root: Path, path: str) -> bool:
    place = _below(root, path)
    if path == FOLDER:
        return _is_empty(place) or _is_empty(place.parent)
    if path not in OWN_LINKS and place.is_symlink():
        place = Path(os.path.realpath(place))
    return os.path.lexists(place.with_name(part_name(place.name)))


def _is_empty(folder: Path) -> bool:
    try:
        with os.scandir(folder) as found:
            return not any(True for _ in found)
    except OSError:
        return False


def _is_there(root: Path, path: str) -> bool:
    return os.path.lexists(_below(root, path))


def _below(root: Path, path: str) -> Path:
    return root / path.removeprefix("/")


def _text(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return ""
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return ""
