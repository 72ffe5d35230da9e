"""Runs a case and tells, probe by probe, what the kernel did."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.kernel.case import Case, Probe
from tests.kernel.rules import (
    RulePlace,
    Variant,
    load_ipsets,
    load_rules,
    moved,
    parse_counters,
    save_rules,
)
from tests.kernel.topology import Topology
from tests.kernel.worlds import World, Worlds


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of one probe of a case, and the rules that counted it."""

    probe: Probe
    ended: str
    hits: frozenset[str]

    @property
    def complaint(self) -> str:
        """How this differs from what the case says; empty where it does not."""
        said = self.probe
        wrong = []
        if said.expected not in ("any", self.ended):
            wrong.append(f"ended {self.ended!r}, the case says {said.expected!r}")
        if said.hits is not None and frozenset(said.hits) != self.hits:
            wrong.append(f"counted by {sorted(self.hits)}, the case says {sorted(said.hits)}")
        return f"{said.packet}: {'; '.join(wrong)}" if wrong else ""


def run_case(worlds: Worlds, case: Case, variant: Variant) -> list[Measured]:
    """Load the case into a topology and send its packets."""
    with world_for(worlds, case, variant) as world:
        loaded = prepare(world.topology, case, variant)
        if case.dialogue:
            return _follow(world, case, loaded)
        return [_one(world, case, probe, loaded) for probe in case.probes]


def world_for(worlds: Worlds, case: Case, variant: Variant) -> AbstractContextManager[World]:
    """A fresh topology where the order of loading, routes or tracking matter, else a kept one."""
    if case.other or case.commands or not case.tracking:
        return worlds.fresh(case.tracking)
    return worlds.kept(variant)


def prepare(topology: Topology, case: Case, variant: Variant) -> tuple[Variant, ...]:
    """Load sets, sysctls, routes and rules; tell which variants hold rules."""
    load_ipsets(topology, case.ipsets)
    topology.set_sysctls(dict(case.sysctls))
    if case.commands:
        topology.host.ip(*case.commands, version=case.version)
    load_rules(topology, variant, case.version, case.rules)
    if not case.other:
        return (variant,)
    second: Variant = "legacy" if variant == "nft" else "nft"
    load_rules(topology, second, case.version, case.other)
    return (variant, second)


def _counters(
    topology: Topology, variants: tuple[Variant, ...], version: int
) -> dict[RulePlace, int]:
    """Counters of the variants that hold rules."""
    found: dict[RulePlace, int] = {}
    for variant in variants:
        text = save_rules(topology, variant, version)
        found |= parse_counters(text, variant, version)
    return found


def named(places: dict[RulePlace, int], both: bool, chain: str) -> frozenset[str]:
    """The rules among places, by the names that cases use; of one chain where it is given."""
    names = (str(place) if both else place.name for place in places if place.rule)
    return frozenset(name for name in names if name.startswith(f"{chain} " if chain else ""))


def _one(world: World, case: Case, probe: Probe, loaded: tuple[Variant, ...]) -> Measured:
    """Send one packet as a connection of its own."""
    before = _counters(world.topology, loaded, case.version)
    outcome = world.prober.probe([probe.packet])[0]
    after = _counters(world.topology, loaded, case.version)
    return Measured(probe, outcome.short, named(moved(before, after), len(loaded) > 1, case.chain))


def _follow(world: World, case: Case, loaded: tuple[Variant, ...]) -> list[Measured]:
    """Send the packets as one dialogue; counters are read between them."""
    found = []
    for probe in case.probes:
        before = _counters(world.topology, loaded, case.version)
        outcome = world.prober.exchange([probe.packet])[0][0]
        after = _counters(world.topology, loaded, case.version)
        found.append(
            Measured(probe, outcome.short, named(moved(before, after), len(loaded) > 1, case.chain))
        )
    world.prober.forget()
    return found
