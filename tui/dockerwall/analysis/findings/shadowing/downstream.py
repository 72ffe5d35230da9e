"""Which rules of a table stand behind one that came or went: only those may have come to life, or
have died, and only where they share packets with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from dockerwall.analysis.findings.shadowing.chains import Entry, Row, Rows
from dockerwall.analysis.findings.shadowing.region import EVERYTHING, Region, overlap
from dockerwall.model.spec import InterfaceMatch, Jump, Spec


class Downstream:
    """What some changed rules may have to do with."""

    def __init__(self, rows: Rows, changed: Sequence[Spec], links: Collection[str]) -> None:
        """`links` are the host's interfaces."""
        self._new = {id(spec) for spec in changed}
        staying = {*links, *self._named(rows)}
        self._regions: list[Region] = [
            region for spec in changed for region in _region(rows, spec, staying)
        ]
        self._from: dict[str, int] = {}
        """The place in each chain from which on rules are behind a changed one."""
        for name in dict.fromkeys(spec.chain for spec in changed):
            if name in rows.rows:
                self._mark(rows, name, 0)
        for spec in changed:
            if isinstance(spec.target, Jump) and spec.target.chain in rows.rows:
                self._mark_called(rows, spec.target.chain)

    @property
    def chains(self) -> frozenset[str]:
        """The chains that hold such rules."""
        return frozenset(self._from)

    def holds(self, row: Row, entry: Entry) -> bool:
        """Whether a rule is one of those, or a changed one itself."""
        if id(entry.rule.spec) in self._new:
            return True
        place = self._from.get(row.name)
        if place is None or entry.rule.rule.number <= place:
            return False
        return any(
            overlap(one, other) is not None
            for one in entry.meaning.regions
            for other in self._regions
        )

    def _named(self, rows: Rows) -> Iterator[str]:
        """The interfaces that rules name which stay."""
        for row in rows.rows.values():
            for entry in row.entries:
                if id(entry.rule.spec) not in self._new:
                    yield from map(_name, _interfaces(entry.rule.spec))

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


def _region(rows: Rows, spec: Spec, staying: Collection[str]) -> tuple[Region, ...]:
    """What a rule may have to do with: what it matches; anything where it leads to a chain, which
    may be come to by it alone, or names an interface that nothing that stays names. So it is the
    same before and after the change.
    """
    if isinstance(spec.target, Jump):
        return (EVERYTHING,)
    names = _interfaces(spec)
    if not all(_name(each) in staying and rows.domain.knows(each) for each in names):
        return (EVERYTHING,)
    return rows.reader.read(spec.matches, "").regions
