"""The two netlink requests of the kernel tier: empty the connection table, listen to NFLOG."""

from __future__ import annotations

import os
import socket
import struct

from tests.kernel.namespace import Namespace

NETLINK_NETFILTER = 12
REQUEST, ACK = 1, 4
DELETE_CONNECTIONS = 1 << 8 | 2
LOG_PACKET, LOG_CONFIG = 4 << 8 | 0, 4 << 8 | 1
LOG_GROUP = 77
COMMAND, MODE, QUEUE_LENGTH = 1, 2, 5
BIND, COPY_PACKET = 1, 2
PAYLOAD = 9
SO_RCVBUFFORCE = 33


def _message(kind: int, family: int, resource: int, attributes: bytes = b"") -> bytes:
    """One netfilter netlink message that asks for an acknowledgement."""
    body = struct.pack("=BB", family, 0) + struct.pack("!H", resource) + attributes
    return struct.pack("=IHHII", 16 + len(body), kind, REQUEST | ACK, 0, 0) + body


def _attribute(kind: int, data: bytes) -> bytes:
    """One netlink attribute, padded."""
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def _ask(link: socket.socket, message: bytes) -> None:
    """Send a request and wait for its acknowledgement."""
    link.send(message)
    while True:
        reply = link.recv(65536)
        if struct.unpack_from("=H", reply, 4)[0] == 2:
            error = -struct.unpack_from("=i", reply, 16)[0]
            if error:
                raise OSError(error, os.strerror(error))
            return


def open_netfilter(namespace: Namespace) -> socket.socket:
    """A netfilter netlink socket that lives in the namespace."""

    def make() -> socket.socket:
        link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        link.bind((0, 0))
        return link

    return namespace.inside(make)


def forget_connections(link: socket.socket) -> None:
    """Delete every connection entry of the namespace that the socket lives in."""
    _ask(link, _message(DELETE_CONNECTIONS, socket.AF_UNSPEC, 0))


def listen_to_log(namespace: Namespace) -> socket.socket:
    """A non-blocking socket that receives what the namespace logs to the harness's group."""
    link = open_netfilter(namespace)
    link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    bind = _attribute(COMMAND, struct.pack("=B", BIND))
    _ask(link, _message(LOG_CONFIG, socket.AF_UNSPEC, LOG_GROUP, bind))
    mode = _attribute(MODE, struct.pack("!IBx", 0xFFFF, COPY_PACKET))
    mode += _attribute(QUEUE_LENGTH, struct.pack("!I", 1))
    _ask(link, _message(LOG_CONFIG, socket.AF_UNSPEC, LOG_GROUP, mode))
    link.setblocking(False)
    return link


def logged_datagrams(data: bytes) -> list[bytes]:
    """The IP packets in one read from the log socket."""
    found = []
    place = 0
    while place + 20 <= len(data):
        length, kind = struct.unpack_from("=IH", data, place)
        if length < 20:
            break
        if kind == LOG_PACKET:
            found.extend(_payloads(data, place + 20, place + length))
        place += (length + 3) & ~3
    return found


def _payloads(data: bytes, place: int, end: int) -> list[bytes]:
    """The packet attributes between two places."""
    found = []
    while place + 4 <= end:
        length, kind = struct.unpack_from("=HH", data, place)
        if length < 4:
            break
        if kind & 0x7FFF == PAYLOAD:
            found.append(data[place + 4 : place + length])
        place += (length + 3) & ~3
    return found
