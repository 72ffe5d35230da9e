"""How this host begins: the files that bear on which rules a boot or a reload brings."""

from __future__ import annotations

import os
from pathlib import Path

from dockerwall.grammar.bootjson import SOURCE, format_boot
from dockerwall.model.boot import FILES, NAMES, Boot
from dockerwall.reading.texts import Part

LARGEST = 4 * 1024 * 1024
"""Bytes beyond which such a file is not read."""


def read_boot(root: Path = Path("/")) -> Part:
    """`boot.json` of this host; a file that is not there is usual, and no gap."""
    return Part({SOURCE: format_boot(boot_of(root))})


def boot_of(root: Path = Path("/")) -> Boot:
    """What is there now below `root`."""
    files, unread = {}, set()
    for path in FILES:
        there = _below(root, path)
        try:
            if there.is_file():
                text = _text(there)
                if text is None:
                    unread.add(path)
                else:
                    files[path] = text
        except OSError:
            unread.add(path)
    return Boot(
        systemd=_below(root, "/run/systemd/system").is_dir(),
        files=files,
        present=frozenset(path for path in NAMES if os.path.lexists(_below(root, path))),
        unread=frozenset(unread),
    )


def _below(root: Path, path: str) -> Path:
    return root / path.removeprefix("/")


def _text(path: Path) -> str | None:
    if path.stat().st_size > LARGEST:
        return None
    return path.read_bytes().decode("utf-8", "surrogateescape")
