"""Boxes of packets: distinct packets, and for each the clients it stands for.

There are nearly always one or two of them, so they are a plain list of pairs, compared by identity
first; an index is only made once there are many.
"""

from __future__ import annotations

from dockerwall.analysis.packet import Packet

_MANY = 12


class Boxes(list[tuple[Packet, int]]):
    """Packets with their masks of clients; equal packets are kept once."""

    _index: dict[Packet, int] | None = None

    @property
    def packets(self) -> list[Packet]:
        """The packets alone."""
        return [packet for packet, _ in self]

    @property
    def clients(self) -> int:
        """All clients together."""
        found = 0
        for _, part in self:
            found |= part
        return found

    def add(self, packet: Packet, clients: int) -> None:
        """Put packets in, together with equal ones; none for no clients."""
        if not clients:
            return
        place = self._place(packet) if self else None
        if place is None:
            if self._index is not None:
                self._index[packet] = len(self)
            self.append((packet, clients))
        else:
            self[place] = (packet, self[place][1] | clients)

    def merge(self, others: Boxes) -> None:
        """Put all packets of the others in."""
        if not self:
            self._index = None
            self.extend(others)
            return
        for packet, clients in others:
            self.add(packet, clients)

    def _place(self, packet: Packet) -> int | None:
        if len(self) <= _MANY:
            for place, (known, _) in enumerate(self):
                if known is packet or known == packet:
                    return place
            return None
        if self._index is None:
            self._index = {known: place for place, (known, _) in enumerate(self)}
        return self._index.get(packet)


def boxed(packet: Packet, clients: int) -> Boxes:
    """One packet alone; none for no clients."""
    return Boxes([(packet, clients)] if clients else ())
