"""The routing look-up for one packet.

Source: fib_lookup and ip6_route_input: by the interface, the destination, the mark and the source.
"""

from __future__ import annotations

from dockerwall.analysis.packet import CLIENT, Packet
from dockerwall.analysis.routing import Way
from dockerwall.analysis.side import Side


def ways(side: Side, packet: Packet, clients: int, iif: str, bound: str) -> list[tuple[Way, int]]:
    """The routing answers for a packet, each with its clients.

    `bound` is the interface by which the host's own packets to link-local addresses go.
    """
    if not clients:
        return []
    fib = side.fib
    source = None if packet.src == CLIENT else packet.src
    on = bound if iif == "lo" else iif
    if packet.dst == CLIENT:
        return fib.client_ways(source, side.cells, clients, iif, packet.mark, on)
    return fib.destination_ways(packet.dst, side.cells, clients, iif, packet.mark, source, on)
