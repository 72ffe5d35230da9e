"""`-m rpfilter`: whether an answer would leave by where the packet came in.

Source: ipt_rpfilter.c and ip6t_rpfilter.c, which differ in what they take for an answer.
"""

from __future__ import annotations

from dockerwall.analysis.answers import Answer, Some, Surroundings, Test
from dockerwall.analysis.packet import (
    CLIENT,
    Packet,
)
from dockerwall.analysis.routing import Asking, Way
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import (
    RpfilterMatch,
)


def rpfilter(match: RpfilterMatch, around: Surroundings) -> Test:
    """Would a packet to this source leave by where this one came in?"""
    newer = around.family is Family.IPV6
    cells = around.cells
    # ip6t_rpfilter lets the unspecified source pass unasked.
    unasked = cells.mask(Intervals.single(0)) if newer else 0

    def ways(packet: Packet) -> list[tuple[Way, int]]:
        mark = packet.mark if match.validmark else 0
        source = None if packet.src == CLIENT else packet.src
        back = None if packet.dst == CLIENT else packet.dst
        asked = Asking(cells.everything, "lo", mark, source, back, "")
        if newer:
            return around.fib.ways_by(asked, cells, packet.iif, not match.loose)
        if source is None:
            return around.fib.client_ways(back, cells, cells.everything, "lo", mark)
        return around.fib.destination_ways(source, cells, cells.everything, "lo", mark, back)

    def good_way(way: Way, interface: str) -> bool:
        here = match.loose or interface in way.interfaces
        if way.type == "local":
            return match.accept_local and (here or newer)
        return here and way.type in (("unicast", "multicast") if newer else ("unicast",))

    def test(packet: Packet) -> Answer:
        if packet.iif == "lo":
            return not match.inverted
        good = unasked if packet.src == CLIENT else 0
        for way, clients in ways(packet):
            if way.type == "unknown" or (len(way.interfaces) > 1 and not match.loose):
                return None
            if good_way(way, packet.iif):
                good |= clients
        clients = cells.everything & ~good if match.inverted else good
        return True if clients == cells.everything else Some(clients) if clients else False

    return test
