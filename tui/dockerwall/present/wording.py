"""Protocols, ports, addresses and lists in words."""

from __future__ import annotations

from collections.abc import Sequence

from dockerwall.model.addresses import AddressSet, format_address
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family

PROTOCOLS = {
    1: "ICMP",
    2: "IGMP",
    4: "IP-in-IP",
    6: "TCP",
    17: "UDP",
    33: "DCCP",
    41: "IPv6-in-IPv4",
    47: "GRE",
    50: "ESP",
    51: "AH",
    58: "ICMPv6",
    89: "OSPF",
    112: "VRRP",
    132: "SCTP",
    136: "UDP-Lite",
}

SHOWN = 3
"""How many members of a set are spelled out before the rest is counted."""


def protocol_name(number: int) -> str:
    """`TCP`, or `IP protocol 99`."""
    return PROTOCOLS.get(number, f"IP protocol {number}")


def listed(words: Sequence[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def shortened(words: Sequence[str], last: str = "or") -> str:
    """As `listed`, the members beyond the first few counted: `a, b, c or 4 more`."""
    if len(words) <= SHOWN + 1:
        return listed(words, last)
    return listed([*words[:SHOWN], f"{len(words) - SHOWN} more"], last)


def span_text(low: int, high: int) -> str:
    """`80` or `80-90`."""
    return str(low) if low == high else f"{low}-{high}"


def ports_text(ports: Intervals, protocol: str = "") -> str:
    """`TCP port 80`, `TCP ports 80, 443 or 8000-8010`, `no port`."""
    spans = [span_text(low, high) for low, high in ports]
    noun = "port" if ports.size == 1 else "ports"
    if not spans:
        return "no port"
    return f"{protocol} {noun} {shortened(spans)}".strip()


def port_range(span: tuple[int, int]) -> str:
    """`port 80`, or `a port of 80-90`."""
    return f"{'port' if span[0] == span[1] else 'a port of'} {span_text(*span)}"


def addresses_text(family: Family, numbers: Intervals) -> str:
    """`10.0.0.0/8`, `10.0.0.5`, `10.0.0.5-10.0.0.9`, `no address`, `any address`."""
    addresses = AddressSet(family, numbers)
    if addresses.is_everything:
        return "any address"
    if not addresses:
        return "no address"
    return shortened([_span(family, low, high) for low, high in numbers])


def range_text(family: Family, span: tuple[int, int]) -> str:
    """One address, or a range: `10.0.0.5-10.0.0.9`."""
    low, high = span
    first = format_address(family, low)
    return first if low == high else f"{first}-{format_address(family, high)}"


def _span(family: Family, low: int, high: int) -> str:
    if low == high:
        return format_address(family, low)
    networks = AddressSet(family, Intervals(((low, high),))).cidrs()
    return networks[0] if len(networks) == 1 else range_text(family, (low, high))
