"""`-m rpfilter`: whether an answer would leave by where the packet came in (xt_rpfilter.c)."""

from __future__ import annotations

from dockerwall.analysis.answers import Answer, Some, Surroundings, Test
from dockerwall.analysis.packet import (
    CLIENT,
    Packet,
)
from dockerwall.analysis.routing import LINK_LOCAL_6
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import (
    RpfilterMatch,
)


def rpfilter(match: RpfilterMatch, around: Surroundings) -> Test:
    """xt_rpfilter.c: would a packet to this source leave by where this one came in?"""

    unasked = around.cells.mask(Intervals.single(0)) if around.family is Family.IPV6 else 0

    def on_link(interface: str) -> int:
        """Link-local IPv6 sources are looked up on the incoming interface alone."""
        hops = around.fib.tables.get("main", ()) if around.family is Family.IPV6 else ()
        found = 0
        for hop in hops:
            if interface in hop.way.interfaces and LINK_LOCAL_6.covers(hop.numbers):
                found |= around.cells.mask(hop.numbers)
        return found

    def test(packet: Packet) -> Answer:
        if packet.iif == "lo":
            return not match.inverted
        mark = packet.mark if match.validmark else 0
        cells = around.cells
        if packet.src == CLIENT:
            back = None if packet.dst == CLIENT else packet.dst
            ways = around.fib.client_ways(back, cells, cells.everything, "lo", mark)
        else:
            ways = around.fib.destination_ways(
                packet.src, cells, cells.everything, "lo", mark, packet.dst
            )
        good = unasked | on_link(packet.iif) if packet.src == CLIENT else 0
        for way, clients in ways:
            if way.type == "unknown" or (len(way.interfaces) > 1 and not match.loose):
                return None
            if way.type == "unicast" or (way.type == "local" and match.accept_local):
                good |= clients if match.loose or packet.iif in way.interfaces else 0
        clients = cells.everything & ~good if match.inverted else good
        return True if clients == cells.everything else Some(clients) if clients else False

    return test
