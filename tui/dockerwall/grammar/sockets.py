"""The lines of `ss -H -lntup` as listening sockets.

Source: iproute2's misc/ss.c. The process name stands between quotes as the process itself chose
it, so it may hold anything but a line break.
"""

from __future__ import annotations

import re

from dockerwall.grammar.errors import GrammarError
from dockerwall.model.network import Listener

_PROTOCOLS = ("tcp", "udp", "sctp")
_STATES = ("LISTEN", "UNCONN")
_PROCESS = re.compile(r'\("(.*?)",pid=(\d+),(?:proc_ctx=[^,)]*,)?fd=\d+(?:,[^)]*)?\)')


def parse_listeners(text: str, source: str = "listen.txt") -> tuple[Listener, ...]:
    """Every listening socket; GrammarError at a line that is none."""
    listeners = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("Netid"):
            continue
        listener = _listener(line, number, source)
        if listener is not None:
            listeners.append(listener)
    return tuple(listeners)


def _listener(line: str, number: int, source: str) -> Listener | None:
    words = line.split(None, 6)
    if len(words) < 6 or not words[2].isdigit() or not words[3].isdigit():
        raise GrammarError(
            source, number, 1, "expected: protocol, state, queues, local and peer address", line
        )
    protocol, state, local = words[0], words[1], words[4]
    address, colon, port = local.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        column = line.index(local) + len(address) + 2
        raise GrammarError(source, number, column, "expected a port number", line)
    if protocol not in _PROTOCOLS or state not in _STATES:
        return None
    address, interface = _bound(address)
    processes = _PROCESS.findall(words[6]) if len(words) > 6 else []
    return Listener(
        protocol=protocol,
        address=address,
        port=int(port),
        interface=interface,
        processes=tuple(dict.fromkeys((name, int(pid)) for name, pid in processes)),
    )


def _bound(text: str) -> tuple[str, str | None]:
    """Address and device of `[::1]%eth0`, `127.0.0.53%lo` or `*`."""
    address, _, interface = text.partition("%")
    address = address.removeprefix("[").removesuffix("]")
    if interface.endswith("]"):  # some versions print [fe80::1%eth0]
        interface = interface[:-1]
    return address, interface or None
