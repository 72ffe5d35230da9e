"""Packets that the host itself sends, past the harness that silences everything else."""

from __future__ import annotations

import socket

from tests.kernel.packet import Packet, datagram

HOST_ITSELF = "host"
"""In the place of a wire: the host is the sender."""
PRIORITY = 6
"""What the harness lets through (topology.HARNESS_TABLE); no rule under test looks at it."""
_SO_PRIORITY = 12


class OwnPackets:
    """Raw sockets inside the host, one for each version of IP."""

    def __init__(self) -> None:
        """Open them; to be called inside the host's namespace."""
        self._sockets = {
            4: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
            6: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW),
        }
        for each in self._sockets.values():
            each.setsockopt(socket.SOL_SOCKET, _SO_PRIORITY, PRIORITY)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)

    def send(self, packet: Packet, tag: int) -> None:
        """Send one; what has no route, or is refused by a rule, is simply lost."""
        try:
            self._sockets[packet.version].sendto(datagram(packet, tag), (packet.dst, 0))
        except OSError:
            return

    def close(self) -> None:
        """Close both."""
        for each in self._sockets.values():
            each.close()
