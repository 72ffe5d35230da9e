"""A snapshot, and the world made of it, with a plan's changes made to them: nothing else differs.

Of the world only the touched chains are made anew, so that many places can be tried.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from dockerwall.analysis.compiled import CompiledTable, compile_again
from dockerwall.analysis.side import Base, Side, alters, cut_further, with_sets
from dockerwall.analysis.world import World, build_world
from dockerwall.editing.chains import is_forwarding
from dockerwall.editing.gathering import gathered
from dockerwall.editing.plan import ChainRef, Change, changed
from dockerwall.editing.setchange import SetChange
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.addresses import AddressSet
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family
from dockerwall.model.rules import Counters, Rule, Ruleset, SavedRules, Table
from dockerwall.model.snapshot import Snapshot
from dockerwall.model.spec import AddressMatch, ConntrackMatch


def chain_texts(snapshot: Snapshot, where: ChainRef) -> tuple[str, ...] | None:
    """The rule texts of a chain of the filter table; None where there is no such chain."""
    saved = snapshot.rules.get((where.variant, where.family))
    table = saved.ruleset.tables.get("filter") if saved is not None else None
    chain = table.chains.get(where.chain) if table is not None else None
    return tuple(rule.text for rule in chain.rules) if chain is not None else None


def live_texts(snapshot: Snapshot, chains: Iterable[ChainRef]) -> dict[ChainRef, tuple[str, ...]]:
    """The rule texts of those chains that exist."""
    found = ((where, chain_texts(snapshot, where)) for where in chains)
    return {where: texts for where, texts in found if texts is not None}


def edited_snapshot(
    snapshot: Snapshot, changes: Iterable[Change], sets: Iterable[SetChange] = ()
) -> Snapshot:
    """The snapshot as it will be read once the changes are made; new rules have counted nothing."""
    rules = dict(snapshot.rules)
    made = list(changes)
    for side in dict.fromkeys((each.where.variant, each.where.family) for each in made):
        mine = [each for each in made if (each.where.variant, each.where.family) == side]
        rules[side] = _edited_rules(rules[side], mine)
    edited = replace(snapshot, rules=rules)
    listed = list(sets)
    return replace(edited, ipsets=edited_sets(snapshot.ipsets or (), listed)) if listed else edited


def edited_sets(sets: Iterable[IpSet], changes: Iterable[SetChange]) -> tuple[IpSet, ...]:
    """The ipsets once the changes are made."""
    found = {each.name: each for each in sets}
    for change in changes:
        there = found.get(change.name)
        if change.action == "create":
            kind, *options = change.words.split()
            pairs = tuple(zip(options[::2], options[1::2], strict=False))
            found[change.name] = IpSet(change.name, kind, pairs, ())
        elif change.action == "destroy":
            found.pop(change.name, None)
        elif there is not None and change.action == "add":
            found[change.name] = replace(there, entries=(*there.entries, change.words))
        elif there is not None:
            left = tuple(entry for entry in there.entries if not _names(entry, change.words))
            found[change.name] = replace(there, entries=left)
    return tuple(found.values())


def _names(entry: str, words: str) -> bool:
    return entry.split(" ")[0] == words.split(" ")[0]


def _edited_rules(saved: SavedRules, changes: Collection[Change]) -> SavedRules:
    """Lines are put in and taken out of the file, and every line after them gets a new slot."""
    saved = gathered(saved, {each.where.chain for each in changes})
    table = saved.ruleset.tables["filter"]
    lines = list(zip(saved.ruleset.skeleton, saved.counters.marks, strict=True))
    texts = {each.where: _texts(table, each.where.chain) for each in changes}
    after = changed(texts, changes)
    moved: list[tuple[int, int]] = []
    for where, willed in after.items():
        first, end = _span(table, where.chain)
        kept = _marks([mark for _, mark in lines[first:end]], changes, where)
        lines[first:end] = list(zip(willed, kept, strict=True))
        shift = len(willed) - (end - first)
        moved.append((end, shift))
        table = _renumbered(table, where.chain, first, willed)
        table = _shifted(table, end, shift, where.chain) if shift else table
    tables = {
        name: table if name == "filter" else _all_shifted(each, moved)
        for name, each in saved.ruleset.tables.items()
    }
    skeleton = tuple(line for line, _ in lines)
    ruleset = Ruleset(saved.ruleset.variant, saved.ruleset.family, tables, skeleton)
    return SavedRules(ruleset, Counters(tuple(mark for _, mark in lines)))


def _texts(table: Table, chain: str) -> tuple[str, ...]:
    return tuple(rule.text for rule in table.chains[chain].rules)


def _marks(marks: Iterable[str], changes: Iterable[Change], where: ChainRef) -> list[str]:
    """Each rule's counters after the changes: its own, or none counted yet."""
    found = list(marks)
    counted = "[0:0]" if any(found) or not found else ""
    for change in changes:
        if change.where != where:
            continue
        if change.insert:
            found.insert(change.position - 1, counted)
        else:
            del found[change.position - 1]
    return found


