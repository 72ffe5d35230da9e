"""Where sources live: which interface they come by, and which of them are the LAN's."""

from __future__ import annotations

from dockerwall.analysis.interfaces import Behind, Interface
from dockerwall.analysis.lan import default_lan
from dockerwall.analysis.world import World
from dockerwall.editing.intents import Source
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family


class NoSuchSourceError(ValueError):
    """A source whose addresses cannot be told; the message is one sentence."""


def specific(world: World, family: Family, interface: str) -> AddressSet:
    """Addresses that a route other than the default leads to by an interface."""
    found = AddressSet.nothing(family)
    for hops in world.sides[family].fib.tables.values():
        for hop in hops:
            if hop.prefix and hop.way.type == "unicast" and interface in hop.way.interfaces:
                found = found | AddressSet(family, hop.numbers)
    return found


def belonging(world: World, family: Family, interface: Interface) -> AddressSet:
    """Addresses that honestly come by an interface: behind its own routes, or nobody else's."""
    if not world.sides[family].fib.known:
        return AddressSet.everything(family)
    own = specific(world, family, interface.name)
    if interface.behind is not Behind.INTERNET:
        return own
    others = AddressSet.nothing(family)
    for name in _routed(world, family):
        if name != interface.name:
            others = others | specific(world, family, name)
    return own | others.complement()


def _routed(world: World, family: Family) -> tuple[str, ...]:
    names = {
        name: None
        for hops in world.sides[family].fib.tables.values()
        for hop in hops
        for name in hop.way.interfaces
    }
    return tuple(names)


def lan_behind(world: World, family: Family, interface: Interface) -> AddressSet:
    """The LAN's addresses that come by an interface.

    Where the operator said what the LAN is, all of it that no other interface has; else only the
    networks the interface itself is in, since anyone can write a private source address.
    """
    if world.lan[family] != default_lan(world.snapshot, family):
        return world.lan[family] & belonging(world, family, interface)
    return world.lan[family] & specific(world, family, interface.name)


def addresses_of(world: World, family: Family, source: Source) -> AddressSet:
    """A source's addresses of one family; NoSuchSourceError for a set that cannot be used."""
    if source.kind != "set":
        return source.numbers(family)
    found = world.sides[family].around.sets.get(source.text)
    if found is None:
        raise NoSuchSourceError(f"There is no ipset {source.text} on this host.")
    if found.problem or found.kinds not in (("ip",), ("net",)):
        raise NoSuchSourceError(
            f"The ipset {source.text} does not hold plain addresses or networks."
        )
    if any(entry.nomatch for entry in found.entries):
        raise NoSuchSourceError(f"The ipset {source.text} has nomatch entries.")
    numbers = AddressSet.nothing(family)
    if found.family is family:
        for entry in found.entries:
            numbers = numbers | AddressSet(family, entry.parts[0].numbers)
    return numbers


def set_family(world: World, source: Source) -> Family | None:
    """The family whose packets a source can match at all; None for both, or unknown."""
    if source.kind == "set":
        found = world.sides[Family.IPV4].around.sets.get(source.text)
        return found.family if found is not None else None
    return Family.IPV6 if ":" in source.text else Family.IPV4
