"""Who changed what, when: an append-only file of JSON objects, one a line.

An entry is on the disk, whole, before what it announces is done; a line cut short by a crash was
never acknowledged, and is taken away by the next entry. Fields are only ever added.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

SCHEMA = "dockerwall-journal/1"


class Event(StrEnum):
    """What happened to a change."""

    PLANNED = "planned"
    """It is about to be made; nothing is changed yet."""
    ARMED = "armed"
    """The process that takes it back unless it is confirmed is running."""
    APPLIED = "applied"
    """The rules are in the kernel and were read back."""
    KEPT = "kept"
    TAKEN_BACK = "taken back"
    FAILED = "failed"
    """It was not made, and nothing is changed."""


class JournalError(Exception):
    """An entry could not be written; the journal is as it was: one sentence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal."""

    change: str
    """The id of the change."""
    event: Event
    at: str
    """UTC, ISO 8601."""
    who: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else is known: the plan, texts before and after, the reason."""

    def line(self) -> bytes:
        """The entry as it is written."""
        document = {
            "schema": SCHEMA,
            "change": self.change,
            "event": self.event.value,
            "at": self.at,
            "who": dict(self.who),
            **self.facts,
        }
        return json.dumps(document).encode("ascii") + b"\n"


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal in one file."""

    path: Path

    def write(
        self, change: str, event: Event, who: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> Entry:
        """Add an entry, whole and on the disk; JournalError, and nothing added, if it cannot be."""
        entry = Entry(change, event, now(), who, facts)
        try:
            self._append(entry.line())
        except OSError as error:
            raise JournalError(
                f"the journal {self.path} cannot be written: {error.strerror}."
            ) from error
        return entry

    def read(self) -> tuple[Entry, ...]:
        """Every entry, oldest first; lines that are none are left out."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise JournalError(
                f"the journal {self.path} cannot be read: {error.strerror}."
            ) from error
        found = (_entry(line) for line in content.split(b"\n")[:-1])
        return tuple(entry for entry in found if entry is not None)

    def _append(self, line: bytes) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        handle = os.open(self.path, flags, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            end = _end_of_last_line(handle)
            try:
                if os.write(handle, line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, end)
                raise
        finally:
            os.close(handle)


def now() -> str:
    """The time as the journal writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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


def _entry(line: bytes) -> Entry | None:
    try:
        facts = json.loads(line)
        return Entry(
            str(facts.pop("change")),
            Event(facts.pop("event")),
            str(facts.pop("at")),
            facts.pop("who", {}),
            facts,
        )
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
