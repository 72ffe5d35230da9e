"""A list of records that can be filtered by typing; what a row says is up to the subclass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.binding import BindingType

from dockerwall.app.commands import Where, bindings
from dockerwall.app.explain import NOTHING, Explanation
from dockerwall.app.filters import Facets, Filter, understood
from dockerwall.app.look import Look
from dockerwall.app.messages import Told
from dockerwall.app.widgets.lines import Lines
from dockerwall.app.widgets.pane import Line

Record = TypeVar("Record")


class Listing(Lines, Generic[Record]):
    """Records, those that hold the typed text; the cursor stays on its record."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Where.RECORDS)]

    def __init__(self, look: Look, *, id: str | None = None) -> None:
        super().__init__(look, id=id)
        self.records: Sequence[Record] = ()
        self.shown: list[Record] = []
        self.wanted = Filter()
        self._facets: dict[int, Facets] = {}
        """What a filter looks at, by the record's identity in memory, made when first needed."""

    # What a subclass says.

    def identity(self, record: Record) -> object:
        """What stays the same when the host is read again."""
        raise NotImplementedError

    def facets(self, record: Record) -> Facets:
        """What a filter looks at."""
        raise NotImplementedError

    def is_moving(self, record: Record) -> bool:
        """Whether it has counted anything since the filter was set."""
        return False

    def ordered(self, records: Sequence[Record]) -> Sequence[Record]:
        """The records in the order that was asked for."""
        return records

    def line(self, record: Record, width: int) -> Line:
        """The record's line, without the cursor's mark."""
        raise NotImplementedError

    def explain(self, record: Record) -> Explanation:
        """What the detail pane says of it."""
        raise NotImplementedError

    # What is shown.

    def show(self, records: Iterable[Record]) -> None:
        """Show other records; the cursor stays on its own, if it is among them."""
        self.records = tuple(records)
        self._facets.clear()
        self.narrow()

    def seek(self, text: str) -> None:
        """Show only what is as the text asks."""
        self.wanted = understood(text)
        self.narrow()

    def remark(self) -> str:
        """How many records are shown of how many."""
        return f"{len(self.shown)} of {len(self.records)}" if self.wanted.terms else ""

    def sort(self) -> str:
        """Take the next order, if there is one; the order's name."""
        return "severity"

    def action_sort(self) -> None:
        """Sort in another way."""
        self.post_message(Told(f"Sorted by {self.sort()}."))

    def empty(self) -> str:
        """That nothing is as the search asks."""
        return "Nothing here is as the search asks." if self.records else ""

    def next_match(self, step: int) -> None:
        """The next record, or the one before."""
        if self.count():
            self.cursor = (self.cursor + step) % self.count()

    def narrow(self) -> None:
        """Find anew which records are shown; the cursor stays on its own if it is among them."""
        kept = self.current
        self.shown = [record for record in self.ordered(self.records) if self._is_wanted(record)]
        place = None if kept is None else self.place_of(kept)
        self.recount(place if place is not None else min(self.cursor, max(0, self.count() - 1)))

    def place_of(self, record: Record) -> int | None:
        """The row of a record that was shown once, as it is now; None if it is gone."""
        identity = self.identity(record)
        return next(
            (n for n, each in enumerate(self.shown) if self.identity(each) == identity), None
        )

    def _is_wanted(self, record: Record) -> bool:
        if not self.wanted.terms:
            return True
        facets = self._facets.get(id(record))
        if facets is None:
            facets = self._facets[id(record)] = self.facets(record)
        if self.wanted.needs_counters:
            facets = facets._replace(moving=self.is_moving(record))
        return self.wanted.holds(facets)

    @property
    def current(self) -> Record | None:
        """The record under the cursor."""
        return self.shown[self.cursor] if self.cursor < len(self.shown) else None

    def explanation(self) -> Explanation:
        """What to say of the record under the cursor."""
        return NOTHING if self.current is None else self.explain(self.current)

    def count(self) -> int:
        """How many records are shown."""
        return len(self.shown)

    def draw(self, row: int, width: int, cursor: bool) -> Line:
        """The cursor's mark and the record's line."""
        return self.with_cursor(self.line(self.shown[row], width - 2), cursor)
