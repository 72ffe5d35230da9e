"""What becomes of an entry typed for an ipset: the members the kernel stores for it.

Source: ipset(8), lib/parse.c and lib/print.c of ipset and net/netfilter/ipset, tried out for every
type that is known here: ranges and, where single addresses are stored, networks come to one member
for each; host bits are cleared; a port without a protocol is one of TCP.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from ipaddress import (
    IPv4Address,
    IPv6Address,
    ip_address,
    ip_network,
    summarize_address_range,
)
from itertools import islice, product
from math import prod

from dockerwall.model.ipsets import IpSet

MOST = 256
"""Members that one entry may come to: each is a line of its own in a plan."""

_KNOWN = frozenset(
    (
        "hash:ip",
        "hash:net",
        "hash:ip,port",
        "hash:net,port",
        "hash:ip,port,ip",
        "hash:ip,port,net",
        "hash:net,iface",
        "bitmap:ip",
        "bitmap:port",
    )
)
_MASKED = frozenset(("hash:ip", "bitmap:ip"))
"""Types of which only the networks of addresses may be stored, at the width of `netmask`."""
_PROTOCOLS = {"6": "tcp", "17": "udp", "132": "sctp", "136": "udplite"}
"""Those that have ports; they may be typed as numbers."""
_INTERFACE = re.compile(r"(physdev:)?[^\s/:]{1,15}")
_EXAMPLES = {
    4: {"ip": "198.51.100.7", "net": "198.51.100.0/24"},
    6: {"ip": "2001:db8::7", "net": "2001:db8:1::/64"},
}


class NoMemberError(ValueError):
    """Why an entry is not taken, and what to write instead: one sentence."""


def members(entry: str, there: IpSet) -> tuple[str, ...]:
    """The members an entry comes to, each as `ipset save` prints it; NoMemberError for none."""
    if there.type not in _KNOWN or there.option("bitmask") or _is_masked_oddly(there):
        raise NoMemberError(
            f"It cannot be told for certain what the kernel makes of {entry} in {there.name}, a "
            f"set of {there.type}: change it with the ipset program, which takes no change back."
        )
    kinds = there.type.partition(":")[2].split(",")
    values = entry.split(",")
    try:
        if len(values) != len(kinds):
            raise ValueError(entry)
        parts = [_values(*each, there) for each in zip(values, kinds, strict=True)]
    except NoMemberError:
        raise
    except ValueError:
        raise NoMemberError(
            f"{entry!r} is no entry for a set of {there.type}: write one such as "
            f"{','.join(_example(kind, there) for kind in kinds)}."
        ) from None
    if prod(map(len, parts)) > MOST:
        raise _too_many(entry)
    return tuple(",".join(each) for each in product(*parts))


def _is_masked_oddly(there: IpSet) -> bool:
    return there.option("netmask") is not None and there.type not in _MASKED


def _too_many(value: str, instead: str = "") -> NoMemberError:
    said = f"{value} comes to more than {MOST} members: write smaller parts of it"
    return NoMemberError(f"{said}{instead}.")


def _version(there: IpSet) -> int:
    return 6 if there.option("family") == "inet6" else 4


def _example(kind: str, there: IpSet) -> str:
    port = "443" if there.type == "bitmap:port" else "tcp:443"
    return {"port": port, "iface": "eth0", **_EXAMPLES[_version(there)]}[kind]


def _values(value: str, kind: str, there: IpSet) -> tuple[str, ...]:
    """One dimension of an entry; no more than one beyond MOST."""
    kinds: dict[str, Callable[[str, IpSet], Iterable[str]]] = {
        "ip": _addresses,
        "net": _networks,
        "port": _ports,
        "iface": _interfaces,
    }
    found = tuple(islice(kinds[kind](value, there), MOST + 1))
    if len(found) > MOST:
        raise _too_many(value, ", or use a set of networks (hash:net)" if kind == "ip" else "")
    return found


def _interfaces(value: str, _: IpSet) -> Iterator[str]:
    if not _INTERFACE.fullmatch(value):
        raise ValueError(value)
    yield value


def _addresses(value: str, there: IpSet) -> Iterator[str]:
    """Each address of a range or network, or each network of the set's width that has one."""
    low, high = _bounds(value, there)
    width = low.max_prefixlen - int(there.option("netmask") or low.max_prefixlen)
    first, last = int(low) >> width, int(high) >> width
    if not first and there.type.startswith("hash:"):
        raise NoMemberError(
            f"A set of {there.type} cannot hold {type(low)(0)}: leave that address out of {value}."
        )
    for number in range(first, last + 1):
        yield _printed(type(low)(number << width))


def _networks(value: str, there: IpSet) -> Iterator[str]:
    """The networks that a range comes to, or the one."""
    low, high = _bounds(value, there)
    for network in summarize_address_range(low, high):
        if not network.prefixlen and there.type != "hash:net,iface":
            halves = " and ".join(map(str, network.subnets()))
            raise NoMemberError(f"A set of {there.type} cannot hold {network}: add {halves}.")
        address = _printed(network.network_address)
        yield address if network.num_addresses == 1 else f"{address}/{network.prefixlen}"


def _bounds(
    value: str, there: IpSet
) -> tuple[IPv4Address, IPv4Address] | tuple[IPv6Address, IPv6Address]:
    """The first and the last address of an address, a network or a range."""
    version = _version(there)
    if "-" in value:
        ends = [ip_address(_bare(end)) for end in value.split("-", 1)]
        low, high = ends if int(ends[0]) <= int(ends[1]) else reversed(ends)
    else:
        address, slash, prefix = value.partition("/")
        if slash and not prefix.isdecimal():
            raise ValueError(value)
        network = ip_network(_bare(address) + slash + prefix, strict=False)
        low, high = network[0], network[-1]
    if isinstance(low, IPv4Address) and isinstance(high, IPv4Address) and version == 4:
        return low, high
    if isinstance(low, IPv6Address) and isinstance(high, IPv6Address) and version == 6:
        return low, high
    raise ValueError(value)


def _bare(address: str) -> str:
    """An address without the brackets it may stand in."""
    if "%" in address:  # a scope: no member has one
        raise ValueError(address)
    return address[1:-1] if address.startswith("[") and address.endswith("]") else address


def _printed(address: IPv4Address | IPv6Address) -> str:
    """An address as ipset prints it."""
    number = int(address)
    if address.version == 6 and number >> 32 in (0, 0xFFFF) and number >> 16:
        raise NoMemberError(
            f"{address} stands for an IPv4 address, which no IPv6 packet comes from: add "
            f"{IPv4Address(number & 0xFFFFFFFF)} to a set of IPv4 addresses."
        )
    return str(address)


def _ports(value: str, there: IpSet) -> Iterator[str]:
    """Each port of a range, with its protocol where the set tells protocols apart."""
    name, colon, numbers = value.rpartition(":")
    protocol = _PROTOCOLS.get(name, name.lower()) if colon else "tcp"
    if protocol not in _PROTOCOLS.values():
        raise NoMemberError(
            f"It cannot be told for certain what the kernel makes of {value}: write a number with "
            "tcp, udp, sctp or udplite, such as udp:53."
        )
    ends = numbers.split("-", 1)
    if not all(end.isascii() and end.isdecimal() and int(end) <= 0xFFFF for end in ends):
        raise ValueError(value)
    low, high = min(map(int, ends)), max(map(int, ends))
    form = "{}" if there.type == "bitmap:port" else protocol + ":{}"
    yield from map(partial(str.format, form), range(low, high + 1))
