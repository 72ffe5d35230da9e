"""What the screen shows: a reading, the tree drawn from it, and the counters of the one before."""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Snapshot
from dockerwall.present.counters import Change, Reading, Readings, change, reading
from dockerwall.present.node import CounterRef, Node
from dockerwall.present.outline import Outline


class Picture(NamedTuple):
    """One reading as it is shown."""

    snapshot: Snapshot
    outline: Outline
    earlier: Readings | None = None
    """The rules and counters of the reading before, None at the first one."""
    seconds: float = 0.0
    """The time between the two readings."""

    base: Readings | None = None
    """The counters that are shown as nothing; None where the kernel's own are shown."""

    def counted(self, ref: CounterRef | None) -> Reading | None:
        """What a counter shows: all it ever counted, or what it counted since the base."""
        now = reading(self.snapshot.rules, ref)
        if now is None or self.base is None:
            return now
        changed = change(self.snapshot.rules, self.base, ref)
        return None if changed is None else Reading(changed.packets, changed.octets)

    def based(self, base: Readings | None) -> Picture:
        """The same with another base; rules that have changed since count from now on."""
        if base is None:
            return self._replace(base=None)
        rules = self.snapshot.rules
        held = {
            pair: base[pair] if pair in base and base[pair].ruleset is saved.ruleset else saved
            for pair, saved in rules.items()
        }
        return self._replace(base=held)

    def change(self, node: Node) -> Change | None:
        """The counters of a line and what they counted since the reading before."""
        return change(self.snapshot.rules, self.earlier, node.ref)

    @property
    def families(self) -> tuple[Family, ...]:
        """The families shown."""
        return self.outline.families

    @property
    def family_names(self) -> str:
        """The families shown, in words: `IPv4+IPv6`."""
        return "+".join(each.label for each in self.families)
