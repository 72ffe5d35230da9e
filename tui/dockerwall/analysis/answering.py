"""The way back of a connection: the reply, and for TCP the packet that completes it."""

from __future__ import annotations

from collections.abc import Callable

from dockerwall.analysis.boxes import Boxes, boxed
from dockerwall.analysis.connection import Delivery, Journey, Opened, third_packet
from dockerwall.analysis.crossing import Crossing
from dockerwall.analysis.hits import Notes
from dockerwall.analysis.packet import CLIENT, TCP, Packet
from dockerwall.analysis.passage import Passage
from dockerwall.analysis.sending import Sending
from dockerwall.analysis.world import World
from dockerwall.model.kinds import Family


class Answering:
    """Carries the replies to one query's packets back to the client, and notes what is open."""

    def __init__(
        self, world: World, journey: Journey, answer: Callable[[Packet, Family], Packet]
    ) -> None:
        """`answer` makes the reply to a packet that came through."""
        self.world = world
        self.journey = journey
        self.answer = answer
        self.query = journey.query
        side = journey.side
        self.family = side.family
        later = Notes(journey.reply_hits, journey.doubts)
        self.passage = Passage(world, side, later, journey.losses, journey.astray, journey.hooks)
        self.crossing = Crossing(world, side, self.passage, self.query.iif)
        self.sending = Sending(world, side, self.passage, self.query.iif)

    def forwarded(self, delivery: Delivery, first: Packet, clients: int) -> None:
        """A container's reply: in by where the first packet left, out by the way to the client."""
        clients = self.off_link(first, clients)
        reply = self.answer(first, self.family)._replace(iif=first.oif)
        local, forwarded = self.crossing.enter(boxed(reply, clients))
        if self.query.iif:
            self.passage.lose_all(local, why="the reply is for the host itself")
            self.complete(delivery, first, self.forward(forwarded))
        else:
            self.complete(delivery, first, self.passage.hook("INPUT", local))

    def forward(self, boxes: Boxes) -> Boxes:
        """Later packets through FORWARD and POSTROUTING."""
        self.journey.came["FORWARD"].later.merge(boxes)
        return self.crossing.forward(boxes)

    def off_link(self, first: Packet, clients: int) -> int:
        """The clients a container answers through this host: not those on its own network.

        It looks for them there itself: one that came from elsewhere is never found, and one that
        is there gets the answer from an address it did not ask, unless the bridge undoes the NAT.
        """
        if first.src != CLIENT:
            if not self.for_nobody(first):
                return clients
            self.passage.lose(first, clients, why="no container has the address it is answered at")
            return 0
        beside = clients & self.on_network(first.oif)
        if not beside:
            return clients
        if first.oif != self.query.iif:
            why = "the container looks for such an address on its own network"
            self.passage.lose(first, beside, why=why)
            return clients & ~beside
        if first.conn is not None and first.conn.dnat:
            undone = self.journey.side.around.bridge_netfilter
            if undone is False:
                why = "the answer goes straight back, from an address that was not asked"
                self.passage.lose(first, beside, why=why)
                return clients & ~beside
        return clients

    def for_nobody(self, first: Packet) -> bool:
        """Whether its source was made an address of the container's network that nobody has.

        If a container gave itself that address, the answer ends there: the host never sees it.
        """
        snapshot, side = self.world.snapshot, self.journey.side
        docker = snapshot.docker
        if docker is None or docker.containers is None:
            return False
        if snapshot.addresses is None or not side.fib.known:
            return False
        if first.oif not in self.world.peopled:
            return False
        numbers = self.world.beyond.get((self.family, first.oif))
        if not numbers or first.src not in numbers:
            return False
        if first.src in side.own or side.fib.type_of(first.src) != "unicast":
            return False
        return (self.family, first.src) not in self.world.by_address

    def on_network(self, bridge: str) -> int:
        """The addresses of the Docker network behind a bridge."""
        numbers = self.world.beyond.get((self.family, bridge))
        return self.journey.side.cells.mask(numbers) if numbers else 0

    def local(self, delivery: Delivery, first: Packet, clients: int) -> None:
        """A process's reply, through OUTPUT."""
        back = self.sending.send(boxed(self.answer(first, self.family), clients))
        if not self.query.iif:
            self.complete(delivery, first, self.sending.loop(back))
            return
        inward, outward = Boxes(), Boxes()
        for packet, part in back:
            (inward if packet.oif == "lo" else outward).add(packet, part)
        self.passage.lose_all(inward, why="the reply is for the host itself")
        self.complete(delivery, first, outward)

    def complete(self, delivery: Delivery, first: Packet, replies: Boxes) -> None:
        """The reply is out; TCP's third packet must also get through."""
        natted = first.conn is not None and (first.conn.dnat or first.conn.snat)
        for reply, clients in _by_connection(replies):
            if natted and reply.state == "UNTRACKED":
                why = "the reply is not tracked, so it keeps the wrong address"
                self.passage.lose(reply, clients, why=why)
                continue
            if reply.state == "NEW" and (reply.src, reply.sport) != (first.dst, first.dport):
                why = "the answer to an untracked packet is translated, so it seems another's"
                self.passage.lose(reply, clients, why=why)
                continue
            done = clients
            if first.proto == TCP and self.query.iif:
                done = self.third(first, reply, clients)
            if done:
                self.journey.opened.append(Opened(delivery, reply.choice, done))

    def third(self, first: Packet, reply: Packet, clients: int) -> int:
        """For which clients the handshake's last packet arrives."""
        entry = None if first.conn is None else reply.conn
        packet = third_packet(self.query, reply.choice, entry)
        local, forwarded = self.crossing.enter(boxed(packet, clients))
        self.journey.came["INPUT"].later.merge(local)
        inside = self.passage.hook("INPUT", local)
        return inside.clients | self.forward(forwarded).clients


def _by_connection(replies: Boxes) -> Boxes:
    """Replies that differ only in how they leave, put together: what follows them is the same."""
    if len(replies) < 2:
        return replies
    together = Boxes()
    for reply, clients in replies:
        together.add(reply._replace(oif="", iif="", mark=0, sure=True), clients)
    return together
