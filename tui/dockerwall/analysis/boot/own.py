"""The operator's own rules and sets as they stand: what is worth bringing back after a boot.

Own is what stands in DOCKER-USER and in the operator's chains that it leads to, and whatever else
is named as put in with this program. Rules of Docker and of other programs are only remembered as
neighbours: they say where own rules belong, and come back by those who wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from dockerwall.analysis.owners import OPERATOR, owner_of, owner_of_rule
from dockerwall.grammar.spec import parse_spec
from dockerwall.grammar.words import split_words
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.rules import Chain, Rule, Ruleset, Table
from dockerwall.model.snapshot import Snapshot
from dockerwall.model.spec import ProtocolMatch
from dockerwall.model.value import value

GUARD = "DOCKER-USER"
JUMP = f"-A FORWARD -j {GUARD}"
NEIGHBOURS = 5
"""How many rules of others are remembered on either side of an own one."""
_SET_OPTIONS = ("--match-set", "--add-set", "--del-set", "--map-set")
_DROPPED_OPTIONS = ("hashsize", "initval")
"""What the kernel chooses for a set as it grows, and says nothing of what it holds."""
_COUNTED = re.compile(r" (?:packets|bytes) \d+")
_TIMED = re.compile(r" timeout [1-9]\d*")


class Line(NamedTuple):
    """A rule in its chain."""

    text: str
    """As iptables-save prints it, `-A CHAIN ...`."""
    own: bool
    """Whether it is to come back; else it is a neighbour."""


@value
class Own:
    """The own rules of one family, in the filter table."""

    variant: Variant
    chains: Mapping[str, tuple[Line, ...]]
    """By chain, in order, with neighbours."""

    def texts(self, chain: str) -> tuple[str, ...]:
        """The own rules of one chain."""
        return tuple(line.text for line in self.chains.get(chain, ()) if line.own)

    @property
    def rules(self) -> tuple[str, ...]:
        """Every own rule, chain by chain, but for the jump that leads to DOCKER-USER."""
        return tuple(
            line.text
            for lines in self.chains.values()
            for line in lines
            if line.own and line.text != JUMP
        )

    @property
    def sets(self) -> tuple[str, ...]:
        """The names of the sets that own rules ask."""
        names = [name for text in self.rules for name in set_names(text)]
        return tuple(dict.fromkeys(names))


@value
class Lasting:
    """What is worth bringing back: the rules of each family that has any, and their sets."""

    families: Mapping[Family, Own]
    sets: tuple[IpSet, ...]
    missing: tuple[str, ...] = ()
    """Sets that rules ask and that were not read."""

    def __bool__(self) -> bool:
        return bool(self.families)


def lasting(snapshot: Snapshot, placed: Collection[tuple[Family, str]] = ()) -> Lasting:
    """What is worth bringing back of a host; `placed` are rules put elsewhere by this program."""
    found = {}
    for family in Family:
        ruleset = guarding(snapshot, family)
        if ruleset is None:
            continue
        own = _own(ruleset, frozenset(_meaning(text, of) for of, text in placed if of is family))
        if own.rules:
            found[family] = own
    names = dict.fromkeys(name for own in found.values() for name in own.sets)
    known = {each.name: each for each in snapshot.ipsets or ()}
    sets = tuple(_settled(each) for each in _with_members(names, known))
    return Lasting(found, sets, tuple(name for name in names if name not in known))


def guarding(snapshot: Snapshot, family: Family) -> Ruleset | None:
    """The rule set with DOCKER-USER, the one FORWARD leads to first; else any with filter rules."""
    found = [
        saved.ruleset
        for (_, of), saved in snapshot.rules.items()
        if of is family and "filter" in saved.ruleset.tables
    ]
    return min(found, key=lambda each: _rank(each.tables["filter"]), default=None)


def set_names(text: str) -> Iterator[str]:
    """The sets that a rule asks or fills."""
    if "-set " not in text:
        return
    words = split_words(text)
    for word, after in pairwise(words):
        if word in _SET_OPTIONS:
            yield after


def _rank(table: Table) -> int:
    if GUARD not in table.chains:
        return 2
    return 0 if _has_jump(table) else 1


def _has_jump(table: Table) -> bool:
    forward = table.chains.get("FORWARD")
    return forward is not None and any(rule.text == JUMP for rule in forward.rules)


def _own(ruleset: Ruleset, placed: frozenset[object]) -> Own:
    table = ruleset.tables["filter"]
    chains: dict[str, tuple[Line, ...]] = {}
    waiting = [GUARD] if GUARD in table.chains else []
    while waiting:
        name = waiting.pop(0)
        if name in chains:
            continue
        lines = tuple(_lines(table, table.chains[name]))
        if not any(line.own for line in lines) and name == GUARD:
            continue
        chains[name] = lines
        called = [_called(line.text) for line in lines if line.own]
        waiting += [each for each in called if each in table.chains and _is_own(table, each)]
    for name, chain in table.chains.items():
        if name in chains or not placed:
            continue
        family = ruleset.family
        lines = tuple(Line(r.text, _meaning(r.text, family) in placed) for r in chain.rules)
        if any(line.own for line in lines):
            chains[name] = tuple(_near(lines))
    # Docker makes the jump, but not always: without it the rules would guard nothing.
    if GUARD in chains:
        chains["FORWARD"] = (Line(JUMP, own=True), *chains.get("FORWARD", ()))
    return Own(ruleset.variant, chains)


def _meaning(text: str, family: Family) -> object:
    """What is equal for two spellings of a rule; the text itself where it is not understood."""
    spec = parse_spec(text, family)
    if spec.unparsed:
        return text
    kept = (each for each in spec.matches if not isinstance(each, ProtocolMatch) or each.number)
    return spec.chain, frozenset(kept), spec.target


def _lines(table: Table, chain: Chain) -> Iterator[Line]:
    """A chain's rules, each own unless another program or Docker wrote it."""
    last = chain.rules[-1] if chain.rules else None
    for rule in chain.rules:
        # Docker ends the chain with a bare RETURN up to 28.2.1. One with rules behind it is kept:
        # what it makes dead now must not come alive.
        dockers = rule is last and chain.name == GUARD and rule.text == f"-A {GUARD} -j RETURN"
        yield Line(rule.text, not dockers and not _is_programs(table, rule))


