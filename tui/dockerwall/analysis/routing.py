"""Where the routing tables send a packet, for many addresses at once.

Source: ip-route(8), ip-rule(8); net/ipv4/fib_frontend.c for source validation. The longest prefix
wins, then the lowest metric; policy rules are asked in order of priority.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import NamedTuple

from dockerwall.analysis.cells import Cells
from dockerwall.model.addresses import AddressSet
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.network import Address, PolicyRule, Route
from dockerwall.model.snapshot import Snapshot
from dockerwall.model.value import value

LINK_LOCAL_6 = Intervals(((0xFE80 << 112, (0xFEC0 << 112) - 1),))
"""fe80::/10, which every interface has for itself."""
_NAMES = {"255": "local", "254": "main", "253": "default"}


class Way(NamedTuple):
    """The answer of a look-up."""

    type: str
    """unicast, local, broadcast, multicast..., `none` for no route, `unknown` if undecidable."""
    interfaces: tuple[str, ...] = ()
    """Where it leaves by; several when the kernel balances between them."""
    source: str | None = None
    """The route's preferred source address."""


UNKNOWN = Way("unknown")
NO_ROUTE = Way("none")


class Asking(NamedTuple):
    """A look-up: for which clients, and all that policy rules compare."""

    clients: int
    iif: str
    mark: int
    destination: int | None
    source: int | None
    near: str
    """The one interface on which link-local destinations are; empty where none is asked about."""
    beside: str = ""
    """The interface whose route is taken where several lead to one prefix; empty for the first."""


@value
class Hop:
    """A route, its destination as numbers."""

    numbers: Intervals
    prefix: int
    metric: int
    way: Way


