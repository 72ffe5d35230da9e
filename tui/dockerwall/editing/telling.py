"""Which packets the rules of a chain can tell apart: ports that none names are judged once.

The law: two packets with the same key meet the same rules with the same answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

from dockerwall.analysis.compiled import CompiledChain, CompiledTable
from dockerwall.analysis.packet import Choice, Packet
from dockerwall.model.intervals import Intervals
from dockerwall.model.spec import (
    AddressField,
    AddressMatch,
    ConntrackMatch,
    Continue,
    InterfaceMatch,
    Jump,
    MarkMatch,
    Match,
    PortField,
    PortMatch,
    ProtocolMatch,
    Return,
    SetMatch,
    Spec,
    Stop,
    TcpFlagsMatch,
    UnknownMatch,
)

_MOST_RANGES = 32
_ANY = Choice()


class Walked(Protocol):
    """A base chain that is walked, and the table it stands in."""

    @property
    def table(self) -> CompiledTable:
        """Where the chains stand that it jumps to."""
        ...

    @property
    def chain(self) -> CompiledChain:
        """Where packets come in."""
        ...


def is_plain(spec: Spec, own: Intervals) -> bool:
    """Whether a rule tells none of the host's `own` addresses from another, so that one of those
    for which packets were judged still stands for the others.
    """
    return isinstance(spec.target, Stop | Return | Continue) and all(
        _is_plain(match, own) for match in spec.matches
    )


def _is_plain(match: Match, own: Intervals) -> bool:
    match match:
        case AddressMatch(field=AddressField.DST, numbers=numbers):
            return not numbers & own
        case AddressMatch() | InterfaceMatch() | ProtocolMatch() | TcpFlagsMatch():
            return True
        case PortMatch() | MarkMatch():
            return True
        case SetMatch(directions=directions):
            return all(each == "src" for each in directions)
        case ConntrackMatch():
            return not match.addresses
        case _:
            return False


@dataclass
class _Named:
    """The values of one field that rules name: single ones, and wider sets."""

    singles: set[int] = field(default_factory=set)
    ranges: dict[Intervals, None] = field(default_factory=dict)
    each: bool = False
    """Whether every value is to be taken as another one."""

    def add(self, values: Intervals) -> None:
        if len(values.spans) == 1 and values.spans[0][0] == values.spans[0][1]:
            self.singles.add(values.spans[0][0])
        else:
            self.ranges[values] = None
            self.each = self.each or len(self.ranges) > _MOST_RANGES

    def key(self, value: int) -> object:
        """The same for values that nothing tells apart; what is left open is a value of its own."""
        if value in self.singles or value < 0 or self.each:
            return value
        if not self.ranges:
            return ""
        return tuple(value in each for each in self.ranges)


@dataclass
class Telling:
    """What the rules of some chains look at."""

    sources: _Named = field(default_factory=_Named)
    destinations: _Named = field(default_factory=_Named)
    ports: _Named = field(default_factory=_Named)
    original_ports: _Named = field(default_factory=_Named)

    def key(self, packet: Packet) -> object:
        """What no rule can tell apart has the same."""
        conn = packet.conn
        if conn is None or packet.choice != _ANY:
            return packet
        return (
            self.sources.key(packet.src),
            packet.proto,
            packet.sport,
            packet.iif,
            packet.oif,
            packet.flags,
            packet.mark,
            packet.state,
            packet.reply,
            packet.assured,
            packet.sure,
            self.destinations.key(packet.dst),
            self.ports.key(packet.dport),
            self.original_ports.key(conn.dport),
            conn.src,
            conn.sport,
            conn.mark,
            conn.dnat,
            conn.snat,
        )


def telling_of(walked: Walked, others: Iterable[Spec]) -> Telling | None:
    """What rules look at: a chain's, those below it, and others; None where a packet has to be
    taken as it is.
    """
    found = Telling()
    for match in chain(_matches(walked), *(spec.matches for spec in others)):
        if not (isinstance(match, _IN_EVERY_KEY) or _note(found, match)):
            return None
    return found


_IN_EVERY_KEY = (InterfaceMatch, ProtocolMatch, TcpFlagsMatch, MarkMatch, UnknownMatch)
"""Matches of which nothing has to be noted: what they look at is told of every packet."""


def _note(found: Telling, match: Match) -> bool:
    """Take note of what one match looks at; False where it is more than can be named."""
    match match:
        case AddressMatch(field=field, numbers=numbers):
            (found.destinations if field is AddressField.DST else found.sources).add(numbers)
        case PortMatch(field=PortField.DST | PortField.EITHER, ports=ports):
            found.ports.add(ports)
        case PortMatch():
            pass
        case SetMatch(directions=directions):
            found.sources.each = found.ports.each = True  # of ICMP, a set compares the type
            return all(each == "src" for each in directions)
        case ConntrackMatch():
            return _note_conntrack(found, match)
        case _:
            return False
    return True


def _note_conntrack(found: Telling, match: ConntrackMatch) -> bool:
    if match.addresses or match.protocol is not None:
        return False
    for port in match.ports:
        if port.field is not PortField.ORIG_DST:
            return False
        found.original_ports.add(port.ports)
    return True


def _matches(walked: Walked) -> Iterator[Match]:
    """Every match of a chain and of those it leads to."""
    seen: set[str] = set()
    waiting: list[Iterable[CompiledChain]] = [[walked.chain]]
    while waiting:
        for each in waiting.pop():
            if each.chain.name in seen:
                continue
            seen.add(each.chain.name)
            called = []
            for rule in each.rules:
                yield from rule.spec.matches
                if isinstance(rule.target, Jump) and rule.target.chain in walked.table.chains:
                    called.append(walked.table.chains[rule.target.chain])
            waiting.append(called)
