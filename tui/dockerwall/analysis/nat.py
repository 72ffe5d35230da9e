"""What NAT makes of a packet: new addresses and ports, in the packet and its connection.

Source: net/netfilter/nf_nat_core.c (get_unique_tuple): a port within the wanted range is kept, and
the status bit is only set when something really changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from dockerwall.analysis.packet import ANY, CLIENT, Packet
from dockerwall.analysis.routing import LINK_LOCAL_6
from dockerwall.analysis.side import Side
from dockerwall.analysis.walk import NatTarget
from dockerwall.analysis.world import World
from dockerwall.model.addresses import parse_address
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import Dnat, Netmap, Redirect, Snat

MOST_WAYS = 16
"""Destinations a DNAT range may choose from before the answer is given up as unknown."""

_SCOPED = Intervals(((1, 1), (0xFE80 << 112, Family.IPV6.last)))
"""::1, fe80::/10, fec0::/10 and ff00::/8."""


def translate(
    packet: Packet, target: NatTarget, hook: str, world: World, side: Side
) -> list[Packet] | str:
    """The packets that may come of it, one for each choice of the kernel; or why none can be told.

    In OUTPUT and PREROUTING the destination is changed, in INPUT and POSTROUTING the source.
    """
    match target:
        case Dnat():
            return _dnat(packet, target)
        case Redirect():
            return _redirect(packet, target, world, side)
        case Snat():
            return _snat(packet, target, world, side)
        case Netmap():
            return _netmap(packet, target, hook, side)


def to_destination(packet: Packet, address: int, port: int) -> Packet:
    """The packet sent to another address and port, its connection's reply from there."""
    conn = packet.conn
    assert conn is not None
    changed = (address, port) != (packet.dst, packet.dport)
    entry = conn._replace(reply_src=address, reply_sport=port, dnat=conn.dnat or changed)
    return packet._replace(dst=address, dport=port, conn=entry)


def to_source(packet: Packet, address: int, port: int) -> Packet:
    """The packet seeming to come from another address and port, its reply going there."""
    conn = packet.conn
    assert conn is not None
    changed = (address, port) != (packet.src, packet.sport)
    entry = conn._replace(reply_dst=address, reply_dport=port, snat=conn.snat or changed)
    return packet._replace(src=address, sport=port, conn=entry)


def _dnat(packet: Packet, target: Dnat) -> list[Packet] | str:
    low, high = target.addresses or (packet.dst, packet.dst)
    if CLIENT in (low, packet.dst) and target.addresses is None:
        return "DNAT of a port alone, towards the client"
    if high - low + 1 > MOST_WAYS:
        return "DNAT to a range of destinations"
    ports = _ports(packet.dport, target.ports, target.base)
    if (high - low + 1) * len(ports) > MOST_WAYS:
        return "DNAT to a range of destinations"
    addresses = range(low, high + 1)
    return [to_destination(packet, each, port) for each in addresses for port in ports]


def _ports(port: int, wanted: tuple[int, int] | None, base: int | None = None) -> Sequence[int]:
    """A port inside the wanted range is kept, else the first is taken that is free.

    With a base it is shifted, and then too the next free one is taken if need be.
    """
    if wanted is None or wanted[0] == wanted[1]:
        return (port if wanted is None else wanted[0],)
    if base is None and wanted[0] <= port <= wanted[1]:
        return (port,)
    return range(wanted[0], wanted[1] + 1)


def _redirect(packet: Packet, target: Redirect, world: World, side: Side) -> list[Packet] | str:
    """To the first address of the incoming interface; for the host's own packets, to loopback."""
    if not packet.iif:
        address = 1 if side.family is Family.IPV6 else 0x7F000001
    elif side.family is Family.IPV6 and packet.dst in _SCOPED:
        # Since Linux 6.7, and wherever that was taken over, an address of the same scope or none.
        return "REDIRECT of a packet for an address that is not global"
    else:
        found = _first_address(world, side.family, packet.iif)
        if found is None:
            return f"REDIRECT, and the address of {packet.iif} is not known"
        address = found
    ports = _ports(packet.dport, target.ports)
    if len(ports) > MOST_WAYS:
        return "REDIRECT to a range of ports"
    return [to_destination(packet, address, port) for port in ports]


def _first_address(
    world: World, family: Family, interface: str, *, link: bool = False
) -> int | None:
    """The first IPv4 address, or the first of IPv6 that is link-local or is not."""
    for address in world.snapshot.addresses or ():
        if address.interface != interface or address.family is not family:
            continue
        if family is Family.IPV4 or (address.scope == "link") is link:
            return parse_address(address.address)[1]
    return None


def _snat(packet: Packet, target: Snat, world: World, side: Side) -> list[Packet] | str:
    if target.addresses is None:
        # For a neighbour an address of the same scope is chosen (ipv6_dev_get_saddr).
        link = side.family is Family.IPV6 and packet.dst in LINK_LOCAL_6
        found = _first_address(world, side.family, packet.oif, link=link)
        low = high = found if found is not None else packet.src
        if found is None and not target.masquerade:
            return "SNAT of a port alone"
        if found is None:
            return f"MASQUERADE, and the address of {packet.oif} is not known"
    else:
        low, high = target.addresses
    if high - low + 1 > MOST_WAYS:
        return "SNAT to a range of addresses"
    port = packet.sport if target.ports is None else ANY  # kept, unless another holds it
    return [to_source(packet, address, port) for address in range(low, high + 1)]


def _netmap(packet: Packet, target: Netmap, hook: str, side: Side) -> list[Packet] | str:
    host = side.family.last ^ target.mask
    if hook in ("POSTROUTING", "INPUT"):
        if packet.src == CLIENT:
            return "NETMAP of the client's address"
        return [to_source(packet, target.network | (packet.src & host), packet.sport)]
    if packet.dst == CLIENT:
        return "NETMAP of the client's address"
    return [to_destination(packet, target.network | (packet.dst & host), packet.dport)]
