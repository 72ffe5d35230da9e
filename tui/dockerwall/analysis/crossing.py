"""What the kernel does to packets between the hooks: routing, source validation, forwarding.

Source: net/ipv4/ip_input.c, route.c and fib_frontend.c; net/ipv6/ip6_input.c and ip6_output.c.
"""

from __future__ import annotations

from collections.abc import Iterable

from dockerwall.analysis.addrtypes import IPV4_BROADCAST, MULTICAST
from dockerwall.analysis.boxes import Boxes
from dockerwall.analysis.hooks import STAGES
from dockerwall.analysis.packet import CLIENT, Packet, leaving
from dockerwall.analysis.passage import Passage
from dockerwall.analysis.routing import LINK_LOCAL_6, Way
from dockerwall.analysis.world import LOOPBACK, Side, World
from dockerwall.model.addresses import parse_address
from dockerwall.model.docker import Container
from dockerwall.model.kinds import Family

BEFORE_ROUTE = STAGES["OUTPUT"][:3]
AFTER_ROUTE = STAGES["OUTPUT"][4:]
ALL_HOSTS = (0xE0000001, (0xFF02 << 112) | 1)
"""224.0.0.1 and ff02::1, which every host listens to."""


class Crossing:
    """Carries boxes of packets from hook to hook; what is lost goes into the passage."""

    def __init__(self, world: World, side: Side, passage: Passage, bound: str = "") -> None:
        """`bound` is the interface by which the host's own packets to link-local addresses go."""
        self.world = world
        self.bound = bound
        self.side = side
        self.passage = passage
        self.cells = side.cells
        self.family = side.family

    def setting(self, name: str, interface: str) -> int:
        """A per-interface kernel setting; 0 when it was not read or is not a number."""
        value = self.world.snapshot.sysctl(f"net.{self.family.value}.conf.{interface}.{name}")
        return int(value) if value is not None and value.lstrip("-").isdigit() else 0

    def either(self, name: str, interface: str) -> int:
        """The greater of an interface's setting and that for all."""
        key = (self.family, name, interface)
        known = self.world.settings.get(key)
        if known is None:
            known = max(self.setting(name, "all"), self.setting(name, interface))
            self.world.settings[key] = known
        return known

    # In.

    def enter(self, boxes: Boxes) -> tuple[Boxes, Boxes]:
        """From the wire through PREROUTING and routing: (for the host itself, to forward)."""
        for packet, clients in boxes:
            if not self.known_interface(packet.iif):
                self.passage.doubt(f"no interface {packet.iif} was read", Boxes(packet, clients))
        if self.family is Family.IPV4:
            boxes = self.passage.hook("PREROUTING", boxes)
        elif any(self.bridged(packet.iif) for packet in boxes.packets):
            boxes = self.admitted(self.passage.hook("PREROUTING", boxes))
        else:
            boxes = self.passage.hook("PREROUTING", self.admitted(boxes))
        return self.route_in(renatted(boxes))

    def bridged(self, interface: str) -> bool:
        """Whether a bridge runs PREROUTING itself, before IP has looked at a packet."""
        around = self.side.around
        return interface in around.bridges and around.bridge_netfilter is True

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
            if refused and packet.conn is not None and packet.conn.dnat:
                why = "whether the bridge delivers an impossible source after NAT"
                self.passage.doubt(why, Boxes(packet, refused))
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
            clients = self.validated(packet, everyone)
            for way, part in self.ways(packet, clients, packet.iif):
                self.direct(packet, way, part, local, forwarded)
        return local, forwarded

    def special(self, packet: Packet, clients: int, local: Boxes) -> bool:
        """Destinations that no route decides: multicast, broadcast to all, and none."""
        if packet.dst == CLIENT:
            return False
        if packet.dst in MULTICAST[self.family]:
            if packet.dst not in ALL_HOSTS:
                box = Boxes(packet, clients)
                self.passage.doubt("which multicast groups are joined was not read", box)
            local.add(packet, clients)
        elif self.family is Family.IPV4 and packet.dst == 0xFFFFFFFF:
            local.add(packet, clients)
        elif packet.dst == 0:
            self.passage.lose(packet, clients, why="there is no such destination")
        else:
            return False
        return True

    def ways(self, packet: Packet, clients: int, iif: str) -> list[tuple[Way, int]]:
        """The routing answers for a packet."""
        if not clients:
            return []
        fib = self.side.fib
        source = None if packet.src == CLIENT else packet.src
        on = self.bound if iif == "lo" else iif
        if packet.dst == CLIENT:
            return fib.client_ways(source, self.cells, clients, iif, packet.mark, on)
        return fib.destination_ways(packet.dst, self.cells, clients, iif, packet.mark, source, on)

    def direct(
        self, packet: Packet, way: Way, clients: int, local: Boxes, forwarded: Boxes
    ) -> None:
        """One routing answer for packets from outside."""
        if way.type == "unknown":
            self.passage.mislay("the route cannot be told", Boxes(packet, clients))
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
        forwarding = self.forwarding(packet.iif)
        if forwarding is None:
            self.passage.doubt(
                "whether this host forwards packets was not read", Boxes(packet, clients)
            )
        if forwarding is False:
            self.passage.lose(packet, clients, why="this host does not forward packets")
            return
        if len(way.interfaces) > 1:
            self.passage.doubt("several routes share the packets", Boxes(packet, clients))
        for name in way.interfaces:
            if name == packet.iif:
                self.turn_back(packet, clients)
            forwarded.add(leaving(packet, name), clients)

    def turn_back(self, packet: Packet, clients: int) -> None:
        """Out by the bridge it came in by: the bridge loses it if the two ports are the same.

        It is so when bridged packets pass these tables (br_netfilter) and NAT sent it back, and
        then only another container of the bridge is surely at another port.
        """
        around = self.side.around
        if packet.iif not in around.bridges or around.bridge_netfilter is False:
            return
        ports = [link for link in self.world.snapshot.links or () if link.master == packet.iif]
        if ports and all(link.hairpin for link in ports):
            return
        if packet.conn is None or not (packet.conn.dnat or packet.conn.snat):
            return
        others = self.neighbours(packet.iif, packet.dst) if packet.src == CLIENT else 0
        self.passage.doubt(
            "whether it goes back to the bridge port it came from", Boxes(packet, clients & ~others)
        )

    def neighbours(self, bridge: str, target: int) -> int:
        """The addresses on a bridge of other containers than the target."""
        everybody = self.side.crowds.get(bridge)
        if everybody is None:
            everybody = self.side.crowds[bridge] = self.standing(bridge, self.world.containers)
        itself = self.world.by_address.get((self.family, target))
        return everybody & ~self.standing(bridge, (itself,)) if itself else everybody

    def standing(self, bridge: str, containers: Iterable[Container]) -> int:
        """The addresses of containers on a bridge."""
        found = 0
        for container in containers:
            for endpoint in container.endpoints:
                network = self.world.networks.get(endpoint.network_id)
                text = endpoint.ipv4 if self.family is Family.IPV4 else endpoint.ipv6
                if network is not None and network.bridge == bridge and text:
                    found |= self.cells.cell(parse_address(text.partition("/")[0])[1])
        return found

    def loopback_from_outside(self, packet: Packet) -> bool:
        """Whether it is for 127.0.0.0/8 and came by a wire that may not carry that."""
        if packet.dst not in LOOPBACK[self.family] or packet.iif == "lo":
            return False
        return self.family is Family.IPV6 or not self.either("route_localnet", packet.iif)

    def forwarding(self, interface: str) -> bool | None:
        """Whether packets from an interface are forwarded; None when it was not read.

        IPv6 asks the setting for all interfaces (ip6_forward), IPv4 the interface's own.
        """
        key = (self.family, "forwarding", interface)
        known = self.world.settings.get(key)
        if known is None:
            known = self.world.settings[key] = self.forwarding_as_read(interface)
        return None if known < 0 else known > 0

    def forwarding_as_read(self, interface: str) -> int:
        """The same as a number, -1 when it was not read."""
        scope = interface if self.family is Family.IPV4 else "all"
        value = self.world.snapshot.sysctl(f"net.{self.family.value}.conf.{scope}.forwarding")
        if value is None and self.family is Family.IPV4:
            value = self.world.snapshot.sysctl("net.ipv4.ip_forward")
        return -1 if value is None else int(value != "0")

    # Whether a source address is believed (fib_validate_source; IPv6 has no such check).

    def validated(self, packet: Packet, clients: int) -> int:
        """The clients whose packets are not taken for impossible."""
        if packet.iif == "lo" or self.family is Family.IPV6 or not clients:
            return clients
        if self.world.snapshot.sysctls is None:
            self.passage.doubt("whether sources are checked was not read", Boxes(packet, clients))
        if packet.src == CLIENT:
            bad = self.side.impossible.get(packet.iif)
            if bad is None:
                bad = self.side.impossible[packet.iif] = self.impossible(packet.iif)
            bad &= clients
            self.passage.lose(packet, bad, why="its source address is impossible here")
            clients &= ~bad
        strict = self.either("rp_filter", packet.iif)
        if not strict or not clients:
            return clients
        good = self.reversible(packet, clients, strict)
        self.passage.lose(packet, clients & ~good, why="rp_filter: the way back is elsewhere")
        return clients & good

    def impossible(self, iif: str) -> int:
        """Sources no packet may have: multicast, broadcast, loopback, and the host's own."""
        mask = self.cells.mask
        bad = mask(MULTICAST[self.family]) | mask(IPV4_BROADCAST)
        if not self.either("route_localnet", iif):
            bad |= mask(LOOPBACK[self.family])
        return bad if self.either("accept_local", iif) else bad | mask(self.side.own)

    def reversible(self, packet: Packet, clients: int, strict: int) -> int:
        """What rp_filter leaves: 1 wants the way back to use this interface, 2 any way back."""
        mark = packet.mark if self.either("src_valid_mark", packet.iif) else 0
        back = packet._replace(src=packet.dst, dst=packet.src, mark=mark)
        good = 0
        for way, part in self.ways(back, clients, packet.iif):
            if way.type == "unknown":
                self.passage.doubt("the way back cannot be told", Boxes(packet, part))
                good |= part
            elif way.type == "unicast" and (strict != 1 or packet.iif in way.interfaces):
                good |= part
        return good

    # Through and out.

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
            if refused and self.bridged(packet.iif) and packet.conn and packet.conn.dnat:
                why = "whether the bridge forwards a link-local source after NAT"
                self.passage.doubt(why, Boxes(packet, refused))
                refused = 0
            nobody = refused & self.cells.cell(0) if packet.src == CLIENT else 0
            why = "link-local addresses are not forwarded"
            self.passage.lose(packet, nobody, why)
            self.passage.lose(packet, refused & ~nobody, why, "reject")
            if clients & ~refused:
                through.add(packet, clients & ~refused)
        return through

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
        moved = any(packet.mark for packet in after.packets)
        if moved:
            after = self.routable_out(after)
        natted = self.passage.through("OUTPUT", ("nat",), after)
        if natted.packets != after.packets:
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
        looped = self.passage.through("PREROUTING", ("raw", "mangle"), looped)
        inward = tuple(stage for stage in STAGES["INPUT"] if stage != "nat")
        return self.passage.through("INPUT", inward, looped)

    def routable_out(self, boxes: Boxes) -> Boxes:
        """What is left after another look-up; the interface is not changed yet."""
        left = Boxes()
        for packet, clients in boxes:
            ways = Boxes()
            for way, part in self.ways(packet, clients, "lo"):
                self.leave(packet, way, part, ways)
            if ways.clients:
                left.add(packet, ways.clients)
        return left

    def route_out(self, boxes: Boxes) -> Boxes:
        """The interface by which the host's own packets leave."""
        routed = Boxes()
        for packet, clients in boxes:
            for way, part in self.ways(packet, clients, "lo"):
                self.leave(packet, way, part, routed)
        return routed

    def leave(self, packet: Packet, way: Way, clients: int, routed: Boxes) -> None:
        """One routing answer for the host's own packets."""
        if way.type == "unknown":
            self.passage.mislay("the way out cannot be told", Boxes(packet, clients))
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
        return interface != "lo" and not self.either("route_localnet", interface)

    def source_for(self, destination: int) -> int | None:
        """The address the host itself uses towards a destination (ip-route(8), src)."""
        for way, _ in self.side.fib.destination_ways(destination, self.cells, 1, "lo", 0, None):
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


def renatted(boxes: Boxes) -> Boxes:
    """Later packets of a connection get the addresses its entry says, without asking any rule."""
    if all(packet.state != "ESTABLISHED" for packet in boxes.packets):
        return boxes
    through = Boxes()
    for packet, clients in boxes:
        conn = packet.conn
        if conn is not None and packet.state == "ESTABLISHED":
            back = (conn.src, conn.sport)
            dst, dport = back if packet.reply else (conn.reply_src, conn.reply_sport)
            if (dst, dport) != (packet.dst, packet.dport):
                packet = packet._replace(dst=dst, dport=dport)
        elif conn is not None and packet.state == "RELATED":
            packet = packet._replace(dst=conn.src)
        through.add(packet, clients)
    return through
