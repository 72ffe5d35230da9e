"""Plans that change ipsets: entries added and deleted, a set created."""

from __future__ import annotations

import ipaddress

from dockerwall.analysis.world import World
from dockerwall.editing.intents import OfSet, SetAdd, UseSet
from dockerwall.editing.parts import Part
from dockerwall.editing.plan import Objection
from dockerwall.editing.setchange import SetChange
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family


def set_part(world: World, intent: OfSet) -> Part:
    """What the intent changes in a set."""
    there = set_named(world, intent.name)
    if there is None:
        return _refused("no-set", f"There is no ipset {intent.name} on this host.")
    try:
        entry = canonical(intent.entry, there)
    except ValueError:
        return _refused("no-entry", f"{intent.entry!r} is no entry for a set of {there.type}.")
    held = {each.split(" ")[0] for each in there.entries}
    adding = isinstance(intent, SetAdd)
    if (entry.split(" ")[0] in held) is adding:
        return Part(None, done=True)
    full = next((e for e in there.entries if e.split(" ")[0] == entry.split(" ")[0]), entry)
    change = SetChange("add", there.name, entry) if adding else SetChange("del", there.name, full)
    return Part(None, sets=(change,))


def creation(world: World, intent: UseSet) -> tuple[SetChange, ...]:
    """What creates the set, where that is wished and there is none."""
    if not intent.create or set_named(world, intent.name) is not None:
        return ()
    family = "inet" if intent.family is Family.IPV4 else "inet6"
    return (SetChange("create", intent.name, f"hash:net family {family}"),)


def set_named(world: World, name: str) -> IpSet | None:
    """A set of the host; None when there is none, or sets were not read."""
    return next((each for each in world.snapshot.ipsets or () if each.name == name), None)


def canonical(entry: str, there: IpSet) -> str:
    """An entry as `ipset save` prints it; ValueError when it is none for the set."""
    words = entry.split()
    kinds = there.type.partition(":")[2].split(",")
    values = words[0].split(",") if words else []
    if len(values) != len(kinds):
        raise ValueError(entry)
    version = 6 if there.option("family") == "inet6" else 4
    printed = [_value(value, kind, version) for value, kind in zip(values, kinds, strict=True)]
    return " ".join([",".join(printed), *words[1:]])


def _value(value: str, kind: str, version: int) -> str:
    if kind not in ("ip", "net"):
        return value
    if "-" in value:
        parts = [ipaddress.ip_address(part) for part in value.split("-", 1)]
        if any(part.version != version for part in parts):
            raise ValueError(value)
        return value
    network = ipaddress.ip_network(value, strict=False)
    if network.version != version:
        raise ValueError(value)
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def _refused(id: str, sentence: str) -> Part:
    return Part(None, objections=(Objection(id, sentence, True),))
