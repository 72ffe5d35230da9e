"""Rules known to live: of each, a packet that comes to it and that no rule before it takes.

The law: where rules are put in or taken out that lead nowhere else, a packet that none of them
matches goes the way it went. So a rule whose packet no changed rule matches still lives.
"""

from __future__ import annotations

from collections.abc import Sequence

from dockerwall.analysis.compiled import CompiledTable
from dockerwall.analysis.findings.shadowing.chains import Entry, Rows, read_again
from dockerwall.analysis.findings.shadowing.judging import Judged, Lives
from dockerwall.analysis.findings.shadowing.point import Point
from dockerwall.analysis.world import World
from dockerwall.model.spec import Spec


class Living:
    """One table as it was judged whole."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._points: dict[int, Point | None] = {}
        """By the identity of a rule's spec, which rules with the same text share."""

    def noted(self, judged: Judged) -> Judged:
        """The same, noted; of rules with the same text, every one has to live."""
        spec = id(judged.entry.rule.spec)
        self._points[spec] = None if spec in self._points else judged.point
        return judged

    def after(self, table: CompiledTable, world: World, changed: Sequence[Spec]) -> Rows | None:
        """The table after a change; None where what was judged says nothing of it."""
        return read_again(self._rows, table, world, changed)

    def surely(self, rows: Rows, changed: Sequence[Spec]) -> Lives:
        """Whether a rule of the table after the change is known to live."""
        new = {id(spec) for spec in changed}
        chains = dict.fromkeys(spec.chain for spec in changed)
        regions = [
            region
            for table in (self._rows, rows)
            for row in map(table.rows.get, chains)
            for entry in (row.entries if row is not None else ())
            if id(entry.rule.spec) in new
            for region in entry.meaning.regions
        ]

        def lives(entry: Entry) -> bool:
            point = self._points.get(id(entry.rule.spec))
            return point is not None and not any(point.inside(region) for region in regions)

        return lives