def _span(table: Table, name: str) -> tuple[int, int]:
    """The lines of a chain's rules; for an empty chain the place where they would begin."""
    rules = table.chains[name].rules
    if rules:
        return rules[0].slot, rules[-1].slot + 1
    slots = [chain.slot for chain in table.chains.values() if chain.slot is not None]
    place = max(slots, default=0) + 1
    for chain in table.chains.values():
        if chain.name == name:
            break
        if chain.rules:
            place = max(place, chain.rules[-1].slot + 1)
    return place, place


def _renumbered(table: Table, name: str, first: int, texts: Iterable[str]) -> Table:
    chain = table.chains[name]
    rules = tuple(Rule(name, n + 1, text, first + n) for n, text in enumerate(texts))
    return Table(table.name, {**table.chains, name: replace(chain, rules=rules)})


def _shifted(table: Table, end: int, shift: int, but: str) -> Table:
    """The table with every line from `end` on moved, those of one chain apart."""
    chains = {}
    for name, chain in table.chains.items():
        if name == but or not chain.rules or chain.rules[-1].slot < end:
            chains[name] = chain
        else:
            rules = tuple(
                rule._replace(slot=rule.slot + shift) if rule.slot >= end else rule
                for rule in chain.rules
            )
            chains[name] = replace(chain, rules=rules)
    return Table(table.name, chains)


def _all_shifted(table: Table, moved: Iterable[tuple[int, int]]) -> Table:
    for end, shift in moved:
        if shift:
            table = _shifted(table, end, shift, "")
            chains = {
                name: replace(chain, slot=chain.slot + shift)
                if chain.slot is not None and chain.slot >= end
                else chain
                for name, chain in table.chains.items()
            }
            table = Table(table.name, chains)
    return table


def ready_to_edit(world: World, cuts: Iterable[AddressSet]) -> World:
    """The same world with addresses also cut by `cuts`: itself where they are cut already."""
    listed = tuple(cuts)
    sides = {family: cut_further(side, listed) for family, side in world.sides.items()}
    if all(sides[family] is side for family, side in world.sides.items()):
        return world
    return replace(world, sides=sides, outings={})


def with_new_sets(world: World, sets: Collection[SetChange]) -> World:
    """The world once sets are made that no rule asks yet."""
    snapshot = edited_snapshot(world.snapshot, (), sets)
    sides = {family: with_sets(side, snapshot.ipsets or ()) for family, side in world.sides.items()}
    return replace(world, snapshot=snapshot, sides=sides, outings={}, shelf={})


def cuts_of(texts: Iterable[str], family: Family) -> tuple[AddressSet, ...]:
    """The addresses that rules compare with, to cut by."""
    found = []
    for text in texts:
        for match in parse_spec(text, family).matches:
            if isinstance(match, AddressMatch):
                found.append(AddressSet(family, match.numbers))
            elif isinstance(match, ConntrackMatch):
                found += [AddressSet(family, each.numbers) for each in match.addresses]
    return tuple(found)


def edited_world(
    world: World, changes: Collection[Change], sets: Collection[SetChange] = ()
) -> World:
    """The world after the changes; its addresses must already be cut by the new rules."""
    snapshot = edited_snapshot(world.snapshot, changes, sets)
    if is_felt_elsewhere(changes, sets):
        lan = [text for each in world.lan.values() for text in each.cidrs()]
        return build_world(snapshot, lan, _all_cuts(changes))
    sides = dict(world.sides)
    chains = tuple(dict.fromkeys(each.where for each in changes))
    for where in chains:
        sides[where.family] = _edited_side(sides[where.family], snapshot, where)
    edited = replace(world, snapshot=snapshot, sides=sides, outings={})
    if all(is_forwarding((world, edited), where) for where in chains):
        return edited  # what the host itself sends or gets is never forwarded
    return replace(edited, memo={}, departures={})


def is_felt_elsewhere(changes: Iterable[Change], sets: Collection[SetChange]) -> bool:
    """Whether rules that never meet a changed one's packets may match others than before."""
    return bool(sets) or any(alters(parse_spec(each.text, each.where.family)) for each in changes)


def _all_cuts(changes: Iterable[Change]) -> list[AddressSet]:
    return [cut for each in changes for cut in cuts_of([each.text], each.where.family)]


def _edited_side(side: Side, snapshot: Snapshot, where: ChainRef) -> Side:
    key = (where.variant, "filter")
    old = side.tables[key]
    chain = snapshot.rules[where.variant, where.family].ruleset.tables["filter"].chains[where.chain]
    compiled = compile_again(old.chains[where.chain], chain)
    table = CompiledTable(old.key, {**old.chains, where.chain: compiled})
    tables = {**side.tables, key: table}
    return replace(side, tables=tables, bases=_rebased(side, old, table))


def _rebased(
    side: Side, old: CompiledTable, new: CompiledTable
) -> Mapping[tuple[str, str], tuple[Base, ...]]:
    return {
        place: tuple(
            Base(new, new.chains[base.chain.chain.name]) if base.table is old else base
            for base in bases
        )
        for place, bases in side.bases.items()
    }
