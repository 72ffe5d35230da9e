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

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """One line; the counters' columns as the tree has them at this width."""
        octets = "" if width < NARROW else "BYTE "
        text = f"  PKTS {octets}   RATE  "
        return [[Segment(f"{text:<{len(text)}}{self.words}", self.look.heading)]]
