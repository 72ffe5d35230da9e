"""A slow link as ssh's ProxyCommand: `slow_relay.py HOST PORT LOG`.

Everything arrives 50 ms later, 1 Mbit/s each way. LOG gets a line `> BYTES` or `< BYTES` for every
piece that goes to the host or comes from it, written before it is passed on; `+ BYTES` for what
goes to the host while its answer is still coming, so that nobody waits for it.
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


Piece = tuple[float, bytes]


def relay(
    read: Callable[[], bytes],
    write: Callable[[bytes], object],
    note: Callable[[int], object],
    waiting: deque[Piece],
) -> None:
    """Pass on what comes, late and slowly, until it ends; `waiting` holds what is on its way."""
    arrived = threading.Condition()

    def deliver() -> None:
        while True:
            with arrived:
                while not waiting:
                    arrived.wait()
                due, piece = waiting[0]
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                write(piece)
            except OSError:
                os._exit(0)
            if not piece:
                os._exit(0)
            waiting.popleft()

    threading.Thread(target=deliver, daemon=True).start()
    free_at = 0.0
    while True:
        piece = read()
        note(len(piece))
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
    forth: deque[Piece] = deque()
    back: deque[Piece] = deque()

    def note_forth(size: int) -> None:
        os.write(log, f"{'+' if back else '>'} {size}\n".encode())

    def note_back(size: int) -> None:
        os.write(log, f"< {size}\n".encode())

    asking = (lambda: os.read(0, 16384), far.sendall, note_forth, forth)
    threading.Thread(target=relay, args=asking, daemon=True).start()
    relay(lambda: far.recv(16384), lambda piece: os.write(1, piece), note_back, back)
    time.sleep(2 * DELAY)


if __name__ == "__main__":
    main()
