"""The shell script that reads a host where nothing is installed: `script.sh`, beside this file.

It is written for any POSIX shell; what it prints is a snapshot as a tar archive.
"""

from __future__ import annotations

from pathlib import Path


def script() -> str:
    """The script's text."""
    return Path(__file__).with_suffix(".sh").read_text(encoding="utf-8")
