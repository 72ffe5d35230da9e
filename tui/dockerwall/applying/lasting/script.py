"""The program that puts the rules back at boot: plain sh and awk, nothing of this package."""

from __future__ import annotations

from pathlib import Path


def restore_script() -> str:
    """Its text, as it is written beside the rules."""
    return Path(__file__).with_name("restore.sh").read_text(encoding="utf-8")
