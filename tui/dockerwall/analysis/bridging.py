"""What a bridge does itself to packets that come in by it or go back out by it.

Source: net/bridge/br_netfilter_hooks.c and br_forward.c.
"""

from __future__ import annotations

from collections.abc import Iterable

from dockerwall.analysis.boxes import boxed
from dockerwall.analysis.packet import CLIENT, Packet
from dockerwall.analysis.passage import Passage
from dockerwall.analysis.side import Side
from dockerwall.analysis.world import World
from dockerwall.model.addresses import parse_address
from dockerwall.model.docker import Container
from dockerwall.model.kinds import Family


def bridged(side: Side, interface: str) -> bool:
    """Whether a bridge runs PREROUTING itself, before IP has looked at a packet."""
    around = side.around
    return interface in around.bridges and around.bridge_netfilter is True


def turn_back(passage: Passage, packet: Packet, clients: int) -> None:
    """Out by the bridge it came in by: the bridge loses it if the two ports are the same.

    It is so when bridged packets pass these tables (br_netfilter) and NAT sent it back, and
    then only another container of the bridge is surely at another port.
    """
    world, side = passage.world, passage.side
    around = side.around
    if packet.iif not in around.bridges or around.bridge_netfilter is False:
        return
    ports = [link for link in world.snapshot.links or () if link.master == packet.iif]
    if ports and all(link.hairpin for link in ports):
        return
    if packet.conn is None or not (packet.conn.dnat or packet.conn.snat):
        return
    others = _neighbours(world, side, packet.iif, packet.dst) if packet.src == CLIENT else 0
    passage.doubt(
        "whether it goes back to the bridge port it came from", boxed(packet, clients & ~others)
    )


def _neighbours(world: World, side: Side, bridge: str, target: int) -> int:
    """The addresses on a bridge of other containers than the target."""
    everybody = side.crowds.get(bridge)
    if everybody is None:
        everybody = side.crowds[bridge] = _standing(world, side, bridge, world.containers)
    itself = world.by_address.get((side.family, target))
    return everybody & ~_standing(world, side, bridge, (itself,)) if itself else everybody


def _standing(world: World, side: Side, bridge: str, containers: Iterable[Container]) -> int:
    """The addresses of containers on a bridge."""
    found = 0
    for container in containers:
        for endpoint in container.endpoints:
            network = world.networks.get(endpoint.network_id)
            text = endpoint.ipv4 if side.family is Family.IPV4 else endpoint.ipv6
            if network is not None and network.bridge == bridge and text:
                found |= side.cells.cell(parse_address(text.partition("/")[0])[1])
    return found
