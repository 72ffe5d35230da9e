"""Sets of source addresses in words: `anyone`, `203.0.113.0/27`, `anyone but 198.51.100.0/24`.

Words leave out what no reader means: addresses that cannot be a source (the host's own, multicast,
the first and last of a local network) and senders that do not belong behind an interface. The
exact sets are in `audit --json`.
"""

from __future__ import annotations

import ipaddress
from bisect import bisect_left
from collections.abc import Iterator
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple

from dockerwall.analysis.exposure import Reach
from dockerwall.analysis.interfaces import Behind, plausible_sources
from dockerwall.analysis.world import World
from dockerwall.model.addresses import AddressSet, format_address, parse_address
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.present.plain import plain

NO_SOURCES = {
    Family.IPV4: ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3"),
    Family.IPV6: ("::/127", "::ffff:0:0/96", "ff00::/8"),
}
"""Networks that no packet on a wire comes from."""

SHOWN = 3
"""How many networks are named before the rest is counted."""


class Who(StrEnum):
    """The people an operator thinks of, most distant first."""

    INTERNET = "Internet"
    NEIGHBOURS = "neighbours on the wire"
    """Whoever shares the outward interface's network, or is a router on it: only they can send
    packets for an address that is not routed to this host from afar."""
    LAN = "LAN"
    CONTAINERS = "containers"
    HOST = "this host"


_WHO = {Behind.LAN: Who.LAN, Behind.CONTAINERS: Who.CONTAINERS, Behind.HOST: Who.HOST}


class Way(NamedTuple):
    """One way in: the interface, who is behind it, and which sources get in."""

    interface: str
    behind: Behind
    accept: AddressSet
    unknown: AddressSet


class Sources:
    """Who is behind each interface of one host."""

    def __init__(self, world: World, shown: int = SHOWN) -> None:
        """Of longer lists so many networks are named."""
        self.world = world
        self._shown = shown
        self._holes = {family: self._single(family) for family in Family}
        self._own = {
            (each.interface, format_address(*parse_address(each.address)))
            for each in world.snapshot.addresses or ()
        }
        self._near = {
            family: world.lan[family] | AddressSet.of(family, NO_SOURCES[family])
            for family in Family
        }
        # Kept here, by no cache of functions: that would hold this, and with it the whole host,
        # until garbage is collected.
        self._answers: dict[object, tuple[tuple[Way, ...], tuple[str, str]]] = {}
        self._behinds: dict[tuple[Family, str, Behind], AddressSet] = {}
        self._afars: dict[tuple[str, str, Family], bool] = {}

    def _behind(self, family: Family, interface: str, behind: Behind) -> AddressSet:
        place = (family, interface, behind)
        known = self._behinds.get(place)
        if known is None:
            known = self._behinds[place] = self._find_behind(*place)
        return known

    def _afar(self, to: str, interface: str, family: Family) -> bool:
        place = (to, interface, family)
        known = self._afars.get(place)
        if known is None:
            known = self._afars[place] = self._find_afar(*place)
        return known

    def who(self, reach: Reach, family: Family) -> Who:
        """Who takes this way in."""
        if reach.behind in _WHO:
            return _WHO[reach.behind]
        if any(self._afar(to, reach.iif, family) for to in reach.to):
            return Who.INTERNET
        return Who.NEIGHBOURS

    def _find_afar(self, to: str, interface: str, family: Family) -> bool:
        """Whether packets for the address find this host from beyond the next router.

        They do when it is a public address, and may (by a router's port forwarding) when it is
        the host's own on the outward interface.
        """
        if (interface, to) in self._own:
            return not _is_link_local(to)
        return to not in self._near[family]

    def answers(self, family: Family, ways: tuple[Way, ...]) -> tuple[str, str]:
        """Who surely and who perhaps gets in by any of the ways, in words.

        Most ports of a host have one of a few answers. A set may be thousands of networks long, so
        it is known again by being the very same one, never compared.
        """
        key = (family, *((way[0], way[1], id(way.accept), id(way.unknown)) for way in ways))
        known = self._answers.get(key)
        if known is None:
            known = self._answers[key] = (ways, self._find_answers(family, ways))
        return known[1]

    def _find_answers(self, family: Family, ways: tuple[Way, ...]) -> tuple[str, str]:
        accept = unknown = among = AddressSet.nothing(family)
        for way in ways:
            meant = self._behind(family, way.interface, way.behind)
            among = among | meant
            accept = accept | (way.accept & meant)
            unknown = unknown | (way.unknown & meant)
        return self.words(family, accept, among), self.words(family, unknown - accept, among)

    def _find_behind(self, family: Family, interface: str, behind: Behind) -> AddressSet:
        if not interface:
            return AddressSet.everything(family)
        if behind is Behind.HOST:
            return AddressSet.everything(family)
        sources = plausible_sources(self.world, family, interface)
        if behind is Behind.INTERNET and sources.is_everything:
            sources = sources - self.world.lan[family]
        return sources

    def words(self, family: Family, addresses: AddressSet, among: AddressSet) -> str:
        """The addresses that are among `among`; empty when there are none."""
        holes = self._holes[family]
        base = among - AddressSet.of(family, NO_SOURCES[family]) - holes
        held = addresses & base
        if not held:
            return ""
        missing = base - held
        if not missing:
            return "anyone"
        if held.size >= missing.size:
            return f"anyone but {_networks(missing, holes, self._shown)}"
        return _networks(held, holes, self._shown)

    def _single(self, family: Family) -> AddressSet:
        """Single addresses of real networks that no packet comes from: the host's, the edges."""
        own = AddressSet(family, self.world.sides[family].own)
        return own | AddressSet.of(family, self._edges(family))

    def _edges(self, family: Family) -> Iterator[str]:
        """The first and last address of each network the host is on."""
        for address in self.world.snapshot.addresses or ():
            if address.family is family and address.peer is None:
                text = f"{address.address}/{address.prefix}"
                network = ipaddress.ip_interface(text).network
                yield str(network.network_address)
                if family is Family.IPV4:
                    yield str(network.broadcast_address)


def _is_link_local(address: str) -> bool:
    return ipaddress.ip_address(address).is_link_local


def _networks(addresses: AddressSet, holes: AddressSet, shown: int) -> str:
    """The fewest networks, holes that cannot be a source filled up; the rest only counted."""
    names = [
        name
        for name in (addresses | holes).cidrs()
        if _meet(AddressSet.parse(name).numbers, addresses.numbers)
    ]
    if len(names) <= shown + 1:
        return ", ".join(_short(name) for name in names)
    first = ", ".join(_short(name) for name in names[:shown])
    return f"{first} and {len(names) - shown} more networks"


def _meet(network: Intervals, numbers: Intervals) -> bool:
    """Whether one span meets a set; by search, for sets of thousands of spans."""
    low, high = network.spans[0]
    place = bisect_left(numbers.spans, low, key=itemgetter(1))
    return place < len(numbers.spans) and numbers.spans[place][0] <= high


def _short(network: str) -> str:
    """A network of one address as that address: /32 of IPv4, but /128 of IPv6."""
    return plain(network.removesuffix("/128" if ":" in network else "/32"))
