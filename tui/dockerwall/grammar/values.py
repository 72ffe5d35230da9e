"""The small values that options carry: ports, protocols, flags, numbers, addresses."""

from __future__ import annotations

import ipaddress

from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family

PROTOCOLS = {
    "icmp": 1, "igmp": 2, "ipencap": 4, "ipv4": 4, "tcp": 6, "egp": 8, "udp": 17, "dccp": 33,
    "ipv6": 41, "rsvp": 46, "gre": 47, "esp": 50, "ipv6-crypt": 50, "ah": 51, "ipv6-auth": 51,
    "icmpv6": 58, "ipv6-icmp": 58, "ipv6-nonxt": 59, "ospf": 89, "pim": 103, "ipcomp": 108,
    "vrrp": 112, "sctp": 132, "mh": 135, "ipv6-mh": 135, "mobility-header": 135, "udplite": 136,
}  # fmt: skip
"""/etc/protocols, as far as iptables prints names."""

SERVICES = {
    "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "bootps": 67, "bootpc": 68,
    "tftp": 69, "http": 80, "www": 80, "kerberos": 88, "pop3": 110, "sunrpc": 111, "ntp": 123,
    "imap2": 143, "imap": 143, "snmp": 161, "ldap": 389, "https": 443, "microsoft-ds": 445,
    "submission": 587, "ldaps": 636, "imaps": 993, "pop3s": 995, "mysql": 3306,
    "ms-wbt-server": 3389, "postgresql": 5432, "mdns": 5353, "redis": 6379, "http-alt": 8080,
}  # fmt: skip
"""Names people type; iptables-save prints numbers."""

TCP_FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32}
TCP_FLAGS |= {"ALL": 63, "NONE": 0}

_ICMP = {
    "any": None, "echo-reply": (0, None), "pong": (0, None), "destination-unreachable": (3, None),
    "network-unreachable": (3, 0), "host-unreachable": (3, 1), "protocol-unreachable": (3, 2),
    "port-unreachable": (3, 3), "fragmentation-needed": (3, 4), "source-quench": (4, None),
    "redirect": (5, None), "echo-request": (8, None), "ping": (8, None),
    "router-advertisement": (9, None), "router-solicitation": (10, None),
    "time-exceeded": (11, None), "ttl-exceeded": (11, None), "parameter-problem": (12, None),
    "timestamp-request": (13, None), "timestamp-reply": (14, None),
    "address-mask-request": (17, None), "address-mask-reply": (18, None),
}  # fmt: skip
_ICMPV6 = {
    "destination-unreachable": (1, None), "no-route": (1, 0), "communication-prohibited": (1, 1),
    "address-unreachable": (1, 3), "port-unreachable": (1, 4), "packet-too-big": (2, None),
    "time-exceeded": (3, None), "ttl-exceeded": (3, None), "ttl-zero-during-transit": (3, 0),
    "parameter-problem": (4, None), "bad-header": (4, 0), "echo-request": (128, None),
    "ping": (128, None), "echo-reply": (129, None), "pong": (129, None),
    "router-solicitation": (133, None), "router-advertisement": (134, None),
    "neighbour-solicitation": (135, None), "neighbor-solicitation": (135, None),
    "neighbour-advertisement": (136, None), "neighbor-advertisement": (136, None),
    "redirect": (137, None),
}  # fmt: skip


def protocol(text: str) -> int:
    """A protocol's number; ValueError when the name is not known. `all` is 0, as in iptables."""
    if text.isdigit() and int(text) < 256:
        return int(text)
    if text == "all":
        return 0
    if text.lower() not in PROTOCOLS:
        raise ValueError(f"unknown protocol {text}")
    return PROTOCOLS[text.lower()]


def port(text: str) -> int:
    """One port number or the name of a service."""
    if text.isascii() and text.isdigit() and int(text) < 65536:
        return int(text)
    if text not in SERVICES:
        raise ValueError(f"unknown port {text}")
    return SERVICES[text]


def port_range(text: str, separator: str = ":") -> tuple[int, int]:
    """`80`, `80:90`, `:90` or `80:` as first and last port."""
    first, found, last = text.partition(separator)
    if not found:
        return port(first), port(first)
    low, high = port(first) if first else 0, port(last) if last else 65535
    if low > high:
        raise ValueError(f"ports out of order: {text}")
    return low, high


def ports(text: str) -> Intervals:
    """Ports and ranges separated by commas, as multiport has them."""
    if text.isdigit():
        return Intervals.single(port(text))
    return Intervals.of(port_range(part) for part in text.split(","))


def number(text: str) -> int:
    """A decimal, octal (0...) or hexadecimal (0x...) number, as iptables reads them."""
    if text.startswith("0") and text.isdigit() and len(text) > 1:
        return int(text, 8)
    return int(text, 0)


def number_range(text: str, last: int) -> Intervals:
    """`40`, `40:80`, `40:` or `:80`."""
    first, found, end = text.partition(":")
    low = number(first) if first else 0
    high = (number(end) if end else last) if found else low
    return Intervals.of([(low, high)])


def value_and_mask(text: str, full: int = 0xFFFFFFFF) -> tuple[int, int]:
    """`VALUE[/MASK]` of a mark."""
    value, found, mask = text.partition("/")
    return number(value), number(mask) if found else full


def tcp_flags(text: str) -> int:
    """Comma-separated flag names as bits."""
    bits = 0
    for word in text.split(","):
        if word not in TCP_FLAGS:
            raise ValueError(f"unknown TCP flag {word}")
        bits |= TCP_FLAGS[word]
    return bits


def icmp_codes(text: str, family: Family) -> Intervals:
    """`TYPE`, `TYPE/CODE`, or a name, as type*256+code."""
    names = _ICMP if family is Family.IPV4 else _ICMPV6
    if text in names:
        known = names[text]
        if known is None:
            return Intervals.upto(0xFFFF)
        kind, code = known
    elif text == "255" and family is Family.IPV4:
        return Intervals.upto(0xFFFF)
    else:
        first, found, second = text.partition("/")
        kind, code = int(first), int(second) if found else None
    if code is None:
        return Intervals(((kind * 256, kind * 256 + 255),))
    return Intervals.single(kind * 256 + code)


def address_and_ports(
    text: str, family: Family
) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """`ADDR[-ADDR][:PORT[-PORT]]` of a NAT target, IPv6 addresses in brackets before a port."""
    where, which = text, ""
    if text.startswith("["):
        where, _, which = text[1:].partition("]")
        which = which.removeprefix(":")
        if text.count("[") == 2:  # [a]-[b]:port
            raise ValueError(f"unusual address range {text}")
    elif family is Family.IPV4 or (text.startswith(":") and not text.startswith("::")):
        where, _, which = text.partition(":")
    span = None
    if where:
        low, _, high = where.partition("-")
        make = ipaddress.IPv4Address if family is Family.IPV4 else ipaddress.IPv6Address
        span = int(make(low)), int(make(high or low))
    ports = port_range(which, "-") if which else None
    if 0 in ((span or (1,))[0], (ports or (1,))[0]):
        raise ValueError("an iptables older than the rule prints zeros in its place")
    return span, ports
