"""A list of records that can be filtered by typing; what a row says is up to the subclass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.binding import BindingType

from dockerwall.app.commands import Where, bindings
from dockerwall.app.explain import NOTHING, Explanation
from dockerwall.app.look import Look
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
        self.sought = ""

    # What a subclass says.

    def identity(self, record: Record) -> object:
        """What stays the same when the host is read again."""
        raise NotImplementedError

    def searched(self, record: Record) -> str:
        """The text that is looked through."""
        raise NotImplementedError

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
        self._narrow()

    def seek(self, text: str) -> None:
        """Show only what holds the text."""
        self.sought = text.casefold()
        self._narrow()

    def remark(self) -> str:
        """How many records are shown of how many."""
        return f"{len(self.shown)} of {len(self.records)}" if self.sought else ""

    def next_match(self, step: int) -> None:
        """The next record, or the one before."""
        if self.count():
            self.cursor = (self.cursor + step) % self.count()

    def _narrow(self) -> None:
        kept = None if self.current is None else self.identity(self.current)
        self.shown = [
            record
            for record in self.records
            if not self.sought or self.sought in self.searched(record).casefold()
        ]
        alike = (i for i, record in enumerate(self.shown) if self.identity(record) == kept)
        self.recount(next(alike, min(self.cursor, max(0, len(self.shown) - 1))))

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
