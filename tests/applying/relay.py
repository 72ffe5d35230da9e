"""A relay in front of a server that can stop forwarding: a link that hangs, and does not break.

    python -m tests.applying.relay LISTEN TARGET

Told by signals, it holds what comes from the clients there are (SIGUSR1), holds both directions
(SIGUSR2), or lets go what was held (SIGHUP). Later clients are not held. That a client which was
held has hung up is never told: so the server learns it late, as it does where a link is dead.
"""

from __future__ import annotations

import select
import signal
import socket
import sys
from collections.abc import Sequence

_TURN = 0.05


class Relay:
    """Pairs of sockets, and which of them are not read for now."""

    def __init__(self, listener: socket.socket, target: int) -> None:
        self._listener = listener
        self._target = target
        self._peers: dict[socket.socket, socket.socket] = {}
        self._clients: set[socket.socket] = set()
        self._held: set[socket.socket] = set()
        self._silent: set[socket.socket] = set()

    def hold(self, number: int, _frame: object) -> None:
        """Stop reading."""
        self._held = set(self._clients if number == signal.SIGUSR1 else self._peers)
        self._silent |= self._clients

    def release(self, _number: int, _frame: object) -> None:
        """Read everything again."""
        self._held = set()

    def turn(self) -> None:
        """Forward what there is."""
        read = [self._listener, *(each for each in self._peers if each not in self._held)]
        for ready in select.select(read, [], [], _TURN)[0]:
            if ready is self._listener:
                self._accept()
            else:
                self._forward(ready)

    def _accept(self) -> None:
        client = self._listener.accept()[0]
        server = socket.create_connection(("127.0.0.1", self._target))
        self._peers[client], self._peers[server] = server, client
        self._clients.add(client)

    def _forward(self, source: socket.socket) -> None:
        peer = self._peers[source]
        try:
            data = source.recv(1 << 16)
            if data:
                peer.sendall(data)
                return
            if source not in self._silent:
                peer.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        del self._peers[source]
        self._clients.discard(source)


def main(arguments: Sequence[str]) -> None:
    """Relay until it is ended."""
    listen, target = map(int, arguments)
    with socket.create_server(("127.0.0.1", listen)) as listener:
        relay = Relay(listener, target)
        signal.signal(signal.SIGUSR1, relay.hold)
        signal.signal(signal.SIGUSR2, relay.hold)
        signal.signal(signal.SIGHUP, relay.release)
        while True:
            relay.turn()


if __name__ == "__main__":
    main(sys.argv[1:])
