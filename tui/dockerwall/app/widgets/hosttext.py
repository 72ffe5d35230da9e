"""The lines of the host view, some of which name a container."""

from __future__ import annotations

from dockerwall.app.widgets.text import Text

_LABEL = "container"


class HostText(Text):
    """What was read of the host, line by line."""

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
