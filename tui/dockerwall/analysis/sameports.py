"""Published ports that nothing tells apart: who gets in at one of them gets in at all.

The law: where docker-proxy takes the packets for two ports, no rule names one port without the
other, no set holds ports, nothing is translated, and docker-proxy's own connections come to the
same end, each packet to the one port has its like among those to the other, and fares as it does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from dockerwall.analysis.connection import Journey, Query
from dockerwall.analysis.exposure import Kind, Offer
from dockerwall.analysis.journey import proxied, proxy_target
from dockerwall.analysis.listening import takers
from dockerwall.analysis.world import World
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family

_TRANSLATING = frozenset({"DNAT", "REDIRECT", "NETMAP", "SNAT", "MASQUERADE"})


class Place(NamedTuple):
    """One port among others."""

    alike: Hashable
    """What is the same for another port only if all is."""
    inner: Query
    """The connection that docker-proxy opens to the container: each port has its own."""


class SamePorts:
    """The ports of one family of a host, in classes."""

    def __init__(self, world: World, family: Family, named: Iterable[Intervals]) -> None:
        """`named` is what the family's rules name of ports."""
        self.world = world
        self.family = family
        spans = {span for ports in named for span in ports}
        self._alone = frozenset(low for low, high in spans if low == high)
        ranges = [(low, high + 1) for low, high in spans if low < high]
        self._edges = sorted({edge for each in ranges for edge in each})
        self._in_sets = any(
            "port" in each.kinds or "set" in each.kinds
            for each in world.sides[family].around.sets.values()
        )

    def place(self, offer: Offer, query: Query) -> Place | None:
        """Where a query stands among those to other ports; None where nobody knows."""
        if self._in_sets or offer.kind is not Kind.PUBLISHED:
            return None
        found = takers(self.world, self.family, query.dst, query.proto, query.dport, query.iif)
        if len(found) != 1:
            return None
        container, port = found[0].container, found[0].published
        if container is None or port is None or container.name != offer.container:
            return None
        inside = proxy_target(container)
        if inside is None:
            return None
        inner = Query(inside[0], "", inside[1], query.proto, port.container_port)
        alike = query._replace(dport=self._like(query.dport)), proxied(self.world, inner)
        return Place(alike, inner)

    def _like(self, port: int) -> int:
        """The same number for ports between which no rule makes a difference."""
        return port if port in self._alone else -1 - bisect_right(self._edges, port)


def is_like_others(journey: Journey) -> bool:
    """Whether a port's number can have had no part in what became of its packets."""
    met = {hit.action for hit in (*journey.hits, *journey.reply_hits)}
    return not (journey.came["FORWARD"].first or journey.astray or met & _TRANSLATING)