class Fib:
    """The routing tables of one family."""

    def __init__(self, snapshot: Snapshot, family: Family) -> None:
        self.family = family
        self.links = snapshot.links
        routes = snapshot.routes.get(family)
        self.known = routes is not None
        self.tables: dict[str, list[Hop]] = {}
        for route in routes if routes is not None else _from_addresses(snapshot, family):
            table = _NAMES.get(route.table, route.table)
            self.tables.setdefault(table, []).append(_hop(route, family))
        for hops in self.tables.values():
            hops.sort(key=lambda hop: (-hop.prefix, hop.metric))
        self.rules = _rules(snapshot, family, self.tables)
        rules = self.rules or ()
        self._by_source = any(rule.source != "all" or rule.unmodelled for rule in rules)
        self._by_origin = any(rule.in_interface or rule.mark is not None for rule in rules)
        unread = snapshot.policy_rules is None or self.rules is None
        self.by_mark = unread or any(rule.mark is not None for rule in rules)
        """Whether the way may depend on a mark, which a packet may have another time."""
        self._known: dict[tuple[object, ...], list[tuple[Way, int]]] = {}

    def anew(self) -> Fib:
        """The same tables, to be asked with other masks: what was found for these is forgotten."""
        found = copy(self)
        found._known = {}
        return found

    def constants(self) -> Iterator[Intervals]:
        """Every address set that look-ups compare with, to cut cells by."""
        for hops in self.tables.values():
            yield from (hop.numbers for hop in hops)
        for rule in self.rules or ():
            for text in (rule.source, rule.destination):
                if text != "all":
                    yield AddressSet.of(self.family, [text]).numbers

    def type_of(self, number: int, interface: str | None = None) -> str:
        """What the local table says of an address: local, broadcast..., else `unicast`."""
        for hop in self.tables.get("local", ()):
            if number in hop.numbers and (interface is None or interface in hop.way.interfaces):
                return hop.way.type
        return "unicast"

    def typed(self, interface: str | None = None) -> dict[str, Intervals]:
        """Addresses by what the local table says of them; the rest is unicast."""
        found: dict[str, Intervals] = {}
        taken = Intervals()
        for hop in self.tables.get("local", ()):
            if interface is not None and interface not in hop.way.interfaces:
                continue
            new = hop.numbers - taken
            found[hop.way.type] = found.get(hop.way.type, Intervals()) | new
            taken = taken | new
        return found

    def destination_ways(
        self,
        number: int,
        cells: Cells,
        clients: int,
        iif: str,
        mark: int,
        source: int | None,
        on: str = "",
    ) -> list[tuple[Way, int]]:
        """Ways to one address, for packets whose source is each of the clients (or `source`).

        Link-local destinations are looked for on the interface `on` alone, if one is named
        (rt6_need_strict).
        """
        near = on if self.family is Family.IPV6 and number in LINK_LOCAL_6 else ""
        return self._remembered(Asking(clients, iif, mark, number, source, near), cells)

    def client_ways(
        self,
        source: int | None,
        cells: Cells,
        clients: int,
        iif: str,
        mark: int,
        on: str = "",
    ) -> list[tuple[Way, int]]:
        """Ways to each of the clients, for packets from `source` (None: it is not compared)."""
        near = ""
        if on and self.family is Family.IPV6 and clients & cells.mask(LINK_LOCAL_6):
            near = on
        return self._remembered(Asking(clients, iif, mark, None, source, near), cells)

    def ways_by(
        self, asked: Asking, cells: Cells, interface: str, narrow: bool
    ) -> list[tuple[Way, int]]:
        """Ways found when the kernel asks for one interface, as IPv6 does for reverse paths.

        Of several routes to one prefix that of the interface is taken (rt6_device_match); with
        `narrow` off only link-local addresses are looked for there.
        """
        beside = interface if narrow else ""
        return self._remembered(asked._replace(near=interface, beside=beside), cells)

    def _remembered(self, asked: Asking, cells: Cells) -> list[tuple[Way, int]]:
        """The answer, kept by what it depends on: hardly any host has rules for sources."""
        key = (
            asked.clients,
            asked.destination,
            asked.source if self._by_source else None,
            (asked.iif, asked.mark) if self._by_origin else None,
            asked.near,
            asked.beside,
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._ask(asked, cells)
        return found

    def _ask(self, asked: Asking, cells: Cells) -> list[tuple[Way, int]]:
        answers: list[tuple[Way, int]] = []
        left = asked.clients
        if self.rules is None:
            return [(UNKNOWN, left)] if left else []
        for rule in self.rules:
            if not left:
                break
            selected = self._selected(rule, cells, left, asked)
            if selected is None:
                answers.append((UNKNOWN, left))
                return answers
            if not selected:
                continue
            if rule.action != "lookup":
                if rule.action in ("nop",):
                    continue
                kind = rule.action if rule.action != "goto" else "unknown"
                answers.append((Way(kind), selected))
                left &= ~selected
                continue
            for way, part in self._in_table(rule, cells, selected, asked):
                answers.append((way, part))
                left &= ~part
        if left:
            answers.append((NO_ROUTE if self.known else UNKNOWN, left))
        return answers

    def _selected(self, rule: PolicyRule, cells: Cells, clients: int, asked: Asking) -> int | None:
        """For which clients a policy rule applies; None when it cannot be said."""
        if rule.unmodelled:
            return None
        applies = rule.in_interface is None or rule.in_interface == asked.iif
        if rule.mark is not None:
            mask = 0xFFFFFFFF if rule.mark_mask is None else rule.mark_mask
            applies = applies and asked.mark & mask == rule.mark & mask
        if rule.out_interface is not None:
            applies = False
        selected = clients if applies else 0
        client_is_source = asked.destination is not None
        for text, number, is_client in (
            (rule.source, asked.source, client_is_source),
            (rule.destination, asked.destination, not client_is_source),
        ):
            if text == "all":
                continue
            numbers = AddressSet.of(self.family, [text]).numbers
            if number is not None:
                selected &= clients if number in numbers else 0
            elif is_client:
                selected &= cells.mask(numbers)
            else:
                return None
        return clients & ~selected if rule.inverted else selected

    def _in_table(
        self, rule: PolicyRule, cells: Cells, clients: int, asked: Asking
    ) -> Iterator[tuple[Way, int]]:
        left = clients
        destination = asked.destination
        table = _NAMES.get(rule.table, rule.table)
        for hop in self.tables.get(table, ()):
            if not left:
                return
            if destination is None:
                part = left & cells.mask(hop.numbers)
            else:
                part = left if destination in hop.numbers else 0
            if asked.near and asked.near not in hop.way.interfaces:
                if destination is None:
                    part &= ~cells.mask(LINK_LOCAL_6)
                elif destination in LINK_LOCAL_6:
                    part = 0
                if asked.beside and self._leads_there_too(hop, table, asked.beside):
                    part = 0
            if not part:
                continue
            left &= ~part
            if rule.suppress_prefix is not None and hop.prefix <= rule.suppress_prefix:
                continue
            if hop.way.type == "throw":
                continue
            yield hop.way, part

    def _leads_there_too(self, hop: Hop, table: str, interface: str) -> bool:
        """Whether another route of the table to the same prefix uses an interface."""
        return any(
            interface in other.way.interfaces and other.numbers == hop.numbers
            for other in self.tables[table]
        )


def _hop(route: Route, family: Family) -> Hop:
    if route.destination == "default":
        numbers, prefix = Intervals.upto(family.last), 0
    else:
        numbers = AddressSet.parse(route.destination).numbers
        length = route.destination.partition("/")[2]
        prefix = int(length) if length else family.bits
    interfaces = tuple(name for name, _ in route.nexthops)
    if not interfaces and route.interface:
        interfaces = (route.interface,)
    return Hop(
        numbers, prefix, route.metric, Way(route.type or "unicast", interfaces, route.source)
    )


def _rules(
    snapshot: Snapshot, family: Family, tables: dict[str, list[Hop]]
) -> tuple[PolicyRule, ...] | None:
    """The policy rules by priority; the kernel's defaults where none can differ; None: unknown."""
    read = [rule for rule in snapshot.policy_rules or () if rule.family is family]
    if read:
        return tuple(sorted(read, key=lambda rule: rule.priority))
    if family is Family.IPV4 and snapshot.policy_rules is None and snapshot.routes:
        extra = set(tables) - {"local", "main", "default", "unspec", "0"}
        if extra:
            return None
    if family is Family.IPV6 and set(tables) - {"local", "main", "default", "unspec", "0"}:
        return None
    return tuple(
        PolicyRule(family, priority, "all", "all", table, "lookup")
        for priority, table in ((0, "local"), (32766, "main"), (32767, "default"))
    )


def _from_addresses(snapshot: Snapshot, family: Family) -> list[Route]:
    """The routes that addresses alone imply, where no routes were read."""
    routes = []
    for address in snapshot.addresses or ():
        if address.family is not family:
            continue
        routes.append(_route(address, "local", address.address, "local"))
        network = AddressSet.parse(f"{address.address}/{address.prefix}").cidrs()[0]
        routes.append(_route(address, "main", network, "unicast"))
        if address.broadcast:
            routes.append(_route(address, "local", address.broadcast, "broadcast"))
    if family is Family.IPV4:
        loopback = Route(family, "local", "127.0.0.0/8", "local", "lo", None, 0, None)
        routes.append(loopback)
    return routes


def _route(address: Address, table: str, destination: str, kind: str) -> Route:
    return Route(
        address.family, table, destination, kind, address.interface, None, 0, address.address
    )
