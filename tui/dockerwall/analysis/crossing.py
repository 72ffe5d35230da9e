"""What the kernel does between the hooks to packets that arrive: routed, taken, or passed on.

Source: net/ipv4/ip_input.c and route.c; net/ipv6/ip6_input.c and ip6_output.c.
"""

from __future__ import annotations

from dockerwall.analysis.addrtypes import MULTICAST
from dockerwall.analysis.boxes import Boxes, boxed
from dockerwall.analysis.bridging import bridged, turn_back
from dockerwall.analysis.lookup import ways
from dockerwall.analysis.packet import CLIENT, Packet, echo_reply, leaving
from dockerwall.analysis.passage import Passage
from dockerwall.analysis.routing import LINK_LOCAL_6, Way
from dockerwall.analysis.settings import either, forwarding
from dockerwall.analysis.side import LOOPBACK, Side
from dockerwall.analysis.validation import validated
from dockerwall.analysis.world import World
from dockerwall.model.kinds import Family

ALL_HOSTS = (0xE0000001, (0xFF02 << 112) | 1)
"""224.0.0.1 and ff02::1, which every host listens to."""


class Crossing:
    """Carries boxes of packets that arrive from hook to hook; losses go into the passage."""

    def __init__(self, world: World, side: Side, passage: Passage, bound: str = "") -> None:
        """`bound` is the interface by which the host's own packets to link-local addresses go."""
        self.world = world
        self.bound = bound
        self.side = side
        self.passage = passage
        self.cells = side.cells
        self.family = side.family

    def enter(self, boxes: Boxes) -> tuple[Boxes, Boxes]:
        """From the wire through PREROUTING and routing: (for the host itself, to forward)."""
        for packet, clients in boxes:
            if not self.known_interface(packet.iif):
                self.passage.doubt(f"no interface {packet.iif} was read", boxed(packet, clients))
        boxes = self.turned_on(boxes)
        if self.family is Family.IPV4:
            boxes = self.passage.hook("PREROUTING", boxes)
        elif any(bridged(self.side, packet.iif) for packet, _ in boxes):
            boxes = self.admitted(self.passage.hook("PREROUTING", boxes))
        else:
            boxes = self.passage.hook("PREROUTING", self.admitted(boxes))
        return self.route_in(renatted(boxes))

    def turned_on(self, boxes: Boxes) -> Boxes:
        """What comes in by interfaces that are turned off does not come in."""
        if not any(packet.iif in self.world.down for packet in boxes.packets):
            return boxes
        through = Boxes()
        for packet, clients in boxes:
            if packet.iif in self.world.down:
                self.passage.lose(packet, clients, why=f"the interface {packet.iif} is down")
            else:
                through.add(packet, clients)
        return through

    def known_interface(self, name: str) -> bool:
        """Whether the host has it, as far as was read."""
        return self.world.link_names is None or name in self.world.link_names

    def admitted(self, boxes: Boxes) -> Boxes:
        """IPv6 refuses impossible addresses before any hook (ip6_rcv_core)."""
        through = Boxes()
        bad = self.side.never_sent
        for packet, clients in boxes:
            refused = 0
            if packet.iif != "lo" and packet.dst == 1:
                refused = clients
            elif packet.iif != "lo" and packet.src == CLIENT:
                refused = clients & bad
            if refused and _may_be_turned(packet):
                why = "whether the bridge delivers an impossible source after NAT"
                self.passage.doubt(why, boxed(packet, refused))
                refused = 0
            self.passage.lose(packet, refused, why="no such packet is taken from the wire")
            if clients & ~refused:
                through.add(packet, clients & ~refused)
        return through

    def route_in(self, boxes: Boxes) -> tuple[Boxes, Boxes]:
        """The routing decision for packets from outside."""
        local = Boxes()
        forwarded = Boxes()
        for packet, everyone in boxes:
            if self.special(packet, everyone, local):
                continue
            clients = validated(self.passage, packet, everyone)
            for way, part in ways(self.side, packet, clients, packet.iif, self.bound):
                self.direct(packet, way, part, local, forwarded)
        return local, forwarded

    def special(self, packet: Packet, clients: int, local: Boxes) -> bool:
        """Destinations that no route decides: multicast, broadcast to all, and none."""
        if packet.dst == CLIENT:
            return False
        if packet.dst in MULTICAST[self.family]:
            if packet.dst not in ALL_HOSTS:
                box = boxed(packet, clients)
                self.passage.doubt("which multicast groups are joined was not read", box)
            local.add(packet, clients)
        elif self.family is Family.IPV4 and packet.dst == 0xFFFFFFFF:
            local.add(packet, clients)
        elif packet.dst == 0:
            self.passage.lose(packet, clients, why="there is no such destination")
        else:
            return False
        return True

    def direct(
        self, packet: Packet, way: Way, clients: int, local: Boxes, forwarded: Boxes
    ) -> None:
        """One routing answer for packets from outside."""
        if way.type == "unknown":
            self.passage.mislay("the route cannot be told", boxed(packet, clients))
        elif way.type in ("local", "broadcast", "anycast"):
            if self.loopback_from_outside(packet):
                self.passage.lose(packet, clients, why="loopback is not taken from outside")
            else:
                local.add(packet, clients)
        elif way.type == "unicast":
            self.pass_on(packet, way, clients, forwarded)
        else:
            how = "drop" if way.type == "blackhole" else "reject"  # the others are told by ICMP
            self.passage.lose(packet, clients, f"there is no route ({way.type})", how)

    def pass_on(self, packet: Packet, way: Way, clients: int, forwarded: Boxes) -> None:
        """Forward, if this host does."""
        passed_on = forwarding(self.world, self.family, packet.iif)
        if passed_on is None:
            self.passage.doubt(
                "whether this host forwards packets was not read", boxed(packet, clients)
            )
        if passed_on is False:
            self.passage.lose(packet, clients, why="this host does not forward packets")
            return
        if len(way.interfaces) > 1:
            self.passage.doubt("several routes share the packets", boxed(packet, clients))
        for name in way.interfaces:
            if name == packet.iif:
                turn_back(self.passage, packet, clients)
            forwarded.add(leaving(packet, name), clients)

    def loopback_from_outside(self, packet: Packet) -> bool:
        """Whether it is for 127.0.0.0/8 and came by a wire that may not carry that."""
        if packet.dst not in LOOPBACK[self.family] or packet.iif == "lo":
            return False
        if self.family is Family.IPV6:
            return True
        return not either(self.world, self.family, "route_localnet", packet.iif)

    def forward(self, boxes: Boxes) -> Boxes:
        """Through FORWARD and POSTROUTING."""
        if self.family is Family.IPV6:
            boxes = self.routable(boxes)
        boxes = self.passage.hook("FORWARD", boxes)
        return self.passage.hook("POSTROUTING", boxes)

    def routable(self, boxes: Boxes) -> Boxes:
        """ip6_forward does not pass on what has a link-local source, or none."""
        through = Boxes()
        link_local = self.side.never_forwarded
        for packet, clients in boxes:
            turned_back = packet.oif == packet.iif  # ip6_forward then asks for a redirect instead
            if packet.src != CLIENT:
                local = packet.src in LINK_LOCAL_6 or packet.src == 0
                refused = clients if local and not turned_back else 0
            else:
                refused = clients & link_local if not turned_back else 0
            if refused and bridged(self.side, packet.iif) and _may_be_turned(packet):
                why = "whether the bridge forwards a link-local source after NAT"
                self.passage.doubt(why, boxed(packet, refused))
                refused = 0
            nobody = refused & self.cells.cell(0) if packet.src == CLIENT else 0
            why = "link-local addresses are not forwarded"
            self.passage.lose(packet, nobody, why)
            self.passage.lose(packet, refused & ~nobody, why, "reject")
            if clients & ~refused:
                through.add(packet, clients & ~refused)
        return through


def _may_be_turned(packet: Packet) -> bool:
    """Whether NAT may have sent it elsewhere before it was routed: there, or back."""
    return packet.conn is not None and (packet.conn.snat if packet.reply else packet.conn.dnat)


def renatted(boxes: Boxes) -> Boxes:
    """Later packets of a connection get the addresses its entry says, without asking any rule."""
    if not any(packet.state == "ESTABLISHED" for packet, _ in boxes):
        return boxes
    through = Boxes()
    for packet, clients in boxes:
        conn = packet.conn
        if conn is not None and packet.state == "ESTABLISHED":
            back = (conn.src, echo_reply(packet.proto, conn.sport))
            dst, dport = back if packet.reply else (conn.reply_src, conn.reply_sport)
            if (dst, dport) != (packet.dst, packet.dport):
                packet = packet._replace(dst=dst, dport=dport)
        elif conn is not None and packet.state == "RELATED":
            packet = packet._replace(dst=conn.src)
        through.add(packet, clients)
    return through
