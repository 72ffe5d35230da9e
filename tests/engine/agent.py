"""A program that lives in a vantage point's namespace and sends the probes it is told to.

Reads one JSON array of probes a line and writes one JSON array of outcomes a line; ends when its
input ends. A probe is {"src", "dst", "proto", "sport", "dport"}; an outcome is {"outcome",
"answer"}. Standard library only: it is started as a plain file, without the package.
"""

from __future__ import annotations

import errno
import json
import resource
import selectors
import socket
import sys
import time
from typing import Any

QUIET_SECONDS = 0.4
"""How long nothing at all must have arrived before the open probes count as timed out."""

IP_RECVERR = 11
IP_FREEBIND = 15
IPV6_RECVERR = 25
IPV6_FREEBIND = 78
BATCH = 2000
QUESTION = b"who is there\n"

REJECTED = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EPERM, errno.EPROTO,
            errno.EHOSTDOWN}  # fmt: skip


def outcome_of(error: OSError) -> str:
    """The word for what an error says about a probe."""
    if error.errno in (errno.ECONNREFUSED, errno.ECONNRESET):
        return "refused"
    return "rejected" if error.errno in REJECTED else f"error {error.strerror}"


def open_socket(probe: dict[str, Any]) -> socket.socket:
    """A socket bound to the probe's source, on its way to the destination."""
    six = ":" in probe["dst"]
    family = socket.AF_INET6 if six else socket.AF_INET
    kind = socket.SOCK_STREAM if probe["proto"] == "tcp" else socket.SOCK_DGRAM
    opened = socket.socket(family, kind)
    try:
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        level = socket.IPPROTO_IPV6 if six else socket.IPPROTO_IP
        opened.setsockopt(level, IPV6_FREEBIND if six else IP_FREEBIND, 1)
        opened.bind((probe["src"], probe.get("sport") or 0))
        target = (probe["dst"], probe["dport"])
        if kind == socket.SOCK_DGRAM:
            # Not connected: some answer from another address of theirs than was asked.
            opened.setsockopt(level, IPV6_RECVERR if six else IP_RECVERR, 1)
            opened.sendto(QUESTION, target)
        elif (status := opened.connect_ex(target)) not in (0, errno.EINPROGRESS):
            raise OSError(status, errno.errorcode[status])
    except OSError:
        opened.close()
        raise
    return opened


class Round:
    """One batch of probes under way at the same time."""

    def __init__(self, probes: list[dict[str, Any]]) -> None:
        """Send every probe's first packet."""
        self.outcomes: list[dict[str, str]] = [{"outcome": "timeout", "answer": ""} for _ in probes]
        self._waiting = selectors.DefaultSelector()
        for index, probe in enumerate(probes):
            try:
                opened = open_socket(probe)
            except OSError:
                # No route from here, or no such source: nothing was sent.
                self.outcomes[index]["outcome"] = "unsent"
                continue
            stream = opened.type == socket.SOCK_STREAM
            first = selectors.EVENT_WRITE if stream else selectors.EVENT_READ
            self._waiting.register(opened, first, index)

    def run(self) -> list[dict[str, str]]:
        """Wait until every probe has its outcome or nothing arrives any more."""
        last = time.monotonic()
        while self._waiting.get_map():
            left = last + QUIET_SECONDS - time.monotonic()
            ready = self._waiting.select(max(left, 0))
            if ready:
                last = time.monotonic()
            elif left <= 0:
                break
            for key, events in ready:
                assert isinstance(key.fileobj, socket.socket)
                if not self._advance(key.fileobj, key.data, events):
                    self._waiting.unregister(key.fileobj)
                    key.fileobj.close()
        for key in list(self._waiting.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._waiting.close()
        return self.outcomes

    def _advance(self, opened: socket.socket, index: int, events: int) -> bool:
        """Take one probe one step further; False when it has its outcome."""
        outcome = self.outcomes[index]
        try:
            status = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if status:
                raise OSError(status, errno.errorcode[status])
            if events & selectors.EVENT_WRITE:
                opened.send(QUESTION)
                self._waiting.modify(opened, selectors.EVENT_READ, index)
                # Connected, but a proxy whose container does not answer says nothing more.
                outcome["outcome"] = "silent"
                return True
            answer = opened.recv(512)
        except OSError as error:
            if outcome["outcome"] != "silent":
                outcome["outcome"] = outcome_of(error)
            return False
        if answer:
            outcome.update(outcome="reached", answer=answer.decode(errors="replace").strip())
        return False


def main() -> None:
    """Serve batches until the input ends."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print("ready", flush=True)
    for line in sys.stdin:
        probes = json.loads(line)
        outcomes: list[dict[str, str]] = []
        for start in range(0, len(probes), BATCH):
            outcomes += Round(probes[start : start + BATCH]).run()
        print(json.dumps(outcomes), flush=True)


if __name__ == "__main__":
    main()
