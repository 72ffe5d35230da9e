"""Whether a packet's source address is believed (rp_filter and its like).

Source: fib_validate_source in net/ipv4/fib_frontend.c; IPv6 has no such check.
"""

from __future__ import annotations

from dockerwall.analysis.addrtypes import IPV4_BROADCAST, MULTICAST
from dockerwall.analysis.boxes import boxed
from dockerwall.analysis.lookup import ways
from dockerwall.analysis.packet import CLIENT, Packet
from dockerwall.analysis.passage import Passage
from dockerwall.analysis.settings import either
from dockerwall.analysis.side import LOOPBACK, Side
from dockerwall.analysis.world import World
from dockerwall.model.kinds import Family


def validated(passage: Passage, packet: Packet, clients: int) -> int:
    """The clients whose packets are not taken for impossible; the others are lost."""
    world, side = passage.world, passage.side
    if packet.iif == "lo" or side.family is Family.IPV6 or not clients:
        return clients
    if world.snapshot.sysctls is None:
        passage.doubt("whether sources are checked was not read", boxed(packet, clients))
    if packet.src == CLIENT:
        bad = side.impossible.get(packet.iif)
        if bad is None:
            bad = side.impossible[packet.iif] = _impossible(world, side, packet.iif)
        bad &= clients
        passage.lose(packet, bad, why="its source address is impossible here")
        clients &= ~bad
    strict = either(world, side.family, "rp_filter", packet.iif)
    if not strict or not clients:
        return clients
    good = _reversible(passage, packet, clients, strict)
    passage.lose(packet, clients & ~good, why="rp_filter: the way back is elsewhere")
    return clients & good


def _impossible(world: World, side: Side, iif: str) -> int:
    """Sources no packet may have: multicast, broadcast, loopback, and the host's own."""
    family, mask = side.family, side.cells.mask
    bad = mask(MULTICAST[family]) | mask(IPV4_BROADCAST)
    if not either(world, family, "route_localnet", iif):
        bad |= mask(LOOPBACK[family])
    return bad if either(world, family, "accept_local", iif) else bad | mask(side.own)


def _reversible(passage: Passage, packet: Packet, clients: int, strict: int) -> int:
    """What rp_filter leaves: 1 wants the way back to use this interface, 2 any way back."""
    world, side = passage.world, passage.side
    mark = packet.mark if either(world, side.family, "src_valid_mark", packet.iif) else 0
    back = packet._replace(src=packet.dst, dst=packet.src, mark=mark)
    good = 0
    for way, part in ways(side, back, clients, packet.iif, packet.iif):
        if way.type == "unknown":
            passage.doubt("the way back cannot be told", boxed(packet, part))
            good |= part
        elif way.type == "unicast" and (strict != 1 or packet.iif in way.interfaces):
            good |= part
    return good
