"""What was written into files of others, so that it can be taken out again to the byte."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import NamedTuple

SCHEMA = "dockerwall-boot/1"


class Written(NamedTuple):
    """A file of others, before and after own rules were put in; None where there is none."""

    before: str | None
    after: str | None
    was: str | None = None
    """With what was put in the time before; None where that was nothing, or the same."""


def parse_record(text: str | None) -> dict[str, Written]:
    """The files by path; empty where there is no record that can be read."""
    try:
        files = json.loads(text or "{}").get("files", {})
        return {
            str(path): Written(each["before"], each["after"], each.get("was"))
            for path, each in files.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def format_record(files: Mapping[str, Written]) -> str:
    """The record as it is kept."""
    document = {"schema": SCHEMA, "files": {path: _entry(each) for path, each in files.items()}}
    return json.dumps(document, indent=1) + "\n"


def _entry(written: Written) -> dict[str, str | None]:
    entry = written._asdict()
    if written.was is None:
        del entry["was"]
    return entry


def without(text: str, written: Written) -> str | None:
    """A file with what was put in taken out; None where nothing else was ever in it.

    Untouched since, it is byte for byte what it was. Edited or saved anew since, the lines that
    were added go, wherever they stand, and a chain's head with the last of its rules.
    """
    if text in (written.after, written.before):  # the second: killed before it was written
        return written.before
    before = (written.before or "").split("\n")
    added = [
        line[2:]
        for line in difflib.ndiff(before, (written.after or "").split("\n"))
        if line.startswith("+ ") and line[2:].strip()
    ]
    lines = text.split("\n")
    for line in added:
        if line.startswith("-") and line in lines:
            lines.remove(line)
    for line in added:
        name = line[1:].split(" ")[0]
        used = any(name in each.split(" ") for each in lines if each.startswith(("-", "[")))
        heads = [n for n, each in enumerate(lines) if each.startswith(f":{name} ")]
        if line.startswith(":") and heads and not used:
            del lines[heads[0]]
    return "\n".join(lines)
