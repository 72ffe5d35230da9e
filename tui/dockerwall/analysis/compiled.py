"""Chains made ready for walking: each rule's tests, and an index that skips what cannot match.

A rule that names one destination, port, interface or protocol is only looked at for packets that
have it: for each such field a whole number holds one bit a rule, and the rules left for a packet
are what all fields leave (the bit-vector scheme of Lakshman and Stiliadis).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dockerwall.analysis.matching import Some, Surroundings, Test, make_test
from dockerwall.analysis.packet import CLIENT, Packet
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.rules import Chain, Rule, Table
from dockerwall.model.spec import (
    AddressField,
    AddressMatch,
    ConntrackMatch,
    InterfaceMatch,
    Match,
    PortField,
    PortMatch,
    ProtocolMatch,
    Spec,
    Target,
    UnknownMatch,
)

__all__ = ["CompiledChain", "CompiledRule", "CompiledTable", "Key", "Some", "compile_table"]

_READ: tuple[Callable[[Packet], object], ...] = (
    lambda packet: packet.dst,
    lambda packet: packet.dport,
    lambda packet: packet.iif,
    lambda packet: packet.oif,
    lambda packet: packet.proto,
    lambda packet: packet.src,
    lambda packet: packet.conn.dport if packet.conn else None,
)
_WORTH_AN_INDEX = 6


@dataclass(frozen=True, slots=True)
class Key:
    """Which table a chain is in: the place a step or a proof names."""

    variant: Variant
    family: Family
    table: str


@dataclass(slots=True)
class CompiledRule:
    """A rule, its tests made when it is first needed."""

    rule: Rule
    spec: Spec
    around: Surroundings = field(repr=False)
    _tests: tuple[Test, ...] | None = None

    @property
    def target(self) -> Target:
        """What happens to a packet that matches."""
        return self.spec.target

    @property
    def tests(self) -> tuple[Test, ...]:
        """One test for each match."""
        if self._tests is None:
            self._tests = tuple(make_test(match, self.around) for match in self.spec.matches)
        return self._tests

    @property
    def doubts(self) -> tuple[str, ...]:
        """The texts of the matches that cannot be decided."""
        return tuple(m.text for m in self.spec.matches if isinstance(m, UnknownMatch))


@dataclass(slots=True)
class CompiledChain:
    """A chain with its index."""

    key: Key
    chain: Chain
    rules: tuple[CompiledRule, ...]
    _index: list[tuple[dict[object, int], int]] | None = None

    def candidates(self, packet: Packet) -> Iterator[CompiledRule]:
        """The rules that could match a packet, in order."""
        if len(self.rules) < _WORTH_AN_INDEX:
            yield from self.rules
            return
        if self._index is None:
            self._index = _index(self.rules)
        left = (1 << len(self.rules)) - 1
        for read, (exact, others) in zip(_READ, self._index, strict=True):
            if not exact:
                continue
            value = read(packet)
            if isinstance(value, int) and value < 0:
                continue  # the client's address, or a port nobody can name
            left &= others | exact.get(value, 0)
        while left:
            lowest = left & -left
            yield self.rules[lowest.bit_length() - 1]
            left ^= lowest


@dataclass(slots=True)
class CompiledTable:
    """A table of compiled chains."""

    key: Key
    chains: Mapping[str, CompiledChain]


def compile_table(table: Table, key: Key, around: Surroundings) -> CompiledTable:
    """Make a table ready; rules are understood here, tests are made when first needed."""
    return CompiledTable(
        key,
        {name: CompiledChain(key, chain, _rules(chain, key, around))
         for name, chain in table.chains.items()},
    )  # fmt: skip


def _rules(chain: Chain, key: Key, around: Surroundings) -> tuple[CompiledRule, ...]:
    return tuple(
        CompiledRule(rule, parse_spec(rule.text, key.family), around) for rule in chain.rules
    )


def _index(rules: Iterable[CompiledRule]) -> list[tuple[dict[object, int], int]]:
    """For each field: rules by the one value they name, and the rules that name none."""
    exact: list[dict[object, int]] = [{} for _ in _READ]
    others = [0] * len(_READ)
    for place, rule in enumerate(rules):
        named = _named(rule.spec.matches)
        for number in range(len(_READ)):
            if number in named:
                value = named[number]
                exact[number][value] = exact[number].get(value, 0) | 1 << place
            else:
                others[number] |= 1 << place
    return list(zip(exact, others, strict=True))


def _named(matches: tuple[Match, ...]) -> dict[int, object]:
    """The fields, by place in `_READ`, of which a rule names exactly one value."""
    named: dict[int, object] = {}
    for match in matches:
        match match:
            case AddressMatch(field=AddressField.DST, negated=False):
                _single(named, 0, match.numbers.spans)
            case AddressMatch(field=AddressField.SRC, negated=False):
                _single(named, 5, match.numbers.spans)
            case PortMatch(field=PortField.DST, negated=False):
                _single(named, 1, match.ports.spans)
            case InterfaceMatch(prefix=False, negated=False):
                named[3 if match.outgoing else 2] = match.name
            case ProtocolMatch(negated=False):
                named[4] = match.number
            case ConntrackMatch(states=None):
                for port in match.ports:
                    if port.field is PortField.ORIG_DST and not port.negated:
                        _single(named, 6, port.ports.spans)
            case _:
                pass
    return named


def _single(named: dict[int, object], place: int, spans: tuple[tuple[int, int], ...]) -> None:
    if len(spans) == 1 and spans[0][0] == spans[0][1]:
        named[place] = spans[0][0]


assert CLIENT < 0
