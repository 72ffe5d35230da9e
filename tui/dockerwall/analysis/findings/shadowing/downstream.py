"""Which rules of a table stand behind one that came or went: only those may have come to life, or
have died, and only where they share packets with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from dockerwall.analysis.findings.shadowing.chains import Entry, Row, Rows
from dockerwall.analysis.findings.shadowing.region import EVERYTHING, Region, overlap
from dockerwall.model.spec import InterfaceMatch, Jump, Spec


class Downstream:
    """What some changed rules may have to do with."""

    def __init__(self, rows: Rows, changed: Sequence[Spec], links: Collection[str]) -> None:
        """`links` are the host's interfaces."""
        self._rows = rows
        self._links = links
        self._new = {id(spec) for spec in changed}
        self.regions = [region for spec in changed for region in self._region(spec)]
        """What changed rules may have to do with."""
        self._from: dict[str, int] = {}
        """The place in each chain from which on rules are behind a changed one."""
        for name in dict.fromkeys(spec.chain for spec in changed):
            if name in rows.rows:
                self._mark(rows, name, 0)
        for spec in changed:
            if isinstance(spec.target, Jump) and spec.target.chain in rows.rows:
                self._mark_called(rows, spec.target.chain)

    def of(self, row: Row) -> Iterator[tuple[int, Entry]]:
        """A chain's rules that stand behind a changed one, and changed ones, with their places."""
        begin = self._from.get(row.name)
        if begin is None:
            return
        for place, entry in enumerate(row.entries):
            if place >= begin or id(entry.rule.spec) in self._new:
                yield place, entry

    def shares(self, entry: Entry) -> bool:
        """Whether a rule is a changed one, or shares packets with one."""
        return id(entry.rule.spec) in self._new or any(
            overlap(one, other) is not None
            for one in entry.meaning.regions
            for other in self.regions
        )

    def _region(self, spec: Spec) -> tuple[Region, ...]:
        """What a rule may have to do with: what it matches; anything where it leads to a chain,
        which may be come to by it alone, or names an interface that nothing that stays names. So it
        is the same before and after the change.
        """
        if isinstance(spec.target, Jump):
            return (EVERYTHING,)
        names = _interfaces(spec)
        if not all(self._rows.domain.knows(each) and self._stays(_name(each)) for each in names):
            return (EVERYTHING,)
        return self._rows.reader.read(spec.matches, "").regions

    def _stays(self, name: str) -> bool:
        """Whether an interface is there, or is named by a rule that stays."""
        return name in self._links or name in self._named

    @cached_property
    def _named(self) -> frozenset[str]:
        """The interfaces that rules name which stay."""
        return frozenset(
            _name(match)
            for row in self._rows.rows.values()
            for entry in row.entries
            if id(entry.rule.spec) not in self._new
            for match in _interfaces(entry.rule.spec)
        )

    def _mark(self, rows: Rows, name: str, place: int) -> None:
        """A chain's rules from a place on, the chains they call, and what follows its callers."""
        known = self._from.get(name)
        if known is not None and known <= place:
            return
        self._from[name] = place
        for entry in rows.rows[name].entries[place:]:
            if entry.called:
                self._mark_called(rows, entry.called)
        for caller, row in rows.rows.items():
            for entry in row.entries:
                if entry.called == name:
                    self._mark(rows, caller, entry.rule.rule.number)
                    break

    def _mark_called(self, rows: Rows, name: str) -> None:
        if self._from.get(name) == 0:
            return
        self._from[name] = 0
        for entry in rows.rows[name].entries:
            if entry.called:
                self._mark_called(rows, entry.called)


def _interfaces(spec: Spec) -> list[InterfaceMatch]:
    return [match for match in spec.matches if isinstance(match, InterfaceMatch)]


def _name(match: InterfaceMatch) -> str:
    return f"{match.name}+" if match.prefix else match.name
