"""Sends tagged packets into the host and tells what became of each.

One thread does everything: a veth wire hands a frame over inside the call that sends it, so a
packet has gone its way when `send` returns, or a little later on the same processor. Marker
frames of a private type, which no rule sees, follow every lot three times: when the third has
arrived, everything sent before has arrived or never will. Nothing sleeps.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import attrgetter
from types import TracebackType

from tests.kernel.netlink import (
    SO_RCVBUFFORCE,
    forget_connections,
    listen_to_log,
    logged_datagrams,
    open_netfilter,
)
from tests.kernel.outcome import (
    NOT_SEEN,
    Outcome,
    Seen,
    read_datagram,
    read_refusal,
    read_transport,
)
from tests.kernel.own_packets import HOST_ITSELF, OwnPackets
from tests.kernel.packet import PROTOCOLS, Packet, datagram
from tests.kernel.topology import WIRES, Topology, far_mac, host_mac

IPV4, IPV6, MARKER = 0x0800, 0x86DD, 0x88B5
LOT = 512  # packets between two looks at the receivers; well below the backlog of 1000
LIVE_CONNECTIONS = 16384
PATIENCE = 20.0  # seconds until a marker that does not arrive is called a failure
IPV6_RECVPKTINFO, IPV6_PKTINFO = 49, 50


class Prober:
    """Sockets on every wire and inside the host, all opened once."""

    def __init__(self, topology: Topology) -> None:
        """Open the sockets."""
        self._topology = topology
        self._tag = 0x10000000
        self._senders: dict[str, socket.socket] = {}
        self._taps: dict[str, socket.socket] = {}
        topology.beyond.inside(self._open_wires)
        self._inputs: dict[int, list[tuple[int, socket.socket]]] = {4: [], 6: []}
        topology.host.inside(self._open_inputs)
        self._marker = topology.host.inside(_open_marker)
        self._log = listen_to_log(topology.host)
        self._control = open_netfilter(topology.host)
        self._heads = _frame_heads()
        self._own = topology.host.inside(OwnPackets)

    def _open_wires(self) -> None:
        """One sending and one receiving socket for every wire."""
        for wire in WIRES:
            sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            sender.bind((wire, 0))
            self._senders[wire] = sender
        for kind in (IPV4, IPV6):
            tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(kind))
            _widen(tap)
            self._taps[str(kind)] = tap

    def _open_inputs(self) -> None:
        """One raw socket a protocol: it receives exactly what has passed INPUT."""
        for number in PROTOCOLS.values():
            if number != PROTOCOLS["icmpv6"]:
                plain = socket.socket(socket.AF_INET, socket.SOCK_RAW, number)
                _widen(plain)
                self._inputs[4].append((number, plain))
            if number != PROTOCOLS["icmp"]:
                newer = socket.socket(socket.AF_INET6, socket.SOCK_RAW, number)
                newer.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                _widen(newer)
                self._inputs[6].append((number, newer))

    def close(self) -> None:
        """Close every socket, so that the namespaces can go."""
        inputs = [entry for group in self._inputs.values() for _, entry in group]
        singles = [self._marker, self._log, self._control]
        for each in [*self._senders.values(), *self._taps.values(), *inputs, *singles]:
            each.close()
        self._own.close()

    def __enter__(self) -> Prober:
        """The prober itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the sockets."""
        self.close()

    def probe(self, packets: Sequence[Packet]) -> list[Outcome]:
        """Send every packet as a connection of its own; outcomes come in the same order."""
        found = [NOT_SEEN] * len(packets)
        for wave in waves(packets):
            outcomes, _ = self.exchange([packets[index] for index in wave])
            for index, outcome in zip(wave, outcomes, strict=True):
                found[index] = outcome
            self.forget()
        return found

    def exchange(self, packets: Sequence[Packet]) -> tuple[list[Outcome], int]:
        """Send packets and keep the connections; also tells the first packet's tag.

        Tags are consecutive. The processor is fixed meanwhile, since a packet is handed over on
        the processor that sends it, and only there in order.
        """
        outcomes: dict[int, Outcome] = {}
        first = self._tag
        self._tag += len(packets)
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(allowed)})
        try:
            for start in range(0, len(packets), LOT):
                for index, packet in enumerate(packets[start : start + LOT], start):
                    self._send(packet, first + index)
                self._settle()
                self._collect(outcomes)
        finally:
            os.sched_setaffinity(0, allowed)
        return [outcomes.get(first + index, NOT_SEEN) for index in range(len(packets))], first

    def forget(self) -> None:
        """Delete every connection entry of the host."""
        forget_connections(self._control)

    def _send(self, packet: Packet, tag: int) -> None:
        """Put one packet on its wire, or let the host itself send it."""
        if packet.link == HOST_ITSELF:
            self._own.send(packet, tag)
            return
        head = self._heads[packet.link, packet.mac, packet.version]
        self._senders[packet.link].send(head + datagram(packet, tag))

    def _settle(self) -> None:
        """Return when everything sent so far has gone its whole way."""
        deadline = time.monotonic() + PATIENCE
        frame = bytes(12) + struct.pack("!H", MARKER) + bytes(46)
        for _ in range(3):
            self._senders["eth0"].send(frame)
            while True:
                try:
                    self._marker.recv(64)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise TimeoutError("the marker frame did not arrive") from None
                    select.select([self._marker], [], [], 0.1)

    def _collect(self, outcomes: dict[int, Outcome]) -> None:
        """Read all receivers until they are empty."""
        for tap in self._taps.values():
            for data, address in _drain(tap):
                wire = address[0]
                seen = read_datagram(data)
                if seen is not None:
                    _note(outcomes, wire, seen)
        for number, plain in self._inputs[4]:
            for data, _ in _drain(plain):
                seen = read_datagram(data)
                if seen is not None and number:
                    _note(outcomes, "host", seen)
        for number, newer in self._inputs[6]:
            for data, source, target in _drain_with_target(newer):
                seen = read_transport(source, target, number, data, True)
                if seen is not None:
                    _note(outcomes, "host", seen)
        for data, _ in _drain(self._log):
            for refused in logged_datagrams(data):
                answer = read_refusal(refused)
                if answer is not None:
                    tag, kind = answer
                    before = outcomes.get(tag, NOT_SEEN)
                    outcomes[tag] = Outcome(
                        before.place, before.src, before.dst, before.sport, before.dport,
                        kind, before.times,
                    )  # fmt: skip


def _note(outcomes: dict[int, Outcome], place: str, seen: Seen) -> None:
    """Add one observation."""
    outcomes[seen.tag] = outcomes.get(seen.tag, NOT_SEEN).seen_at(place, seen)


def waves(
    packets: Sequence[Packet], key: Callable[[Packet], Hashable] = attrgetter("tuple_key")
) -> Iterable[list[int]]:
    """Split indices into lots in which no two connections can clash: none with equal keys."""
    found: list[list[int]] = []
    turns: Counter[Hashable] = Counter()
    for index, packet in enumerate(packets):
        mine = key(packet)
        turn = turns[mine]
        turns[mine] += 1
        while len(found) <= turn:
            found.append([])
        found[turn].append(index)
    for wave in found:
        for start in range(0, len(wave), LIVE_CONNECTIONS):
            yield wave[start : start + LIVE_CONNECTIONS]


def _frame_heads() -> dict[tuple[str, str, int], bytes]:
    """Ethernet headers by wire, addressee and IP version."""
    heads = {}
    for wire in WIRES:
        addressees = {
            "host": host_mac(wire),
            "broadcast": "ff:ff:ff:ff:ff:ff",
            "other": "02:00:00:00:02:99",
            "peer": far_mac("docker0b"),
        }
        for name, mac in addressees.items():
            both = bytes.fromhex((mac + far_mac(wire)).replace(":", ""))
            for version, kind in ((4, IPV4), (6, IPV6)):
                heads[wire, name, version] = both + struct.pack("!H", kind)
    return heads


def _open_marker() -> socket.socket:
    """The socket inside the host that sees marker frames."""
    marker = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(MARKER))
    marker.setblocking(False)
    return marker


def _widen(receiver: socket.socket) -> None:
    """Give a receiver room for a whole lot and more, and never let it block."""
    receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    receiver.setblocking(False)


def _drain(receiver: socket.socket) -> Iterable[tuple[bytes, tuple[str, ...]]]:
    """Everything that waits at a receiver."""
    while True:
        try:
            yield receiver.recvfrom(65536)
        except BlockingIOError:
            return


def _drain_with_target(receiver: socket.socket) -> Iterable[tuple[bytes, str, str]]:
    """Everything that waits at an IPv6 raw socket: data, source, destination."""
    while True:
        try:
            data, ancillary, _, address = receiver.recvmsg(4096, 256)
        except BlockingIOError:
            return
        target = ""
        for level, kind, value in ancillary:
            if level == socket.IPPROTO_IPV6 and kind == IPV6_PKTINFO:
                target = socket.inet_ntop(socket.AF_INET6, value[:16])
        yield data, str(address[0]).split("%")[0], target
