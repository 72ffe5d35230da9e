"""Which packet to follow: one that stands for an exposure, or one the operator describes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerwall.analysis.exposure import Exposure, Reach
from dockerwall.analysis.interfaces import Behind, interfaces, plausible_sources
from dockerwall.analysis.trace import Probe, make_probe
from dockerwall.analysis.world import World
from dockerwall.model.addresses import AddressSet, format_address, parse_address
from dockerwall.model.kinds import Family
from dockerwall.present.exposures import Row

PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132}

STRANGERS = {
    Family.IPV4: ("203.0.113.9", "198.51.100.9", "192.0.2.9"),
    Family.IPV6: ("2001:db8::9", "2001:db8:ffff::9"),
}
"""Sources that stand for anyone: from the networks kept for examples."""

_ORDER = (Behind.INTERNET, Behind.LAN, Behind.CONTAINERS)
_PORT = re.compile(r"(\d{1,5})(?:/([a-z]+))?")


class BadQuestionError(ValueError):
    """A packet described in a way that cannot be understood: one sentence."""


def probe_for(world: World, row: Row) -> Probe | None:
    """The packet that says most about an exposure: from the most distant who get in.

    None where none of its packets pass this host's firewall.
    """
    ways = [(each, reach) for each in row.exposures for reach in each.reach]
    ways = [(each, reach) for each, reach in ways if reach.behind in _ORDER and reach.iif]
    for exposure, reach in sorted(ways, key=lambda way: _rank(way[1])):
        probe = _probe(world, exposure, reach)
        if probe is not None:
            return probe
    return None


def _rank(reach: Reach) -> tuple[int, int]:
    sure = 0 if reach.accept else 1 if reach.unknown else 2
    return sure, _ORDER.index(reach.behind)


def _probe(world: World, exposure: Exposure, reach: Reach) -> Probe | None:
    offer = exposure.offer
    port = offer.host_port if offer.host_port is not None else offer.container_port
    if port is None or not reach.to:
        return None
    among = reach.accept or reach.unknown or AddressSet.everything(offer.family)
    source = _source(world, offer.family, reach.iif, among)
    proto = PROTOCOLS.get(offer.protocol, 6)
    return make_probe(reach.iif, source, reach.to[0], proto, None, port)


def _source(world: World, family: Family, interface: str, among: AddressSet) -> str:
    behind = plausible_sources(world, family, interface) & among
    meant = behind if behind else among
    for stranger in STRANGERS[family]:
        if stranger in meant:
            return stranger
    low, high = next(iter(meant.numbers))
    return format_address(family, min(low + 1, high))


def described(probe: Probe) -> str:
    """A packet as the prompt takes it."""
    names = {number: name for name, number in PROTOCOLS.items()}
    source = format_address(probe.family, probe.src)
    destination = format_address(probe.family, probe.dst)
    return f"{source} {probe.iif} {destination} {probe.dport}/{names.get(probe.proto, 'tcp')}"


def understood(text: str, world: World) -> Probe:
    """The packet described by `SOURCE [INTERFACE] [DESTINATION] PORT[/PROTOCOL]`, in any order.

    Left out, the interface is the one towards the Internet, and the destination this host's
    address on it. BadQuestionError says what is missing or wrong.
    """
    addresses: list[str] = []
    interface = port = ""
    names = {each.name for family in Family for each in interfaces(world, family)}
    for word in text.split():
        if word in names:
            interface = word
        elif _PORT.fullmatch(word):
            port = word
        elif _is_address(word):
            addresses.append(word)
        else:
            raise BadQuestionError(f"{word} is no address, port or interface of this host")
    if not addresses:
        raise BadQuestionError("a source address is needed")
    if not port:
        raise BadQuestionError("a port is needed, such as 8080/tcp")
    family, _ = parse_address(addresses[0])
    interface = interface or _outward(world, family)
    to = addresses[1] if len(addresses) > 1 else _own_address(world, family, interface)
    return _made(interface, addresses[0], to, port)


def _made(interface: str, source: str, to: str, port: str) -> Probe:
    found = _PORT.fullmatch(port)
    assert found is not None
    proto = PROTOCOLS.get(found[2] or "tcp")
    if proto is None:
        raise BadQuestionError(f"{found[2]} is not tcp, udp or sctp")
    if int(found[1]) > 65535:
        raise BadQuestionError(f"{found[1]} is no port")
    try:
        return make_probe(interface, source, to, proto, None, int(found[1]))
    except ValueError as error:
        raise BadQuestionError(str(error)) from None


def _outward(world: World, family: Family) -> str:
    known = interfaces(world, family)
    if not known:
        raise BadQuestionError("an interface is needed: this host's are not known")
    return known[0].name


def _own_address(world: World, family: Family, interface: str) -> str:
    own = list(_own_addresses(world, family))
    on_it = [address for name, address in own if name == interface]
    elsewhere = [address for name, address in own if name != "lo"]
    for address in (*on_it, *elsewhere):
        return address
    raise BadQuestionError("a destination address is needed: this host's are not known")


def _own_addresses(world: World, family: Family) -> Iterator[tuple[str, str]]:
    own = world.snapshot.addresses or ()
    for each in sorted(own, key=lambda address: address.scope != "global"):
        if each.family is family:
            yield each.interface, each.address


def _is_address(word: str) -> bool:
    try:
        parse_address(word)
    except ValueError:
        return False
    return True
