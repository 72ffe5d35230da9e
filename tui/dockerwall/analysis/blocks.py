"""Rules that look at nothing but the client's address, decided all at once.

Blocklists and allowlists are long, and each of their rules ends the chain for the clients it names;
so only the first such rule of a chain that names a client can ever meet it. A `Block` knows, for
each stretch of the chain, which clients its rules take and what becomes of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

_STRIDE = 64
"""Rules between two sums that are kept; more of them cost memory, fewer of them time."""


class Block:
    """The rules of one chain that only compare the client's address, in order."""

    __slots__ = ("_known", "_masks", "_sums", "actions", "places", "told")

    def __init__(self, places: Sequence[int], masks: Sequence[int], actions: Sequence[str]) -> None:
        """For each rule: its place in the chain, the clients it names, and what becomes of them."""
        self.places = places
        self.actions = actions
        self._masks: list[int] = []
        self._known: dict[tuple[int, int], dict[str, int]] = {}
        self._sums: list[dict[str, int]] = [{}]
        self.told: dict[object, object] = {}
        """What was said of its rules before (`hits.first_hits`)."""
        taken, sums = 0, dict[str, int]()
        for count, (mask, action) in enumerate(zip(masks, actions, strict=True), 1):
            new = mask & ~taken
            taken |= mask
            self._masks.append(new)
            sums[action] = sums.get(action, 0) | new
            if count % _STRIDE == 0:
                self._sums.append(dict(sums))

    def between(self, after: int, before: int) -> dict[str, int]:
        """Clients by what becomes of them, taken by rules strictly between two places."""
        found = self._known.get((after, before))
        if found is None:
            if len(self._known) > _STRIDE:
                self._known.clear()
            found = self._known[after, before] = self._between(after, before)
        return found

    def _between(self, after: int, before: int) -> dict[str, int]:
        first = bisect_left(self.places, after + 1)
        last = bisect_left(self.places, before)
        if first >= last:
            return {}
        low, high = -(-first // _STRIDE), last // _STRIDE
        if high <= low:
            return self._sum(first, last)
        found = self._sum(first, low * _STRIDE)
        for action, mask in self._sums[high].items():
            new = mask & ~self._sums[low].get(action, 0)
            found[action] = found.get(action, 0) | new
        for action, mask in self._sum(high * _STRIDE, last).items():
            found[action] = found.get(action, 0) | mask
        return found

    def _sum(self, first: int, last: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for each in range(first, last):
            action = self.actions[each]
            found[action] = found.get(action, 0) | self._masks[each]
        return found

    def takers(self, after: int, before: int, clients: int) -> Iterator[tuple[int, int]]:
        """The rules between two places that take any of these clients: (place, clients)."""
        first = bisect_left(self.places, after + 1)
        for each in range(first, bisect_left(self.places, before)):
            part = self._masks[each] & clients
            if part:
                yield self.places[each], part
