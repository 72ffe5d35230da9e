"""One packet picked out of a region, field by field as it is asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from dockerwall.analysis.findings.shadowing.fields import SAME, STAGE_BITS, Domain, Stage
from dockerwall.analysis.findings.shadowing.region import Region, Value, holds, meet
from dockerwall.model.intervals import Intervals

MOST_SPANS = 64
"""Parts of a value that are looked through for a number no rule names."""


class Unusual:
    """Values that no rule of a table names, so that a packet picked with them meets few rules."""

    def __init__(self, domain: Domain, values: Mapping[str, list[Intervals]], name: str) -> None:
        self.domain = domain
        self._named = {
            field: Intervals.of(span for each in found for span in each.spans)
            for field, found in values.items()
        }
        self._usual: dict[str, int] = {
            "iif": domain.place[name],
            "oif": domain.place[name],
            "flags": 2,  # SYN
            "ttl": 64, "length": 100, "dscp": 0,
        }  # fmt: skip

    def of(self, field: str) -> int:
        """The value to begin with."""
        found = self._usual.get(field)
        if found is None:
            whole = self.domain[field]
            if isinstance(whole, int):
                found = 0
            else:
                left = whole - self._named.get(field, Intervals())
                found = _middle(left or whole)
            self._usual[field] = found
        return found

    def within(self, field: str, value: Value, hard: bool) -> int:
        """A value of a restricted field; `hard` looks for one that no rule names."""
        if not isinstance(value, int):
            only = value.only
            if only is not None:
                return only
        usual = self.of(field)
        if holds(value, usual):
            return usual
        if isinstance(value, int):
            return (value & -value).bit_length() - 1
        free = _unnamed(value, self._named.get(field, Intervals())) if hard else None
        if free is not None:
            return free
        low, high = value.spans[-1]
        return low + 1 if low < high else low


def _unnamed(value: Intervals, named: Intervals) -> int | None:
    """A number of a value that is not named; found without going through all that are."""
    for low, high in value.spans[:MOST_SPANS]:
        place = bisect_right(named.spans, low, key=lambda span: span[0]) - 1
        end = named.spans[place][1] if place >= 0 else -1
        free = low if end < low else end + 1  # named spans never touch each other
        if free <= high:
            return free
    return None


def _middle(left: Intervals) -> int:
    """A number from the widest gap."""
    low, high = max(left.spans, key=lambda span: span[1] - span[0])
    return (low + high) // 2


class Point:
    """A packet of a region at one stage of its connection."""

    def __init__(self, stage: Stage, region: Region, unusual: Unusual, hard: bool) -> None:
        self.stage = stage
        self.region = region
        self.unusual = unusual
        self._hard = hard
        self._same = SAME[stage]
        self._picked: dict[str, int] = {}

    def get(self, field: str) -> int:
        """The value of one field."""
        field = self._same.get(field, field)
        found = self._picked.get(field)
        if found is None:
            value = self.region.get(field)
            if value is not None:
                found = self.unusual.within(field, value, self._hard)
            else:
                found = self.unusual.of(field)
            self._picked[field] = found
        return found

    def inside(self, region: Region) -> bool:
        """Whether the packet is one of a region's."""
        return all(holds(value, self.get(field)) for field, value in region.items())


def at_stage(region: Region, stage: Stage) -> Region | None:
    """A region's packets at one stage, in the packet's own fields; None when there are none."""
    states: Value = STAGE_BITS[stage]
    if "ct" in region:
        states = meet(region["ct"], states)
        if not states:
            return None
    same = SAME[stage]
    if not same.keys() & region.keys():
        return {**region, "ct": states}
    found: dict[str, Value] = {}
    for field, value in region.items():
        field = same.get(field, field)
        if field in found:
            value = meet(found[field], value)
            if not value:
                return None
        found[field] = value
    found["ct"] = states
    return found
