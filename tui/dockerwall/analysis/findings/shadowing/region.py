"""Regions: sets of packets, each field of a packet on its own axis; exact set difference.

A region holds a value for each field it restricts. A value is a set of numbers: `Intervals`, or
for fields of few values a plain int with a bit for each. A field that is absent is unrestricted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from dockerwall.model.intervals import Intervals

Value: TypeAlias = Intervals | int
Region: TypeAlias = Mapping[str, Value]

EVERYTHING: Region = {}


def meet(one: Value, other: Value) -> Value:
    """What both hold."""
    if isinstance(one, int):
        assert isinstance(other, int)
        return one & other
    assert isinstance(other, Intervals)
    return other if one == other else one & other


def join(one: Value, other: Value) -> Value:
    """What either holds."""
    if isinstance(one, int):
        assert isinstance(other, int)
        return one | other
    assert isinstance(other, Intervals)
    return one if one == other else one | other


def without(one: Value, other: Value) -> Value:
    """What the first holds and the second does not."""
    if isinstance(one, int):
        assert isinstance(other, int)
        return one & ~other
    assert isinstance(other, Intervals)
    return one - other


def holds(value: Value, number: int) -> bool:
    """Whether one number is in a value; for an int the number is the bit's place."""
    return bool(value >> number & 1) if isinstance(value, int) else number in value


def overlap(one: Region, other: Region) -> Region | None:
    """What is in both; None when nothing is."""
    if len(one) < len(other):
        one, other = other, one
    if not other:
        return one
    found = dict(one)
    for field, value in other.items():
        mine = found.get(field)
        if mine is not None:
            value = meet(mine, value)
            if not value:
                return None
        found[field] = value
    return found


def difference(one: Region, other: Region, whole: Mapping[str, Value]) -> list[Region]:
    """What is in the first and not in the second, as regions that do not overlap.

    `whole` says what an unrestricted field holds.
    """
    rest: list[Region] = []
    inside = dict(one)
    for field, value in other.items():
        mine = inside[field] if field in inside else whole[field]
        outside = without(mine, value)
        if not outside:
            continue
        common = meet(mine, value)
        if not common:
            return [one]
        rest.append({**inside, field: outside})
        inside[field] = common
    return rest


def covers(regions: Iterable[Region], all_of: Region, whole: Mapping[str, Value]) -> bool:
    """Whether several regions together hold every packet of one."""
    left = [all_of]
    for region in regions:
        left = [piece for each in left for piece in difference(each, region, whole)]
        if not left or len(left) > MOST_PIECES:
            break
    return not left


MOST_PIECES = 512
"""Pieces a region may be cut into before the question is given up."""