def _is_programs(table: Table, rule: Rule) -> bool:
    writer = owner_of_rule(rule)
    if writer is not None and writer is not OPERATOR:
        return True
    called = _called(rule.text)
    return called in table.chains and not _is_own(table, called)


def _is_own(table: Table, name: str) -> bool:
    owner = owner_of(table, table.chains[name])
    return owner is not None and owner.name == OPERATOR.name


def _called(text: str) -> str:
    """The chain or target a rule goes to, empty without one."""
    words = split_words(text)
    pairs = pairwise(words)
    return next((after for word, after in pairs if word in ("-j", "-g")), "")


def _near(lines: tuple[Line, ...]) -> Iterator[Line]:
    """The own rules of a chain, and only the nearest of the others."""
    places = [place for place, line in enumerate(lines) if line.own]
    for place, line in enumerate(lines):
        if line.own or any(abs(place - own) <= NEIGHBOURS for own in places):
            yield line


def _with_members(names: Collection[str], known: Mapping[str, IpSet]) -> Iterator[IpSet]:
    """The named sets, after those that a list:set among them lists."""
    done: set[str] = set()
    for name in names:
        found = known.get(name)
        if found is None or name in done:
            continue
        if found.type == "list:set":
            members = [entry.split(" ")[0] for entry in found.entries]
            for member in members:
                if member in known and member not in done:
                    done.add(member)
                    yield known[member]
        done.add(name)
        yield found


def _settled(one: IpSet) -> IpSet:
    """A set without what changes by itself: counters, its size, and entries that time out."""
    entries = (entry for entry in one.entries if not _TIMED.search(entry))
    return replace(
        one,
        options=tuple(option for option in one.options if option[0] not in _DROPPED_OPTIONS),
        entries=tuple(_COUNTED.sub("", entry) for entry in entries),
    )
