"""What makes own rules last, as lines of text and as a document for other programs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from dockerwall.analysis.boot.in_play import places
from dockerwall.editing.lasting.planning import FileChange, Persisting
from dockerwall.model.boot import RECORD, RESTORE
from dockerwall.model.snapshot import Snapshot
from dockerwall.present.plain import plain

_RULE = re.compile(r"  [-+](?:-A |-I |create |add |\[\d+:\d+\] -A | *<(?:rule|chain))")
_WHOLE = (RESTORE, RECORD)
"""Files of which only the length is shown: they hold nothing to decide on."""


def persisting_lines(planned: Persisting) -> Iterator[str]:
    """What would be written and removed, as a diff of each file, and what is to be said of it."""
    for path in planned.unfinished:
        yield plain(f"remove what a write that was cut short left at {path}")
    for change in planned.changes:
        yield from (plain(line) for line in _file(change))
    for sentence in planned.notes:
        yield plain(sentence)
    for sentence in planned.warnings:
        yield plain(f"warning: {sentence}")


def persisting_document(planned: Persisting) -> dict[str, Any]:
    """The same for other programs."""
    return {
        "files": [
            {"path": each.path, "before": each.before, "after": each.after, "link": each.is_link}
            for each in planned.changes
        ],
        "unfinished": list(planned.unfinished),
        "notes": list(planned.notes),
        "warnings": list(planned.warnings),
    }


def _file(change: FileChange) -> Iterator[str]:
    what = "remove" if change.after is None else "write" if change.before is None else "change"
    if change.is_link:
        yield f"{what} {change.path} (a link, which starts the unit with Docker)"
        return
    yield f"{what} {change.path}"
    if change.path in _WHOLE:
        for sign, text in (("-", change.before), ("+", change.after)):
            if text is not None:
                about = "the program that does it" if change.path == RESTORE else "to undo it"
                yield f"  {sign} {len(text.splitlines())} lines: {about}"
        return
    lines = difflib.unified_diff(
        (change.before or "").splitlines(), (change.after or "").splitlines(), lineterm="", n=1
    )
    for line in list(lines)[2:]:
        yield f"  {line}"


def changed_lines(planned: Persisting) -> Iterator[str]:
    """The rules and sets that differ, file by file: saved (-) against live (+)."""
    for change in planned.changes:
        if change.path in _WHOLE or change.is_link:
            continue
        head, *lines = _file(change)
        rules = [line for line in lines if _RULE.match(line)]
        if rules:
            yield plain(head.partition(" ")[2] + ":")
            yield from (plain(line) for line in rules)


def places_document(snapshot: Snapshot) -> list[dict[str, Any]]:
    """What brings rules back, for other programs."""
    return [
        {"name": each.name, "about": each.sentence, "docker_chains": each.dockers}
        for each in places(snapshot)
    ]


def place_lines(snapshot: Snapshot) -> Iterator[str]:
    """What brings rules back on this host, one place a line."""
    for place in places(snapshot):
        yield plain(f"{place.name}: {place.sentence}")
