"""Who changed what, when: an append-only file of JSON objects, one a line.

An entry is on the disk, whole, before what it announces is done; a line cut short by a crash was
never acknowledged, and is taken away by the next entry. Fields are only ever added.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from dockerwall.applying.document import as_json
from dockerwall.applying.store import Store

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
    LOST = "lost"
    """The host restarted before it was decided: its rules went with the kernel that held them."""

    @property
    def is_end(self) -> bool:
        """Whether nothing more happens to the change."""
        return self not in (Event.PLANNED, Event.ARMED, Event.APPLIED)


class JournalError(Exception):
    """An entry could not be written; the journal is as it was: one sentence."""


class Entry(NamedTuple):
    """One line of the journal."""

    change: str
    """The id of the change."""
    event: Event
    at: str
    """UTC, ISO 8601."""
    who: Mapping[str, Any]
    facts: Mapping[str, Any] = {}
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
        return as_json(document) + b"\n"


class Journal(NamedTuple):
    """The journal that a store keeps."""

    store: Store

    def write(
        self,
        change: str,
        event: Event,
        who: Mapping[str, Any],
        facts: Mapping[str, Any],
        *,
        lasting: bool = True,
    ) -> Entry:
        """Add an entry, whole and on the disk; JournalError, and nothing added, if it cannot be.

        One that need not be lasting is on the disk with the next that is.
        """
        entry = Entry(change, event, now(), who, facts)
        try:
            self.store.add_line(entry.line(), lasting=lasting)
        except OSError as error:
            raise JournalError(self._unwritten(error)) from error
        return entry

    def _unwritten(self, error: OSError) -> str:
        return f"the journal {self.store.journal_name} cannot be written: {error.strerror}."

    def sync(self) -> None:
        """Have everything on the disk; JournalError where that cannot be."""
        try:
            self.store.sync_lines()
        except OSError as error:
            raise JournalError(self._unwritten(error)) from error

    def read(self) -> tuple[Entry, ...]:
        """Every entry, oldest first; lines that are none are left out."""
        try:
            lines = self.store.lines()
        except OSError as error:
            raise JournalError(
                f"the journal {self.store.journal_name} cannot be read: {error.strerror}."
            ) from error
        found = (_entry(line) for line in lines)
        return tuple(entry for entry in found if entry is not None)


def now() -> str:
    """The time as the journal writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
