"""A rule's matches → the regions of packets it matches.

What a snapshot cannot decide is left out of the regions and noted: such a rule may match all of
them or none, so it never takes part in covering another one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from dockerwall.analysis import ipsets
from dockerwall.analysis.addrtypes import wanted_types
from dockerwall.analysis.answers import PORTED, Surroundings
from dockerwall.analysis.findings.shadowing.fields import STATES, Domain, state_bits
from dockerwall.analysis.findings.shadowing.region import EVERYTHING, Region, Value, overlap
from dockerwall.model.intervals import Intervals
from dockerwall.model.spec import (
    AddressMatch,
    AddrTypeMatch,
    ConntrackMatch,
    FragmentMatch,
    IcmpMatch,
    InterfaceMatch,
    MarkMatch,
    Match,
    Negatable,
    PhysdevMatch,
    PktTypeMatch,
    PortField,
    PortMatch,
    ProtocolMatch,
    RpfilterMatch,
    SenderMatch,
    SetMatch,
    TcpFlagsMatch,
    UnknownMatch,
)

MOST_REGIONS = 16


class Meaning(NamedTuple):
    """What a rule matches."""

    regions: tuple[Region, ...]
    """Empty when it can match nothing."""
    sure: bool
    """Whether it matches all of them, and not only perhaps."""


class Reader:
    """Reads the rules of one table."""

    def __init__(
        self,
        domain: Domain,
        around: Surroundings,
        volatile: bool,
        timed: frozenset[str],
    ) -> None:
        self.domain = domain
        self.around = around
        self.volatile = volatile
        """Whether rules of this table change marks, or what conntrack says."""
        self.timed = timed
        """Sets whose entries come and go."""
        self._types: dict[frozenset[str], Intervals] = {}

    def read(self, matches: tuple[Match, ...], moment: str) -> Meaning:
        """The meaning of all the matches; `moment` names the part of the chain they stand in."""
        protocols = {m.number for m in matches if isinstance(m, ProtocolMatch) and not m.negated}
        regions: tuple[Region, ...] = (EVERYTHING,)
        sure = True
        for match in matches:
            alternatives = self.alternatives(match, protocols, moment)
            if alternatives is None:
                sure = False
                continue
            if len(alternatives) == 1 and len(regions) == 1:
                found = overlap(regions[0], alternatives[0])
                regions = () if found is None else (found,)
            else:
                both = [overlap(one, other) for one in regions for other in alternatives]
                regions = tuple([each for each in both if each is not None])
            if len(regions) > MOST_REGIONS:
                return Meaning((EVERYTHING,), False)
        return Meaning(regions, sure)

    def alternatives(
        self, match: Match, protocols: set[int], moment: str
    ) -> tuple[Region, ...] | None:
        """The regions one match allows, which do not overlap; None when it cannot be decided."""
        match match:
            case AddressMatch():
                return self.one(match.field.value, match.numbers, match.negated)
            case InterfaceMatch():
                names = self.domain.named(match.name, match.prefix)
                return self.one("oif" if match.outgoing else "iif", names, match.negated)
            case ProtocolMatch():
                return self.one("proto", Intervals.single(match.number), match.negated)
            case FragmentMatch():
                return (EVERYTHING,) if match.negated else ()
            case PortMatch():
                return self.port(match, protocols)
            case TcpFlagsMatch():
                return self.one("flags", flag_bits(match.mask, match.set), match.negated)
            case IcmpMatch():
                return self.one("icmp", match.codes, match.negated)
            case ConntrackMatch():
                return self.conntrack(match, moment)
            case SetMatch():
                return self.set(match)
            case MarkMatch():
                return self.mark(match, moment)
            case AddrTypeMatch():
                return self.addrtype(match)
            case SenderMatch():
                if match.field == "header":
                    return self.opaque(("header", match.values), match.negated)
                if match.field in self.around.altered:
                    return None
                return self.one(match.field, match.values, match.negated)
            case PhysdevMatch() | RpfilterMatch() | PktTypeMatch():
                return self.opaque(match, False)
            case UnknownMatch():
                return None

    def one(self, field: str, value: Value, negated: bool) -> tuple[Region, ...]:
        """A region with one field restricted."""
        if negated:
            whole = self.domain[field]
            value = (
                whole & ~value
                if isinstance(whole, int) and isinstance(value, int)
                else _complement(whole, value)
            )
        return ({field: value},) if value else ()

    def opaque(self, key: object, negated: bool) -> tuple[Region, ...]:
        """A condition that is not taken apart."""
        return ({f"?{key!r}": 1 if negated else 2},)

    def port(self, match: PortMatch, protocols: set[int]) -> tuple[Region, ...]:
        if len(protocols) != 1 or not protocols <= set(PORTED):
            return self.opaque((match.field, match.ports), match.negated)
        if match.field is not PortField.EITHER:
            return self.one(match.field.value, match.ports, match.negated)
        others = _complement(self.domain["sport"], match.ports)
        if match.negated:
            return ({"sport": others, "dport": others},) if others else ()
        found: tuple[Region, ...] = ({"sport": match.ports},)
        return (*found, {"sport": others, "dport": match.ports}) if others else found

    def conntrack(self, match: ConntrackMatch, moment: str) -> tuple[Region, ...] | None:
        """Without an entry only the states are looked at; with one, everything is."""
        if self.volatile and moment:
            return self.opaque((match, moment), False) if not match.unknown else None
        held = [each for each in STATES if _state_holds(match.states, each)]
        bare = state_bits(s for s in held if s[0] in _ENTRYLESS) if match.states else 0
        region: dict[str, Value] = {
            "ct": state_bits(
                s for s in held
                if s[0] not in _ENTRYLESS
                and (match.direction is None or (match.direction == "REPLY") is s[3])
            )
        }  # fmt: skip
        more: list[tuple[Region, ...]] = []
        if match.protocol is not None:
            number = Intervals.single(match.protocol.number)
            more.append(self.one("ctproto", number, match.protocol.negated))
        more += [self.one(each.field.value, each.numbers, each.negated) for each in match.addresses]
        more += [self.one(each.field.value, each.ports, each.negated) for each in match.ports]
        if match.status is not None:
            more.append(self.opaque(("status", match.status.words), match.status.negated))
        found: tuple[Region, ...] = ({"ct": bare},) if bare else ()
        full: Region | None = region if region["ct"] else None
        for alternative in more:
            if full is not None:
                full = overlap(full, alternative[0]) if alternative else None
        if match.unknown:
            return None
        return (*found, full) if full is not None else found

    def set(self, match: SetMatch) -> tuple[Region, ...] | None:
        """A set of addresses by its content; any other set as a condition of its own."""
        around = self.around
        if match.name in around.changing_sets or not around.sets_read:
            return None
        found = around.sets.get(match.name)
        if found is None or found.problem:
            return None
        if match.name not in self.timed and _addresses_only(found, around.sets):
            asked = ipsets.Asked()
            question = ipsets.Question(
                match.directions, {"src": asked, "dst": asked}, match.nomatch
            )
            answer = ipsets.lookup(around.sets, match.name, around.family, question)
            if isinstance(answer, bool):
                return (EVERYTHING,) if answer is not match.negated else ()
            if isinstance(answer, Intervals):
                return self.one(match.directions[0], answer, match.negated)
        return self.opaque(("set", match.name, match.directions, match.nomatch), match.negated)

    def mark(self, match: MarkMatch, moment: str) -> tuple[Region, ...]:
        kind = "connmark" if match.connection else "mark"
        key = (kind, match.value, match.mask, moment if self.volatile else "")
        if match.connection:
            # Without an entry it never holds, negated or not, so the two are not opposites.
            return self.opaque((*key, match.negated), False)
        if match.mask == 0xFFFFFFFF:
            field = f"mark={moment if self.volatile else ''}"
            return self.one(field, Intervals.single(match.value), match.negated)
        return self.opaque(key, match.negated)

    def addrtype(self, match: AddrTypeMatch) -> tuple[Region, ...]:
        found: Region | None = EVERYTHING
        for field, words in (("src", match.source), ("dst", match.destination)):
            if words is None or found is None:
                continue
            known = words.words <= _TYPES and (self.around.fib.known or self.around.fib.tables)
            if match.limit is None and known:
                part = self.one(field, self.types(words.words), words.negated)
            else:
                part = self.opaque((field, words.words, match.limit), words.negated)
            found = overlap(found, part[0]) if part else None
        return (found,) if found is not None else ()

    def types(self, words: frozenset[str]) -> Intervals:
        """The addresses of which one of the types holds."""
        if words not in self._types:
            self._types[words] = wanted_types(words, self.around, None)
        return self._types[words]


_ENTRYLESS = ("INVALID", "UNTRACKED")
_TYPES = frozenset({"UNICAST", "LOCAL", "BROADCAST", "MULTICAST", "ANYCAST"})


def _complement(whole: Value, value: Value) -> Intervals:
    assert isinstance(whole, Intervals)
    assert isinstance(value, Intervals)
    return whole - value


def _state_holds(states: Negatable | None, each: tuple[str, bool, bool, bool]) -> bool:
    if states is None:
        return True
    state, dnat, snat, _ = each
    has = {state, *(["DNAT"] if dnat else []), *(["SNAT"] if snat else [])}
    return bool(states.words & has) is not states.negated


def _addresses_only(
    found: ipsets.ResolvedSet, sets: dict[str, ipsets.ResolvedSet], depth: int = 0
) -> bool:
    """Whether only one address decides, in every member."""
    if found.kinds == ("set",):
        members = [sets.get(name) for name in found.members]
        return depth < 8 and all(
            each is not None and not each.problem and _addresses_only(each, sets, depth + 1)
            for each in members
        )
    return len(found.kinds) == 1 and found.kinds[0] in ipsets.ADDRESS_KINDS


@lru_cache(maxsize=256)
def flag_bits(mask: int, wanted: int) -> int:
    """The TCP flags, as bits of all 64 combinations, that have exactly `wanted` of `mask` on."""
    return sum(1 << flags for flags in range(64) if flags & mask == wanted)
