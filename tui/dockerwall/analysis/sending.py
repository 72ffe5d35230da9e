"""What the kernel does between the hooks to packets that the host itself sends, also to itself.

Source: net/ipv4/ip_output.c and route.c; net/ipv6/ip6_output.c.
"""

from __future__ import annotations

from dockerwall.analysis.boxes import Boxes, boxed
from dockerwall.analysis.hooks import STAGES
from dockerwall.analysis.lookup import ways
from dockerwall.analysis.packet import Packet, leaving
from dockerwall.analysis.passage import Passage
from dockerwall.analysis.routing import Way
from dockerwall.analysis.settings import either
from dockerwall.analysis.side import LOOPBACK, Side
from dockerwall.analysis.world import World
from dockerwall.model.addresses import parse_address
from dockerwall.model.kinds import Family

BEFORE_ROUTE = STAGES["OUTPUT"][:3]
AFTER_ROUTE = STAGES["OUTPUT"][4:]


class Sending:
    """Carries boxes of the host's own packets from hook to hook; losses go into the passage."""

    def __init__(self, world: World, side: Side, passage: Passage, bound: str = "") -> None:
        """`bound` is the interface by which packets to link-local addresses go."""
        self.world = world
        self.side = side
        self.family = side.family
        self.passage = passage
        self.bound = bound

    def send(self, boxes: Boxes) -> Boxes:
        """The host's own packets: routed, through OUTPUT and POSTROUTING.

        They are routed again when mangle changed the mark or nat the destination, but OUTPUT's
        rules go on seeing the interface of the first look-up (nf_hook_state is made once).
        """
        routed = self.route_out(boxes)
        if not routed:
            return routed
        self.passage.enter("OUTPUT", routed)
        after = self.passage.through("OUTPUT", BEFORE_ROUTE, routed)
        moved = any(packet.mark for packet, _ in after)
        if moved:
            after = self.routable_out(after)
        natted = self.passage.through("OUTPUT", ("nat",), after)
        if natted is not after and natted.packets != after.packets:
            moved = True
            natted = self.routable_out(natted)
        sent = self.passage.through("OUTPUT", AFTER_ROUTE, natted)
        return self.passage.hook("POSTROUTING", self.route_out(sent) if moved else sent)

    def loop(self, boxes: Boxes) -> Boxes:
        """Round the loopback device: conntrack knows the packets, so NAT is not asked again."""
        looped = Boxes()
        for packet, clients in boxes:
            looped.add(packet._replace(iif="lo", oif=""), clients)
        if not looped:
            return looped
        self.passage.enter("PREROUTING", looped, settled=True)
        looped = self.passage.through("PREROUTING", ("raw", "mangle"), looped)
        if not looped:
            return looped
        self.passage.enter("INPUT", looped, settled=True)
        inward = tuple(stage for stage in STAGES["INPUT"] if stage != "nat")
        return self.passage.through("INPUT", inward, looped)

    def routable_out(self, boxes: Boxes) -> Boxes:
        """What is left after another look-up; the interface is not changed yet."""
        left = Boxes()
        for packet, clients in boxes:
            found = Boxes()
            for way, part in ways(self.side, packet, clients, "lo", self.bound):
                self.leave(packet, way, part, found)
            if found.clients:
                left.add(packet, found.clients)
        return left

    def route_out(self, boxes: Boxes) -> Boxes:
        """The interface by which the host's own packets leave."""
        routed = Boxes()
        for packet, clients in boxes:
            for way, part in ways(self.side, packet, clients, "lo", self.bound):
                self.leave(packet, way, part, routed)
        return routed

    def leave(self, packet: Packet, way: Way, clients: int, routed: Boxes) -> None:
        """One routing answer for the host's own packets."""
        if way.type == "unknown":
            self.passage.mislay("the way out cannot be told", boxed(packet, clients))
            routed.add(packet, clients)
        elif way.type == "local":
            routed.add(leaving(packet, "lo"), clients)
        elif way.type in ("unicast", "broadcast", "multicast"):
            for name in way.interfaces:
                if self.keeps_loopback_in(packet, name):
                    self.passage.lose(packet, clients, why="loopback does not leave the host")
                else:
                    routed.add(leaving(packet, name), clients)
        else:
            self.passage.lose(packet, clients, why=f"there is no way to it ({way.type})")

    def keeps_loopback_in(self, packet: Packet, interface: str) -> bool:
        """Whether a loopback source may not leave by an interface (__mkroute_output)."""
        if self.family is Family.IPV6 or packet.src not in LOOPBACK[self.family]:
            return False
        return interface != "lo" and not either(
            self.world, self.family, "route_localnet", interface
        )

    def source_for(self, destination: int) -> int | None:
        """The address the host itself uses towards a destination (ip-route(8), src)."""
        cells = self.side.cells
        for way, _ in self.side.fib.destination_ways(destination, cells, 1, "lo", 0, None):
            if way.type == "local":
                return destination
            if way.source:
                return parse_address(way.source)[1]
            for address in self.world.snapshot.addresses or ():
                if (
                    address.interface in way.interfaces
                    and address.family is self.family
                    and address.scope != "link"
                ):
                    return parse_address(address.address)[1]
        return None
