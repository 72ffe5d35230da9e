"""Rules called dead count no packet; every other rule's witness moves its counter."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.kernel.packet import PROTOCOL_NAMES, Packet
from tests.kernel.random_rules.shadows import (
    LINKS,
    PORTS,
    Shadows,
    destinations,
    ipsets,
    sources,
)
from tests.kernel.rules import (
    VARIANTS,
    RulePlace,
    Variant,
    load_ipsets,
    load_rules,
    moved,
    parse_counters,
    save_rules,
)
from tests.kernel.snapshot import Recorder
from tests.kernel.topology import WIRES
from tests.kernel.verdicts import open_world
from tests.kernel.worlds import World as Ground
from tests.kernel.worlds import Worlds

from dockerwall.analysis.compiled import CompiledTable
from dockerwall.analysis.findings.shadowing.judging import Judged, Life, judge_table
from dockerwall.analysis.findings.shadowing.witness import Witness, witnesses
from dockerwall.analysis.world import World
from dockerwall.model.addresses import format_address
from dockerwall.model.kinds import Family
from dockerwall.model.kinds import Variant as Kind

pytestmark = pytest.mark.kernel
SETS = 10
"""Random tables for each variant and family."""
PROBES = 3000
DEAD = (Life.SHADOWED, Life.UNREACHABLE, Life.IMPOSSIBLE, Life.UNUSED)


@dataclass
class Tally:
    """What was seen."""

    lives: Counter[Life] = field(default_factory=Counter)
    witnessed: int = 0
    unwitnessed: int = 0
    wrong: list[str] = field(default_factory=list)


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("variant", VARIANTS)
def test_dead_rules_count_nothing_and_witnesses_count(
    worlds: Worlds, variant: Variant, version: int, tmp_path: Path
) -> None:
    tally = Tally()
    with worlds.kept(variant) as ground:
        for seed in range(SETS):
            judge_one(ground, variant, version, seed, tmp_path, tally)
    assert tally.wrong == []
    assert tally.lives[Life.SHADOWED] + tally.lives[Life.UNREACHABLE] > SETS
    assert tally.witnessed > 10 * SETS
    assert tally.witnessed > tally.unwitnessed


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_witness_moves_the_counter_of_its_own_rule(
    worlds: Worlds, variant: Variant, tmp_path: Path
) -> None:
    with worlds.kept(variant) as ground:
        table, world = loaded(ground, variant, 4, 999, tmp_path)
        for witness in witnesses(world, table):
            before = counters(ground, variant, 4)
            ground.prober.probe([packet_of(witness)])
            assert place_of(witness.judged, variant, 4) in moved(
                before, counters(ground, variant, 4)
            )


def judge_one(
    ground: Ground, variant: Variant, version: int, seed: int, folder: Path, tally: Tally
) -> None:
    """One random table: every rule judged, every probe and witness sent."""
    table, world = loaded(ground, variant, version, seed, folder)
    judged = judge_table(table, world)
    found = {place_of(w.judged, variant, version): w for w in witnesses(world, table)}
    before = counters(ground, variant, version)
    ground.prober.probe([*(packet_of(w) for w in found.values()), *probes(seed, version)])
    counted = moved(before, counters(ground, variant, version))
    for each in judged:
        tally.lives[each.life] += 1
        place = place_of(each, variant, version)
        text = f"seed {seed}: {each.entry.rule.rule.text} ({each.life})"
        if each.life in DEAD:
            if place in counted or place in found:
                tally.wrong.append(f"{text} counted {counted.get(place)}")
        elif place in found:
            tally.witnessed += 1
            if place not in counted:
                tally.wrong.append(f"{text}: its witness {packet_of(found[place])} moved nothing")
        else:
            tally.unwitnessed += 1
            if place in counted:
                tally.wrong.append(f"{text} counted {counted[place]} and has no witness")
    ground.topology.restore_sysctls()


def loaded(
    ground: Ground, variant: Variant, version: int, seed: int, folder: Path
) -> tuple[CompiledTable, World]:
    """A random table in the kernel, and the same as the program reads it."""
    text = Shadows(seed, version).text()
    existing = ground.topology.host.run(["ipset", "list", "-n"]).split()
    if "shadows" not in existing:
        load_ipsets(ground.topology, ipsets(version))
    load_rules(ground.topology, variant, version, text)
    world = open_world(Recorder(ground.topology).record(folder))
    family = Family.IPV4 if version == 4 else Family.IPV6
    return world.sides[family].tables[Kind(variant), "filter"], world


def counters(ground: Ground, variant: Variant, version: int) -> dict[RulePlace, int]:
    """Counters of one variant and family."""
    return parse_counters(save_rules(ground.topology, variant, version), variant, version)


def place_of(judged: Judged, variant: Variant, version: int) -> RulePlace:
    """The rule by the names of the kernel tier."""
    rule = judged.entry.rule.rule
    return RulePlace(variant, version, "filter", rule.chain, rule.number)


def packet_of(witness: Witness) -> Packet:
    """The witness as a packet to be sent."""
    probe = witness.probe
    link = next(wire for wire, interface in WIRES.items() if interface == probe.iif)
    return Packet(
        link,
        format_address(probe.family, probe.src),
        format_address(probe.family, probe.dst),
        PROTOCOL_NAMES[probe.proto],
        40000 if probe.sport is None else probe.sport,
        probe.dport if probe.proto in (6, 17) else 0,
    )


def probes(seed: int, version: int) -> list[Packet]:
    """Packets at the edges of every constant."""
    chance = random.Random(f"probes:{seed}:{version}")
    froms, tos = sources(version), destinations(version)
    return [
        Packet(
            chance.choice(LINKS),
            chance.choice(froms),
            chance.choice(tos),
            chance.choice(("tcp", "tcp", "udp", "icmp" if version == 4 else "icmpv6")),
            chance.choice((1023, 1024, 40000, 50001)),
            chance.choice(PORTS),
        )
        for _ in range(PROBES)
    ]
