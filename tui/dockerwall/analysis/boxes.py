"""Boxes of packets: distinct packets, and for each the clients it stands for.

There are nearly always one or two of them, so they are a plain list, compared by identity first; an
index is only made once there are many.
"""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.analysis.packet import Packet

_MANY = 12


class Boxes:
    """Packets with their masks of clients; equal packets are kept once."""

    __slots__ = ("_index", "_packets", "_parts")

    def __init__(self, packet: Packet | None = None, clients: int = 0) -> None:
        self._packets: list[Packet] = []
        self._parts: list[int] = []
        self._index: dict[Packet, int] | None = None
        if packet is not None and clients:
            self._packets.append(packet)
            self._parts.append(clients)

    def __bool__(self) -> bool:
        return bool(self._packets)

    def __len__(self) -> int:
        return len(self._packets)

    def __iter__(self) -> Iterator[tuple[Packet, int]]:
        return zip(self._packets, self._parts)  # noqa: B905  # as long as each other, always

    @property
    def alone(self) -> tuple[Packet, int] | None:
        """The only packet and its clients; None where there are none, or several."""
        return (self._packets[0], self._parts[0]) if len(self._packets) == 1 else None

    def first(self, count: int) -> Boxes:
        """The first so many, apart."""
        found = Boxes()
        found._packets = self._packets[:count]
        found._parts = self._parts[:count]
        return found

    @property
    def packets(self) -> list[Packet]:
        """The packets alone."""
        return self._packets

    @property
    def clients(self) -> int:
        """All clients together."""
        found = 0
        for part in self._parts:
            found |= part
        return found

    def add(self, packet: Packet, clients: int) -> None:
        """Put packets in, together with equal ones; none for no clients."""
        if not clients:
            return
        if not self._packets:
            self._packets.append(packet)
            self._parts.append(clients)
            return
        place = self._place(packet)
        if place is None:
            if self._index is not None:
                self._index[packet] = len(self._packets)
            self._packets.append(packet)
            self._parts.append(clients)
        else:
            self._parts[place] |= clients

    def merge(self, others: Boxes) -> None:
        """Put all packets of the others in."""
        if not self._packets:
            self._packets = list(others._packets)
            self._parts = list(others._parts)
            self._index = None
            return
        for packet, clients in others:
            self.add(packet, clients)

    def _place(self, packet: Packet) -> int | None:
        if len(self._packets) <= _MANY:
            for place, known in enumerate(self._packets):
                if known is packet or known == packet:
                    return place
            return None
        if self._index is None:
            self._index = {known: place for place, known in enumerate(self._packets)}
        return self._index.get(packet)
