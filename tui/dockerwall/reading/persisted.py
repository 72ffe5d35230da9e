"""The files that boot restores rules from, where a distribution's package keeps them."""

from __future__ import annotations

from pathlib import Path

from dockerwall.model.boot import SAVE_FILES
from dockerwall.reading.texts import PERSISTED_FILES, Part

LARGEST = 64 * 1024 * 1024
"""Bytes beyond which a file is not taken for rules."""


def read_persisted(root: Path = Path("/")) -> Part:
    """The first such file of each family; none is usual, and no gap."""
    found = {}
    for family, places in SAVE_FILES.items():
        for place in places:
            text = _text(root / place.removeprefix("/"))
            if text is not None:
                found[PERSISTED_FILES[family]] = text
                break
    return Part(found)


def _text(path: Path) -> str | None:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return None
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return None
