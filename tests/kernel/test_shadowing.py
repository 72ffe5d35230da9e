"""Rules called dead count no packet; every other rule's witness moves its counter."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.kernel.packet import Packet
from tests.kernel.play import play
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
from tests.kernel.verdicts import open_world
from tests.kernel.worlds import World as Ground
from tests.kernel.worlds import Worlds

from dockerwall.analysis.compiled import CompiledTable
from dockerwall.analysis.findings.shadowing.conversation import Conversation
from dockerwall.analysis.findings.shadowing.judging import Judged
from dockerwall.analysis.findings.shadowing.witness import Standing, witnesses
from dockerwall.analysis.routing import LINK_LOCAL_6
from dockerwall.analysis.world import World
from dockerwall.model.kinds import Family
from dockerwall.model.kinds import Variant as Kind
from dockerwall.model.network import Listener

pytestmark = pytest.mark.kernel
SETS = 8
"""Random tables for each variant and family."""
PROBES = 3000


@dataclass
class Tally:
    """What was seen."""

    standings: Counter[Standing] = field(default_factory=Counter)
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
    print(f"\n{variant} IPv{version}: {dict(tally.standings)}")
    assert tally.wrong == []
    assert tally.standings[Standing.DEAD] > SETS
    assert tally.standings[Standing.WITNESSED] > 15 * SETS
    left = tally.standings[Standing.UNFOUND] + tally.standings[Standing.UNDECIDABLE]
    assert left * 25 < tally.standings[Standing.WITNESSED]


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("variant", VARIANTS)
def test_each_witness_moves_the_counter_of_its_own_rule(
    worlds: Worlds, variant: Variant, version: int, tmp_path: Path
) -> None:
    with worlds.kept(variant) as ground:
        table, world = loaded(ground, variant, version, 999, tmp_path)
        for witness in witnesses(world, table):
            if witness.talk is None or link_local(witness.talk):
                continue
            before = counters(ground, variant, version)
            play(ground.prober, witness.talk)
            place = place_of(witness.judged, variant, version)
            assert place in moved(before, counters(ground, variant, version)), witness.talk


def judge_one(
    ground: Ground, variant: Variant, version: int, seed: int, folder: Path, tally: Tally
) -> None:
    """One random table: every rule judged, every probe and witness sent."""
    table, world = loaded(ground, variant, version, seed, folder)
    found = witnesses(world, table)
    before = counters(ground, variant, version)
    ground.prober.probe(probes(seed, version))
    for talk in dict.fromkeys(each.talk for each in found if each.talk is not None):
        play(ground.prober, talk)
    counted = moved(before, counters(ground, variant, version))
    for each in found:
        tally.standings[each.standing] += 1
        place = place_of(each.judged, variant, version)
        text = f"seed {seed}: {each.judged.entry.rule.rule.text} ({each.standing.value})"
        if each.standing is Standing.WITNESSED:
            if place not in counted:
                tally.wrong.append(f"{text}: {each.talk} moved nothing")
        elif place in counted and each.standing in (Standing.DEAD, Standing.FOREIGN):
            tally.wrong.append(f"{text} counted {counted.get(place)} by {each.talk}")
    ground.topology.restore_sysctls()


def link_local(talk: Conversation) -> bool:
    """Whether the host would answer a link-local address, which the raw socket cannot."""
    return talk.family is Family.IPV6 and talk.src in LINK_LOCAL_6


class Everyone(Mapping[tuple[str, int], tuple[Listener, ...]]):
    """A process on every port: the prober answers whatever reaches the host."""

    def __getitem__(self, key: tuple[str, int]) -> tuple[Listener, ...]:
        """One that listens on every address."""
        return (Listener(key[0], "*", key[1], None, ()),)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """They are never gone through."""
        return iter(())

    def __len__(self) -> int:
        """One for each port."""
        return 65536


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
    world = replace(world, listeners=(), listening=Everyone())
    return world.sides[family].tables[Kind(variant), "filter"], world


def counters(ground: Ground, variant: Variant, version: int) -> dict[RulePlace, int]:
    """Counters of one variant and family."""
    return parse_counters(save_rules(ground.topology, variant, version), variant, version)


def place_of(judged: Judged, variant: Variant, version: int) -> RulePlace:
    """The rule by the names of the kernel tier."""
    rule = judged.entry.rule.rule
    return RulePlace(variant, version, "filter", rule.chain, rule.number)


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
