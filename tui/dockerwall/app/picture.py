"""What the screen shows: a reading, the tree drawn from it, and the counters of the one before."""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Snapshot
from dockerwall.present.counters import Change, Readings, change
from dockerwall.present.node import Node
from dockerwall.present.outline import Outline


class Picture(NamedTuple):
    """One reading as it is shown."""

    snapshot: Snapshot
    outline: Outline
    earlier: Readings | None = None
    """The rules and counters of the reading before, None at the first one."""
    seconds: float = 0.0
    """The time between the two readings."""

    def change(self, node: Node) -> Change | None:
        """The counters of a line and what they counted since the reading before."""
        return change(self.snapshot.rules, self.earlier, node.ref)

    @property
    def families(self) -> tuple[Family, ...]:
        """The families shown."""
        return self.outline.families
