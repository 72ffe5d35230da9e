"""The journal's entries gathered by change: what was made, by whom, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dockerwall.applying.bench import Bench
from dockerwall.applying.decisions import pending
from dockerwall.applying.document import plan_from
from dockerwall.applying.journal import Entry, Event
from dockerwall.applying.operator import in_words
from dockerwall.applying.wayback import RESTARTED
from dockerwall.editing.plan import Plan
from dockerwall.model.value import value

ON_TRIAL = "on trial"
CUT_SHORT = "never made"
UNSEEN = "not known"
_ASK = "how it ended is known once the host is asked: by any command that connects to it"


@value
class Past:
    """One change of the past."""

    id: str
    entries: tuple[Entry, ...]
    standing: str
    """How it ended: kept, taken back, failed, lost, on trial or never made; or not known."""
    undone_by: str | None
    """The change that undid it and was kept, if there is one."""

    @property
    def at(self) -> str:
        """When it was begun: UTC, ISO 8601."""
        return self.entries[0].at

    @property
    def by(self) -> str:
        """Who began it."""
        return in_words(self.entries[0].who)

    @property
    def plan(self) -> Plan:
        """What it did; ValueError or KeyError where the journal does not say."""
        return plan_from(self.entries[0].facts["plan"])

    @property
    def summary(self) -> str:
        """What it was for."""
        plan = self.entries[0].facts.get("plan") or {}
        return str(plan.get("summary", ""))

    @property
    def lines(self) -> tuple[str, ...]:
        """What it did and how it ended, a line each."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        plan = self.entries[0].facts.get("plan") or {}
        yield from (str(command) for command in plan.get("commands", ()))
        last = self.entries[-1]
        if last.facts.get("reason"):
            yield f"{last.event} at {last.at}: {last.facts['reason']}"
        elif self.standing == Event.LOST:
            yield f"{Event.LOST}: {RESTARTED}"
        elif self.standing == UNSEEN:
            yield _ASK
        yield from (str(note) for note in last.facts.get("notes", ()))
        if self.undone_by:
            yield f"undone by {self.undone_by}"

    @property
    def document(self) -> dict[str, Any]:
        """The change for other programs."""
        return {
            "id": self.id,
            "standing": self.standing,
            "undone_by": self.undone_by,
            "entries": [
                {"event": e.event.value, "at": e.at, "who": dict(e.who), **e.facts}
                for e in self.entries
            ],
        }


def history(bench: Bench) -> tuple[Past, ...]:
    """Every change of the journal, oldest first; JournalError where it cannot be read."""
    gathered = by_change(bench)
    waiting = {trial.id for trial in pending(bench) if not trial.rebooted}
    boot = bench.clock.boot()
    standings = {
        change: ON_TRIAL if change in waiting else _standing(entries, boot)
        for change, entries in gathered.items()
    }
    undone = {
        str(entries[0].facts["undoes"]): change
        for change, entries in gathered.items()
        if entries[0].facts.get("undoes") and standings[change] == Event.KEPT
    }
    return tuple(
        Past(change, tuple(entries), standings[change], undone.get(change))
        for change, entries in gathered.items()
    )


def by_change(bench: Bench) -> dict[str, list[Entry]]:
    """The journal's entries of each change, oldest first."""
    gathered: dict[str, list[Entry]] = {}
    for entry in bench.journal.read():
        gathered.setdefault(entry.change, []).append(entry)
    return gathered


def is_lost(entries: list[Entry], boot: str) -> bool:
    """Whether the host was restarted before a change came to its end; `boot` is that of now."""
    began = entries[0].facts.get("boot")
    return not entries[-1].event.is_end and bool(began) and bool(boot) and began != boot


def _standing(entries: list[Entry], boot: str) -> str:
    """How a change ended that is not on trial."""
    last = entries[-1].event
    if last.is_end:
        return last.value
    if is_lost(entries, boot):
        return Event.LOST.value
    if not boot:
        return UNSEEN
    return last.value if last is Event.APPLIED else CUT_SHORT
