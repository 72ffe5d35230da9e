"""A table made ready for the search: each rule's regions and what it does to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property

from dockerwall.analysis.compiled import CompiledChain, CompiledRule, CompiledTable
from dockerwall.analysis.findings.shadowing.fields import STRANGER, Domain
from dockerwall.analysis.findings.shadowing.index import Index
from dockerwall.analysis.findings.shadowing.meaning import Meaning, Reader
from dockerwall.analysis.findings.shadowing.point import Unusual
from dockerwall.analysis.world import World
from dockerwall.model.intervals import Intervals
from dockerwall.model.spec import (
    Connmark,
    Dnat,
    InterfaceMatch,
    Jump,
    Netmap,
    NoTrack,
    Redirect,
    Return,
    SetMark,
    Snat,
    Spec,
    Stop,
    Target,
    UnknownTarget,
)


class Effect(Enum):
    """What a rule does to the packets it matches, as far as later rules are concerned."""

    ENDS = auto()
    """They end here: accepted, dropped, rejected or translated."""
    RETURNS = auto()
    """They go back to where the chain was called."""
    CALLS = auto()
    """They pass another chain, and those it does not end go on here."""
    GOES = auto()
    """They pass another chain, and those it does not end go back as with RETURNS."""
    PASSES = auto()
    """They go on."""


_Named = tuple[tuple[str, Intervals], ...]
"""Fields, and what a rule names of each."""


@dataclass(slots=True)
class Entry:
    """A rule."""

    rule: CompiledRule
    meaning: Meaning
    effect: Effect
    called: str = ""
    """The chain it leads to."""
    named: _Named = ()
    """The values its regions name."""


@dataclass
class Row:
    """A chain."""

    name: str
    chain: CompiledChain
    entries: tuple[Entry, ...]

    @cached_property
    def index(self) -> Index:
        """The rules after which some packets do not come to the next one, and that some come to."""
        met = self.entries[: self.last + 1]
        return Index([() if each.effect is Effect.PASSES else each.meaning.regions for each in met])

    @cached_property
    def last(self) -> int:
        """The place of the first rule that surely takes every packet; no place where none does."""
        for place, entry in enumerate(self.entries):
            takes = entry.effect in (Effect.ENDS, Effect.RETURNS) and entry.meaning.sure
            if takes and any(not region for region in entry.meaning.regions):
                return place
        return len(self.entries)

    @cached_property
    def calling(self) -> tuple[int, ...]:
        """The places of the rules that lead to another chain."""
        return tuple([place for place, entry in enumerate(self.entries) if entry.called])


_Meanings = dict[tuple[int, str], tuple[Spec, Meaning, _Named]]


@dataclass(slots=True)
class Rows:
    """A table."""

    table: CompiledTable
    domain: Domain
    rows: Mapping[str, Row]
    unusual: Unusual
    reader: Reader
    known: _Meanings = field(repr=False)
    """Rules already read, by their spec, which is kept with them so that it stays the same one."""


_CHANGING = (SetMark, Connmark, NoTrack, UnknownTarget)
"""Targets after which marks, or what conntrack says, may be others."""


def read_table(table: CompiledTable, world: World) -> Rows:
    """Make a table ready."""
    side = world.sides[table.key.family]
    domain = Domain(table.key.family, _names(table, world))
    volatile = any(
        isinstance(rule.spec.target, _CHANGING)
        for chain in table.chains.values()
        for rule in chain.rules
    )
    reader = Reader(domain, side.around, volatile, _timed(world))
    known = world.shelf.setdefault(("meanings", table.key, domain.names, volatile), {})
    assert isinstance(known, dict)
    rows = {name: _row(chain, table, reader, known) for name, chain in table.chains.items()}
    return Rows(table, domain, rows, _unusual(domain, rows), reader, known)


def read_again(
    old: Rows, table: CompiledTable, world: World, changed: Sequence[Spec]
) -> Rows | None:
    """The table after some rules came or went, of which only their chains are read; None where
    the others' rules may have got another meaning, too.
    """
    for spec in changed:
        names = [match for match in spec.matches if isinstance(match, InterfaceMatch)]
        if isinstance(spec.target, (Jump, *_CHANGING)) or not all(map(old.domain.knows, names)):
            return None
    around = world.sides[table.key.family].around
    reader = Reader(old.domain, around, old.reader.volatile, _timed(world))
    new = {id(spec) for spec in changed}  # they may ask a set that is not there yet
    known = {place: read for place, read in old.known.items() if place[0] not in new}
    rows = dict(old.rows)
    for name, chain in table.chains.items():
        if name not in rows or rows[name].chain.chain is not chain.chain:
            rows[name] = _row(chain, table, reader, known)
    return Rows(table, old.domain, rows, old.unusual, reader, known)


def _names(table: CompiledTable, world: World) -> list[str]:
    """Every interface of the host or of a rule, and one more for each prefix."""
    names = [link.name for link in world.snapshot.links or ()]
    for chain in table.chains.values():
        for rule in chain.rules:
            for match in rule.spec.matches:
                if isinstance(match, InterfaceMatch):
                    names.append(f"{match.name}\x00" if match.prefix else match.name)
    return names


def _timed(world: World) -> frozenset[str]:
    """Sets whose entries expire: what they hold now says little of what they will hold."""
    return frozenset(
        each.name for each in world.snapshot.ipsets or () if each.option("timeout") is not None
    )


def _row(chain: CompiledChain, table: CompiledTable, reader: Reader, known: _Meanings) -> Row:
    entries = []
    moment = 0
    here = f"{chain.chain.name}:{moment}"
    for rule in chain.rules:
        spec = rule.spec
        read = known.get((id(spec), here))
        if read is None:
            meaning = reader.read(spec.matches, here)
            read = (spec, meaning, _named(meaning, reader.domain))
            known[id(spec), here] = read
        effect, called = _effect(spec.target, table)
        entries.append(Entry(rule, read[1], effect, called, read[2]))
        if effect is Effect.CALLS or isinstance(spec.target, _CHANGING):
            moment += 1
            here = f"{chain.chain.name}:{moment}"
    return Row(chain.chain.name, chain, tuple(entries))


_EFFECTS = {
    **dict.fromkeys((Stop, Dnat, Redirect, Netmap, Snat), Effect.ENDS),
    Return: Effect.RETURNS,
}


def _effect(target: Target, table: CompiledTable) -> tuple[Effect, str]:
    if isinstance(target, Jump):
        called = table.chains.get(target.chain)
        if called is not None and not called.chain.is_base:
            return (Effect.GOES if target.goto else Effect.CALLS), target.chain
    return _EFFECTS.get(type(target), Effect.PASSES), ""


def _unusual(domain: Domain, rows: Mapping[str, Row]) -> Unusual:
    """What no rule names."""
    values: dict[str, list[Intervals]] = {}
    for row in rows.values():
        for entry in row.entries:
            for name, value in entry.named:
                values.setdefault(name, []).append(value)
    return Unusual(domain, values, STRANGER)


def _named(meaning: Meaning, domain: Domain) -> _Named:
    """What a rule names: sets wider than a quarter of everything do not count as naming."""
    return tuple(
        [
            (name, value)
            for region in meaning.regions
            for name, value in region.items()
            if isinstance(value, Intervals) and not _wide(value, domain, name)
        ]
    )


def _wide(value: Intervals, domain: Domain, name: str) -> bool:
    if value.only is not None:
        return False
    whole = domain[name]
    return isinstance(whole, Intervals) and value.size * 4 > whole.size
