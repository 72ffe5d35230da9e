"""What became of one probe, and how a packet seen on the far side is read back."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, replace

from tests.kernel.packet import PROTOCOL_NAMES, WITH_PORTS


@dataclass(frozen=True, slots=True)
class Seen:
    """The fields of an observed packet that translation may have changed, and its tag."""

    tag: int
    src: str
    dst: str
    proto: str
    sport: int
    dport: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a probe ended.

    `place` is `host` (it passed INPUT), the wire it left by, or `none`. `refusal` is what the
    host answered: `tcp-reset`, or `icmp TYPE/CODE`. `times` above 1 tells of a copy.
    """

    place: str = "none"
    src: str = ""
    dst: str = ""
    sport: int = 0
    dport: int = 0
    refusal: str = ""
    times: int = 0

    @property
    def short(self) -> str:
        """The outcome in the words used by cases: `docker0a 172.17.0.2:80`, `host`, `none`…"""
        if self.place == "none":
            return f"none {self.refusal}".rstrip()
        port = f":{self.dport}" if self.dport else ""
        target = f"[{self.dst}]" if ":" in self.dst and port else self.dst
        return f"{self.place} {target}{port}"

    def seen_at(self, place: str, seen: Seen) -> Outcome:
        """The outcome with one more observation of the probe itself."""
        return replace(
            self,
            place=place,
            src=seen.src,
            dst=seen.dst,
            sport=seen.sport,
            dport=seen.dport,
            times=self.times + 1,
        )


NOT_SEEN = Outcome()


def read_transport(src: str, dst: str, number: int, body: bytes, first: bool) -> Seen | None:
    """Find ports and tag in a transport part; None where it is too short to be a probe."""
    if len(body) < 8:
        return None
    sport = dport = 0
    place = 0
    if first:
        if number in WITH_PORTS:
            sport, dport = struct.unpack_from("!HH", body)
        elif number in (1, 58):
            sport = struct.unpack_from("!H", body, 4)[0]
        place = {6: 4, 17: 8, 136: 8, 1: 8, 58: 8, 132: 16, 47: 4}.get(number, 0)
    if len(body) < place + 4:
        return None
    tag = struct.unpack_from("!I", body, place)[0]
    return Seen(tag, src, dst, PROTOCOL_NAMES.get(number, str(number)), sport, dport)


def split_datagram(data: bytes) -> tuple[str, str, int, bytes, bool] | None:
    """Source, destination, protocol, transport part, and whether it is the first fragment."""
    if len(data) < 20:
        return None
    if data[0] >> 4 == 4:
        head = (data[0] & 15) * 4
        first = not struct.unpack_from("!H", data, 6)[0] & 0x1FFF
        src, dst = socket.inet_ntoa(data[12:16]), socket.inet_ntoa(data[16:20])
        return src, dst, data[9], data[head:], first
    if len(data) < 40:
        return None
    src = socket.inet_ntop(socket.AF_INET6, data[8:24])
    dst = socket.inet_ntop(socket.AF_INET6, data[24:40])
    if data[6] == 44 and len(data) >= 48:
        first = not struct.unpack_from("!H", data, 42)[0] >> 3
        return src, dst, data[40], data[48:], first
    return src, dst, data[6], data[40:], True


def read_datagram(data: bytes) -> Seen | None:
    """Read an IP packet seen on a wire; None for anything that carries no tag."""
    parts = split_datagram(data)
    return None if parts is None else read_transport(*parts)


ERRORS = {1: {3, 4, 5, 11, 12}, 58: {1, 2, 3, 4}}


def read_refusal(data: bytes) -> tuple[int, str] | None:
    """Tag of the refused probe and the kind of refusal, if this packet is one."""
    parts = split_datagram(data)
    if parts is None or len(parts[3]) < 8:
        return None
    number, body = parts[2], parts[3]
    if number in ERRORS and body[0] in ERRORS[number]:
        inner = read_datagram(body[8:])
        return None if inner is None else (inner.tag, f"icmp {body[0]}/{body[1]}")
    if number == 6 and len(body) >= 14 and body[13] & 4:
        acknowledged = struct.unpack_from("!I", body, 8)[0]
        return acknowledged - 1, "tcp-reset"
    return None
