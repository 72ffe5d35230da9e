"""A slow link as ssh's ProxyCommand: `slow_relay.py HOST PORT LOG`.

Everything arrives 50 ms later, 1 Mbit/s each way. LOG gets a line `> BYTES` or `< BYTES` for every
piece that goes to the host or comes from it, written before it is passed on.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

DELAY = 0.05
RATE = 1_000_000 / 8
"""Bytes in a second."""


def relay(read: Callable[[], bytes], write: Callable[[bytes], object], note: str, log: int) -> None:
    """Pass on what comes, late and slowly, until it ends."""
    waiting: deque[tuple[float, bytes]] = deque()
    arrived = threading.Condition()

    def deliver() -> None:
        while True:
            with arrived:
                while not waiting:
                    arrived.wait()
                due, piece = waiting.popleft()
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                write(piece)
            except OSError:
                os._exit(0)
            if not piece:
                os._exit(0)

    threading.Thread(target=deliver, daemon=True).start()
    free_at = 0.0
    while True:
        piece = read()
        os.write(log, f"{note} {len(piece)}\n".encode())
        free_at = max(free_at, time.monotonic()) + len(piece) / RATE
        with arrived:
            waiting.append((free_at + DELAY, piece))
            arrived.notify()
        if not piece:
            return


def main() -> None:
    """Connect and relay until one side has closed."""
    host, port, path = sys.argv[1:]
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    far = socket.create_connection((host, int(port)))
    out = threading.Thread(
        target=relay, args=(lambda: os.read(0, 16384), far.sendall, ">", log), daemon=True
    )
    out.start()
    relay(lambda: far.recv(16384), lambda piece: os.write(1, piece), "<", log)
    time.sleep(2 * DELAY)


if __name__ == "__main__":
    main()
