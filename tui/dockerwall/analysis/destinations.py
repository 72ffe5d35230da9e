"""The host's own addresses, in classes that no rule, set, route or socket tells apart.

A port published on every address is judged once for each class, not once for each address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dockerwall.analysis.world import World
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.addresses import AddressSet, format_address, parse_address
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.rules import Table
from dockerwall.model.spec import (
    AddressField,
    AddressMatch,
    AddrTypeMatch,
    ConntrackMatch,
    Jump,
    Match,
    SetMatch,
)
from dockerwall.model.value import value


@value
class OwnAddress:
    """An address of the host."""

    number: int
    text: str
    interface: str
    link_local: bool


@value
class Alike:
    """Addresses of which one stands for all."""

    addresses: tuple[OwnAddress, ...]

    @property
    def number(self) -> int:
        """The one that is judged."""
        return self.addresses[0].number

    def on(self, interface: str) -> tuple[str, ...]:
        """Those that packets which come in by an interface can be for, as texts."""
        return tuple(
            [
                each.text
                for each in self.addresses
                if not each.link_local or each.interface == interface
            ]
        )


def own_addresses(world: World, family: Family) -> tuple[OwnAddress, ...]:
    """The host's addresses of a family, loopback left out."""
    found = []
    for address in world.snapshot.addresses or ():
        if address.family is family and address.interface != "lo":
            number = parse_address(address.address)[1]
            text = format_address(family, number)
            link_local = family is Family.IPV6 and address.scope == "link"
            found.append(OwnAddress(number, text, address.interface, link_local))
    if family is Family.IPV4 and _loopback_is_routed(world):
        found.append(OwnAddress(0x7F000001, "127.0.0.1", "lo", False))
    return tuple(found) if world.snapshot.addresses is not None else _from_routes(world, family)


def _loopback_is_routed(world: World) -> bool:
    """Whether any interface takes packets for 127.0.0.0/8 (route_localnet)."""
    return any(
        name.endswith(".route_localnet") and value not in ("", "0")
        for name, value in (world.snapshot.sysctls or {}).items()
    )


def _from_routes(world: World, family: Family) -> tuple[OwnAddress, ...]:
    """The same from the local table, where addresses were not read."""
    return tuple(
        OwnAddress(
            hop.numbers.spans[0][0], format_address(family, hop.numbers.spans[0][0]), name, False
        )
        for hop in world.sides[family].fib.tables.get("local", ())
        for name in hop.way.interfaces
        if hop.way.type == "local" and hop.prefix == family.bits and name != "lo"
    )


def alike(world: World, family: Family, addresses: Iterable[OwnAddress]) -> tuple[Alike, ...]:
    """The addresses by class, in order of each class's first."""
    own = tuple(addresses)
    telling, by_interface = _telling_apart(world, family, own)
    classes: dict[tuple[object, ...], list[OwnAddress]] = {}
    for place, address in enumerate(own):
        signature: tuple[object, ...] = tuple([held[place] for held in telling])
        if by_interface or address.link_local or address.interface == "lo":
            signature = (*signature, address.interface)
        classes.setdefault(signature, []).append(address)
    return tuple(Alike(tuple(members)) for members in classes.values())


def _telling_apart(
    world: World, family: Family, own: tuple[OwnAddress, ...]
) -> tuple[set[tuple[bool, ...]], bool]:
    """Which of the addresses some set holds, of each that holds some but not all; and whether the
    interface matters too.

    They are the destination of what a client sends, and the source of what a process answers.
    """
    held: set[tuple[bool, ...]] = set()
    by_interface = False

    def note(numbers: Intervals) -> None:
        held.add(tuple([address.number in numbers for address in own]))

    for matches, answers in _all_matches(world, family):
        for match in matches:
            if isinstance(match, AddressMatch):
                if answers or match.field is not AddressField.SRC:
                    note(match.numbers)
            elif isinstance(match, AddrTypeMatch):
                by_interface = by_interface or match.limit is not None
            elif isinstance(match, ConntrackMatch | SetMatch):
                for numbers in _compared(world, match, answers):
                    note(numbers)
    for policy in world.snapshot.policy_rules or ():
        for text in (policy.source, policy.destination):
            if policy.family is family and text != "all":
                note(AddressSet.of(family, [text]).numbers)
    for listener in world.listeners or ():
        if listener.address not in ("*", "0.0.0.0", "::"):
            try:
                bound, number = parse_address(listener.address)
            except ValueError:
                continue
            if bound is family:
                note(Intervals.single(number))
    return {each for each in held if any(each) and not all(each)}, by_interface


def _all_matches(world: World, family: Family) -> Iterator[tuple[tuple[Match, ...], bool]]:
    """What each rule compares, and whether what the host itself sends may meet the rule."""
    for (_, each), saved in world.snapshot.rules.items():
        if each is not family:
            continue
        for table in saved.ruleset.tables.values():
            sending = _sending(table, family)
            for name, chain in table.chains.items():
                for rule in chain.rules:
                    yield parse_spec(rule.text, family).matches, name in sending


def _sending(table: Table, family: Family) -> set[str]:
    """The chains that the host's own packets may come to on their way out."""
    found: set[str] = set()
    waiting = ["OUTPUT", "POSTROUTING"]
    while waiting:
        name = waiting.pop()
        if name in found or name not in table.chains:
            continue
        found.add(name)
        targets = (parse_spec(rule.text, family).target for rule in table.chains[name].rules)
        waiting += [target.chain for target in targets if isinstance(target, Jump)]
    return found


def _compared(world: World, match: ConntrackMatch | SetMatch, answers: bool) -> Iterator[Intervals]:
    """The sets that a match compares a destination with, or with `answers` a source."""
    if isinstance(match, ConntrackMatch):
        yield from (each.numbers for each in match.addresses)
    elif "dst" in match.directions or answers:
        for each in world.sides[Family.IPV4].around.sets.values():
            for entry in each.entries:
                yield from (part.numbers for part in entry.parts)
