"""Plans that change ipsets: entries added and deleted, a set created."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dockerwall.analysis.ipsets import addresses_named, resolve_sets
from dockerwall.analysis.world import World
from dockerwall.editing.edited import edited_sets
from dockerwall.editing.intents import OfSet, SetAdd, UseSet
from dockerwall.editing.parts import Part
from dockerwall.editing.plan import Objection
from dockerwall.editing.setchange import SetChange
from dockerwall.editing.setmembers import NoMemberError, members
from dockerwall.model.addresses import AddressSet
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family


def set_part(world: World, intent: OfSet) -> Part:
    """What the intent changes in a set: each member the kernel stores is a change of its own."""
    there = set_named(world, intent.name)
    if there is None:
        return _refused("no-set", f"There is no ipset {intent.name} on this host.")
    held = {each.split(" ")[0]: each for each in there.entries}
    try:
        wanted = _wanted(world, intent.entry, there, held)
    except NoMemberError as problem:
        return _refused("no-entry", str(problem))
    if isinstance(intent, SetAdd):
        return _added(there, wanted, held)
    sets = tuple(SetChange("del", there.name, held[each]) for each in wanted if each in held)
    return Part(None, reasons=_left_out(wanted, sets, "no members"), sets=sets, done=not sets)


def _wanted(world: World, entry: str, there: IpSet, held: Mapping[str, str]) -> tuple[str, ...]:
    """The members an entry comes to; NoMemberError where that cannot be told."""
    if entry in held:
        return (entry,)
    if there.type != "list:set":
        return members(entry, there)
    member = set_named(world, entry)
    if member is None or member.type == there.type:
        raise NoMemberError(
            f"{entry!r} cannot be in {there.name}, a set of sets: write the name of a set on this "
            "host that is none of sets itself."
        )
    return (entry,)


def _added(there: IpSet, wanted: tuple[str, ...], held: Mapping[str, str]) -> Part:
    excepted = next((each for each in wanted if _is_exception(held.get(each, ""))), None)
    if excepted is not None:
        return _refused(
            "exception",
            f"{excepted} is in {there.name} as an exception (nomatch): delete it from the set "
            "first, and add it then.",
        )
    sets = tuple(SetChange("add", there.name, each) for each in wanted if each not in held)
    return Part(None, reasons=_left_out(wanted, sets, "members already"), sets=sets, done=not sets)


def _left_out(wanted: tuple[str, ...], sets: tuple[SetChange, ...], are: str) -> tuple[str, ...]:
    """What is said of members with which nothing is to be done."""
    left = len(wanted) - len(sets)
    return (f"{left} of the {len(wanted)} are {are}, and left as they are.",) if left else ()


def _is_exception(entry: str) -> bool:
    return "nomatch" in entry.partition(" comment ")[0].split(" ")


def creation(world: World, intent: UseSet) -> tuple[SetChange, ...]:
    """What creates the set, where that is wished and there is none."""
    if not intent.create or set_named(world, intent.name) is not None:
        return ()
    family = "inet" if intent.family is Family.IPV4 else "inet6"
    return (SetChange("create", intent.name, f"hash:net family {family}"),)


def set_named(world: World, name: str) -> IpSet | None:
    """A set of the host; None when there is none, or sets were not read."""
    return next((each for each in world.snapshot.ipsets or () if each.name == name), None)


def cuts_of_sets(world: World, changes: Iterable[SetChange]) -> tuple[AddressSet, ...]:
    """The addresses in the changed sets, before and after, to cut by."""
    listed = tuple(changes)
    names = {each.name for each in listed}
    before = [each for each in world.snapshot.ipsets or () if each.name in names]
    return tuple(
        AddressSet(family, numbers)
        for sets in ((before, edited_sets(before, listed)) if listed else ())
        for family in Family
        for numbers in addresses_named(resolve_sets(tuple(sets)), family)
    )


def _refused(id: str, sentence: str) -> Part:
    return Part(None, objections=(Objection(id, sentence, True),))
