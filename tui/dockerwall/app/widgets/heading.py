"""The names of the columns above the tree."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment

from dockerwall.app.look import Look
from dockerwall.app.widgets.pane import Line, Pane
from dockerwall.app.widgets.traversal import NARROW


class Heading(Pane):
    """PKTS, BYTES and RATE over their columns, and what the rest of a line is."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="heading")
        self.words = "RULE"
        self.since = ""

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """One line; the counters' columns as the tree has them at this width."""
        octets = "" if width < NARROW else "BYTE "
        text = f"  PKTS {octets}   RATE  "
        since = f"   counted since {self.since}" if self.since else ""
        return [[Segment(f"{text}{self.words}{since}", self.look.heading)]]

    def count_since(self, clock: str) -> None:
        """Say since when is counted; the empty text: since the kernel began."""
        self.since = clock
        self.update_lines()
