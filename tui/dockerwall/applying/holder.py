"""Who holds a lock on a file, as the kernel tells it (/proc/locks)."""

from __future__ import annotations

import os
from pathlib import Path


def lock_holder(file: os.stat_result) -> str:
    """The program and process that hold a lock on a file, empty where it cannot be told."""
    wanted = f"{os.major(file.st_dev):02x}:{os.minor(file.st_dev):02x}:{file.st_ino}"
    try:
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return ""
    for line in lines:
        words = line.split()
        # `->` marks one that only waits.
        if "->" in words or wanted not in words:
            continue
        process = words[words.index(wanted) - 1]
        return f"{_name(process)}, process {process}" if int(process) > 0 else ""
    return ""


def _name(process: str) -> str:
    """A process's name as it calls itself; its own choice, so shown as text only."""
    try:
        name = Path("/proc", process, "comm").read_text().strip()
    except OSError:
        return "a program"
    return "".join(c if c.isprintable() else "�" for c in name)
