"""The lines of the host view, some of which name a container."""

from __future__ import annotations

from dockerwall.app.look import Look
from dockerwall.app.widgets.text import Text
from dockerwall.present.pieces import Pieces, text_of

_LABEL = "container"


class HostText(Text):
    """What was read of the host, line by line."""

    def __init__(self, look: Look, rows: list[Pieces], *, id: str | None = None) -> None:
        super().__init__(look, rows, id=id)
        self.sought = ""

    def seek(self, text: str) -> None:
        """Go to the first line from the cursor on that holds a text."""
        self.sought = text.casefold()
        if text and not self._holds(self.cursor):
            self.next_match(1)

    def next_match(self, step: int) -> None:
        """Go to the next line that holds the text, or to the one before."""
        total = self.count()
        for away in range(1, total + 1) if self.sought else ():
            row = (self.cursor + step * away) % total
            if self._holds(row):
                self.cursor = row
                return

    def remark(self) -> str:
        """On how many lines the text stands."""
        if not self.sought:
            return ""
        found = [row for row in range(self.count()) if self._holds(row)]
        if self.cursor in found:
            return f"{found.index(self.cursor) + 1} of {len(found)}"
        return f"{len(found)} found" if found else "not found"

    def _holds(self, row: int) -> bool:
        return row < self.count() and self.sought in text_of(self.rows[row]).casefold()

    def container_at(self, row: int) -> str | None:
        """The container a line is about."""
        if not 0 <= row < len(self.rows) or len(self.rows[row]) < 2:
            return None
        label, said = self.rows[row][:2]
        return said.text.split("  ")[0] if label.text.strip() == _LABEL else None

    def row_of_container(self, name: str) -> int | None:
        """The line about a container."""
        rows = range(len(self.rows))
        return next((row for row in rows if self.container_at(row) == name), None)
