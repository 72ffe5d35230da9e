"""Packets, bytes and rates in a few letters, and what has moved since the last reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dockerwall.model.kinds import Family, Variant
from dockerwall.model.rules import SavedRules
from dockerwall.present.node import CounterRef

Readings = Mapping[tuple[Variant, Family], SavedRules]
"""`Snapshot.rules`: the rules and counters of one reading."""

_UNITS = ("", "k", "M", "G", "T", "P", "E")


class Reading(NamedTuple):
    """What one rule or policy has counted."""

    packets: int
    octets: int


class Change(NamedTuple):
    """A counter beside an earlier reading of the same rule."""

    now: Reading
    packets: int
    """Packets counted in between; 0 where there is nothing to compare."""
    octets: int
    moved: bool
    """Whether it counts something new, or was set back."""


def reading(readings: Readings, ref: CounterRef | None) -> Reading | None:
    """The counters of a node; None when it has none or none were printed."""
    if ref is None:
        return None
    saved = readings.get((ref.variant, ref.family))
    counted = None if saved is None else saved.counters.of(ref.slot)
    return None if counted is None else Reading(*counted)


def comparable(now: Readings, earlier: Readings | None, ref: CounterRef) -> bool:
    """Whether a slot means the same rule in both readings: the rule set is the very same."""
    if earlier is None:
        return False
    mine, theirs = now.get((ref.variant, ref.family)), earlier.get((ref.variant, ref.family))
    return mine is not None and theirs is not None and mine.ruleset is theirs.ruleset


def change(now: Readings, earlier: Readings | None, ref: CounterRef | None) -> Change | None:
    """A node's counters beside an earlier reading; None when it has no counters.

    `earlier` is the last reading for a rate, or the one kept at zero-base for a difference. A
    counter that went down was reset in between: what it counts now is what was counted since.
    """
    mine = reading(now, ref)
    if mine is None or ref is None:
        return None
    before = reading(earlier, ref) if earlier and comparable(now, earlier, ref) else None
    if before is None:
        return Change(mine, 0, 0, False)
    reset = mine.packets < before.packets or mine.octets < before.octets
    start = Reading(0, 0) if reset else before
    return Change(mine, mine.packets - start.packets, mine.octets - start.octets, mine != before)


def moved_slots(now: SavedRules, earlier: SavedRules | None) -> list[int]:
    """The slots whose counters differ between two readings of the same rule set, in order."""
    if earlier is None or now.ruleset is not earlier.ruleset:
        return []
    pairs = zip(now.counters.marks, earlier.counters.marks, strict=True)
    return [slot for slot, (new, old) in enumerate(pairs) if new != old]


def short(number: int) -> str:
    """At most four characters: `999`, `1.2k`, `12k`, `123k`, `1.2M`; cut, never rounded up."""
    if number < 0:
        return "-" + short(-number)[:3]
    power = 0
    while number >= 1000 ** (power + 1) and power < len(_UNITS) - 1:
        power += 1
    if power == 0:
        return str(number)
    whole, rest = divmod(number, 1000**power)
    if whole < 10:
        return f"{whole}.{rest * 10 // 1000**power}{_UNITS[power]}"
    return f"{whole}{_UNITS[power]}"


def rate(counted: int, seconds: float) -> str:
    """Counted things a second as `+3/s`, `+0.2/s`, `+1.2k/s`; empty when nothing was counted."""
    if counted <= 0 or seconds <= 0:
        return ""
    speed = counted / seconds
    if speed >= 9.95:
        return f"+{short(round(speed))}/s"
    if speed >= 0.1:
        return f"+{speed:.1f}/s"
    return "+<.1/s"
