"""Own rules put into a chain that others share: the law that `restore.sh` keeps, for files.

The law: afterwards every own rule stands there, in order; rules of others stay in theirs; a rule
that is missing stands right behind what stood before it when it was saved, or before what stood
behind it, or first; and never behind a rule that sends every packet back.
"""

from __future__ import annotations

from collections.abc import Sequence

from dockerwall.analysis.boot.own import Line


def merged(chain: str, wanted: Sequence[Line], there: Sequence[str]) -> list[str]:
    """The rules of a chain once every own rule of `wanted` is among those that are there."""
    own = {line.text for line in wanted if line.own}
    bare = f"-A {chain} -j RETURN"
    limit = len(there) if bare in own or bare not in there else there.index(bare)
    places = _found(wanted, there[:limit])
    if all(places[n] is not None for n, line in enumerate(wanted) if line.own):
        return list(there)
    matched = {places[n] for n, line in enumerate(wanted) if line.own}
    gone = {n for n, text in enumerate(there) if text in own and n not in matched}
    for number, line in enumerate(wanted):
        if not line.own and line.text in there:
            places[number] = there.index(line.text)
    gaps = _gaps(wanted, places, limit)
    result: list[str] = []
    for place in range(len(there) + 1):
        result += gaps.get(place, [])
        if place < len(there) and place not in gone:
            result.append(there[place])
    return result


def _found(wanted: Sequence[Line], there: Sequence[str]) -> list[int | None]:
    """Where each own rule stands, each behind the one before."""
    places: list[int | None] = []
    begin = 0
    for line in wanted:
        place = None
        if line.own and line.text in there[begin:]:
            place = there.index(line.text, begin)
            begin = place + 1
        places.append(place)
    return places


def _gaps(wanted: Sequence[Line], places: Sequence[int | None], limit: int) -> dict[int, list[str]]:
    """The missing rules by the place before which they belong."""
    gaps: dict[int, list[str]] = {}
    low = 0
    for number, line in enumerate(wanted):
        place = places[number]
        if not line.own:
            continue
        if place is not None:
            low = place + 1
            continue
        gap = _gap(wanted, places, number, low)
        following = (
            p
            for w, p in zip(wanted[number:], places[number:], strict=True)
            if w.own and p is not None
        )
        low = min(max(gap, low), next(following, limit), limit)
        gaps.setdefault(low, []).append(line.text)
    return gaps


def _gap(wanted: Sequence[Line], places: Sequence[int | None], number: int, low: int) -> int:
    for before in range(number - 1, -1, -1):
        place = places[before]
        if wanted[before].own:
            return low
        if place is not None:
            return place + 1
    return next((place for place in places[number + 1 :] if place is not None), 0)
