"""A program that tries connections over and over until its input ends, then prints who got in.

Each argument is SOURCE,DESTINATION,PORT. Prints one JSON object: for each argument how often it was
tried, and how often somebody answered. Standard library only.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time

IP_FREEBIND = 15
IPV6_FREEBIND = 78
PACE = 0.01
"""Seconds between two tries: shorter than any step of a daemon that starts."""
PATIENCE = 0.5
"""Seconds an answer may take."""
QUESTION = b"who is there\n"


def knock(target: str) -> socket.socket:
    """A connection on its way."""
    source, destination, port = target.split(",")
    six = ":" in destination
    opened = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_STREAM)
    opened.setblocking(False)
    level = socket.IPPROTO_IPV6 if six else socket.IPPROTO_IP
    opened.setsockopt(level, IPV6_FREEBIND if six else IP_FREEBIND, 1)
    opened.bind((source, 0))
    opened.connect_ex((destination, int(port)))
    return opened


class Door:
    """Everything that is under way to one target."""

    def __init__(self, target: str) -> None:
        """Nothing is, at first."""
        self.target = target
        self.tried = self.answered = 0
        self._under_way: dict[socket.socket, float] = {}

    def try_again(self, waiting: selectors.BaseSelector) -> None:
        """Begin one more, and give up those that take too long."""
        now = time.monotonic()
        for opened in [each for each, began in self._under_way.items() if now > began + PATIENCE]:
            self._end(opened, waiting)
        self.tried += 1
        try:
            opened = knock(self.target)
        except OSError:
            return
        self._under_way[opened] = now
        waiting.register(opened, selectors.EVENT_WRITE, self)

    def advance(self, opened: socket.socket, events: int, waiting: selectors.BaseSelector) -> None:
        """Ask who is there once the connection stands, and count the answer."""
        try:
            if events & selectors.EVENT_WRITE:
                opened.send(QUESTION)
                waiting.modify(opened, selectors.EVENT_READ, self)
                return
            self.answered += 1 if opened.recv(512) else 0
        except OSError:
            pass
        self._end(opened, waiting)

    def _end(self, opened: socket.socket, waiting: selectors.BaseSelector) -> None:
        waiting.unregister(opened)
        del self._under_way[opened]
        opened.close()


def main(targets: list[str]) -> None:
    """Knock at every target until the input ends."""
    doors = [Door(target) for target in targets]
    waiting = selectors.DefaultSelector()
    waiting.register(sys.stdin, selectors.EVENT_READ)
    print("knocking", flush=True)
    again = time.monotonic()
    while True:
        for key, events in waiting.select(max(0.0, again - time.monotonic())):
            if not isinstance(key.fileobj, socket.socket):
                counted = {door.target: [door.tried, door.answered] for door in doors}
                print(json.dumps(counted), flush=True)
                return
            key.data.advance(key.fileobj, events, waiting)
        if time.monotonic() >= again:
            again = time.monotonic() + PACE
            for door in doors:
                door.try_again(waiting)


if __name__ == "__main__":
    main(sys.argv[1:])
