"""One probe packet as a value, and the Ethernet frame that carries it with its tag.

Every probe carries a 32-bit tag where no address translation touches it: the sequence number
of TCP, the initiate tag of SCTP, the first payload bytes of anything else.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from functools import lru_cache

PROTOCOLS = {
    "icmp": 1,
    "tcp": 6,
    "udp": 17,
    "gre": 47,
    "esp": 50,
    "icmpv6": 58,
    "sctp": 132,
    "udplite": 136,
}
PROTOCOL_NAMES = {number: name for name, number in PROTOCOLS.items()}
WITH_PORTS = {6, 17, 132, 136}
TCP_FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32}


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that arrives at the host.

    `link` is the wire it arrives by (topology.WIRES). `sport` is the echo identifier for
    ICMP. `fragment` is the offset in 8-byte units, `more` the more-fragments bit. `mac` is
    `host`, `broadcast`, `other` or `peer` (the container behind docker0b): whom the frame is
    addressed to. `ack` is TCP's acknowledgement number.
    """

    link: str
    src: str
    dst: str
    proto: str = "tcp"
    sport: int = 40000
    dport: int = 80
    flags: str = "S"
    icmp_type: int = -1
    icmp_code: int = 0
    fragment: int = 0
    more: bool = False
    mac: str = "host"
    ack: int = 0
    quoted: bytes = b""
    """For an ICMP error: the packet it is about."""

    @property
    def version(self) -> int:
        """4 or 6, by the form of the destination."""
        return 6 if ":" in self.dst else 4

    @property
    def tuple_key(self) -> tuple[str, str, int]:
        """What may occur once among live connections so that no translation can clash."""
        return (self.proto, self.src, self.sport)


@lru_cache(maxsize=65536)
def packed(address: str) -> bytes:
    """An address in network byte order."""
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def checksum(data: bytes) -> int:
    """The Internet checksum of an even number of bytes."""
    # A sum of 16-bit words modulo 65535 is the whole number modulo 65535.
    return 65535 - int.from_bytes(data, "big") % 65535


def _segment(packet: Packet, number: int, tag: int) -> tuple[bytes, int]:
    """The transport part with an empty checksum, and where in it the checksum belongs (or -1)."""
    sport, dport = packet.sport, packet.dport
    if number == 6:
        flags = sum(TCP_FLAGS[letter] for letter in packet.flags)
        return struct.pack("!HHIIBBHHH", sport, dport, tag, packet.ack, 0x50, flags, 1024, 0, 0), 16
    if number in (17, 136):
        # A reset UDP packet is one that claims to be longer than it is: of no connection, too.
        length = 0xFFFF if "R" in packet.flags else 12
        return struct.pack("!HHHHI", sport, dport, length, 0, tag), 6
    if number in (1, 58):
        kind = packet.icmp_type if packet.icmp_type >= 0 else (8 if number == 1 else 128)
        if packet.quoted:
            return struct.pack("!BBHI", kind, packet.icmp_code, 0, 0) + packet.quoted, 2
        return struct.pack("!BBHHHI", kind, packet.icmp_code, 0, sport, 1, tag), 2
    if number == 132:
        init = struct.pack("!BBHIIHHI", 1, 0, 20, tag, 65536, 10, 10, 1)
        return struct.pack("!HHII", sport, dport, 0, 0) + init, 8
    if number == 47:  # version 0 with a key: no other field, no tracking by call id
        return struct.pack("!HHI", 0x2000, 0x0800, tag), -1
    return struct.pack("!IHH", tag, 0, 0), -1


def _crc32c_table() -> tuple[int, ...]:
    """The table of the Castagnoli polynomial, by byte."""
    table = []
    for index in range(256):
        value = index
        for _ in range(8):
            value = (value >> 1) ^ 0x82F63B78 if value & 1 else value >> 1
        table.append(value)
    return tuple(table)


_CRC32C = _crc32c_table()


def crc32c(data: bytes) -> int:
    """The checksum of SCTP."""
    value = 0xFFFFFFFF
    for byte in data:
        value = (value >> 8) ^ _CRC32C[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def transport(packet: Packet, tag: int) -> bytes:
    """The transport part with its checksum, or the bare tag in a fragment that is not first."""
    number = PROTOCOLS[packet.proto]
    if packet.fragment:
        return struct.pack("!II", tag, 0)
    segment, place = _segment(packet, number, tag)
    if place < 0:
        return segment
    if number == 132:
        value = struct.pack("<I", crc32c(segment))
        return segment[:place] + value + segment[place + 4 :]
    covered = segment
    if number != 1:
        pseudo = packed(packet.src) + packed(packet.dst)
        covered = pseudo + struct.pack("!HH", number, len(segment)) + segment
    value = struct.pack("!H", checksum(covered) or 0xFFFF)
    return segment[:place] + value + segment[place + 2 :]


def datagram(packet: Packet, tag: int) -> bytes:
    """The whole IP packet."""
    body = transport(packet, tag)
    number = PROTOCOLS[packet.proto]
    source, target = packed(packet.src), packed(packet.dst)
    if packet.version == 4:
        offset = packet.fragment | (0x2000 if packet.more else 0)
        head = struct.pack(
            "!BBHHHBBH", 0x45, 0, 20 + len(body), tag & 0xFFFF, offset, 64, number, 0
        )
        whole = head + source + target
        value = checksum(whole)
        return whole[:10] + struct.pack("!H", value) + whole[12:] + body
    if packet.fragment or packet.more:
        offset = packet.fragment << 3 | packet.more
        body = struct.pack("!BBHI", number, 0, offset, tag) + body
        number = 44
    return struct.pack("!IHBB", 6 << 28, len(body), number, 64) + source + target + body
