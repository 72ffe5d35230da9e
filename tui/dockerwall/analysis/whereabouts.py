"""Where containers are, as far as Docker and the routes tell: behind their bridge, on the wire, or
perhaps elsewhere.

Every answer is a sentence for what is not as usual, and empty otherwise.
"""

from __future__ import annotations

from dockerwall.analysis.packet import Packet
from dockerwall.analysis.world import World, address_in
from dockerwall.model.addresses import format_address
from dockerwall.model.docker import Network
from dockerwall.model.kinds import Family

OFF_HOST = ("macvlan", "ipvlan")
"""Drivers whose containers stand beside the host, not behind it."""


def on_the_wire(world: World, family: Family, number: int, wire: str) -> str:
    """What says that a container with this address stands, or may stand, on a wire itself."""
    container = world.by_address.get((family, number))
    if container is None:
        return ""
    # It is asked for at its address in one network, whatever others it is in.
    networks = [
        world.networks.get(endpoint.network_id)
        for endpoint in container.endpoints
        if address_in(endpoint, family) == number
    ]
    if any(network is not None and _is_at(network, wire) for network in networks):
        return f"{container.name} is on the wire itself: this firewall does not govern it"
    if None in networks and not (
        wire in world.sides[family].around.bridges or world.behind_a_bridge(family, number)
    ):
        return f"{container.name} may be on the wire itself: its network was not read"
    return ""


def led_elsewhere(world: World, family: Family, packet: Packet) -> str:
    """What says that a packet leaves by another way than its container's bridge."""
    container = world.by_address.get((family, packet.dst))
    if container is None or not packet.oif:
        return ""
    bridges = world.bridges_to(container, family, packet.dst)
    if not bridges or packet.oif in bridges:
        return ""
    address = format_address(family, packet.dst)
    return f"the way to {address} leads out by {packet.oif}, not to {container.name}'s bridge"


def never_returns(world: World, family: Family, packet: Packet, iif: str) -> bool:
    """Whether what has left surely does not come back in, by whatever is out there.

    By the interface it came in by it would be led out again, unless marks choose the way; and
    IPv4 takes nothing that has an address of its own as source (fib_validate_source).
    """
    if packet.oif == iif and not world.sides[family].fib.by_mark:
        return True
    if family is Family.IPV6 or packet.src not in world.sides[family].own:
        return False
    settings = world.snapshot.sysctls or {}
    return not any(
        name.endswith(".accept_local") and value != "0" for name, value in settings.items()
    )


def unknown_there(world: World, family: Family, packet: Packet) -> str:
    """What says that Docker gave nobody behind the bridge such an address.

    A container can give itself more addresses than Docker knows, and route to others.
    """
    docker = world.snapshot.docker
    if docker is None or docker.containers is None:
        return ""
    if packet.oif not in world.peopled or (family, packet.dst) in world.by_address:
        return ""
    address = format_address(family, packet.dst)
    return f"Docker knows no container with {address} behind {packet.oif}"


def _is_at(network: Network, wire: str) -> bool:
    return network.driver in OFF_HOST and network.parent.split(".")[0] == wire.split(".")[0]
