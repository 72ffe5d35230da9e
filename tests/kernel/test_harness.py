"""The harness itself: nothing is lost, nothing is mixed up, nothing stays behind."""

from __future__ import annotations

import random
import subprocess
from dataclasses import replace

import pytest
from tests.kernel.case import APP, HOST, WEB, packet
from tests.kernel.conversation import converse
from tests.kernel.outcome import Outcome
from tests.kernel.packet import Packet
from tests.kernel.prober import waves
from tests.kernel.random_rules.tables import random_rules
from tests.kernel.rules import (
    VARIANTS,
    RulePlace,
    Variant,
    load_ipsets,
    load_rules,
    read_counters,
)
from tests.kernel.topology import build, can_build
from tests.kernel.worlds import Worlds

pytestmark = pytest.mark.kernel


def _strangers(count: int, dst: str) -> list[Packet]:
    """Packets of so many different clients."""
    chance = random.Random(count)
    return [
        packet(dst, src=f"198.51.{chance.randrange(256)}.{chance.randrange(256)}", sport=1024 + n)
        for n in range(count)
    ]


def test_every_probe_is_seen(worlds: Worlds) -> None:
    """Without rules every packet arrives once, unchanged, wherever it was sent."""
    with worlds.kept("nft") as world:
        for dst, place in ((WEB, "docker0a"), (HOST, "host"), ("8.8.8.8", "eth0")):
            sent = _strangers(6000, dst)
            seen = [replace(each, refusal="") for each in world.prober.probe(sent)]
            assert seen == [Outcome(place, one.src, dst, one.sport, 80, times=1) for one in sent]


def test_counters_add_up(worlds: Worlds) -> None:
    """Each probe is counted exactly once by a rule that takes all, and noise by none."""
    with worlds.kept("nft") as world:
        load_rules(world.topology, "nft", 4, "*raw\n-A PREROUTING\n-A OUTPUT\nCOMMIT\n")
        world.prober.probe(_strangers(3000, HOST))
        counters = read_counters(world.topology)
    assert counters[RulePlace("nft", 4, "raw", "PREROUTING", 1)] == 3000
    assert counters[RulePlace("nft", 4, "raw", "OUTPUT", 1)] == 0


def test_equal_connections_go_in_different_waves() -> None:
    """Two packets of one source and port never share a wave, so no translation can clash."""
    sent = [packet(WEB), packet(HOST), packet(WEB, proto="udp"), packet(APP)]
    assert [sorted(wave) for wave in waves(sent)] == [[0, 2], [1], [3]]


def test_conversations_open(worlds: Worlds) -> None:
    """Without rules every conversation with a container opens; a stateless drop closes them."""
    clients = [*_strangers(300, WEB), packet(proto="udp"), packet(proto="icmp")]
    with worlds.kept("legacy") as world:
        assert all(talk.opened for talk in converse(world.prober, clients))
        closed = "*filter\n-A FORWARD -i docker0 -j DROP\nCOMMIT\n"
        load_rules(world.topology, "legacy", 4, closed)
        talks = converse(world.prober, clients)
    assert {(talk.first.place, talk.opened) for talk in talks} == {("docker0a", False)}


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("variant", VARIANTS)
def test_random_rules_load(worlds: Worlds, variant: Variant, version: int) -> None:
    """What the generator makes is taken by this machine's iptables and ipset."""
    for seed in range(1000, 1015):
        rules = random_rules(seed, version, undecidable=seed % 2 == 0)
        with worlds.kept(variant) as world:
            load_ipsets(world.topology, rules.ipsets)
            load_rules(world.topology, variant, version, rules.text)


def test_random_rules_are_named_by_their_seed() -> None:
    """The same seed gives the same rules, another seed others."""
    assert random_rules(7, 4) == random_rules(7, 4)
    assert random_rules(7, 4).text != random_rules(8, 4).text


def test_nothing_stays_behind() -> None:
    """Removing a topology removes its namespaces."""
    if can_build():
        pytest.skip(can_build())
    topology = build()
    topology.remove()
    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    assert topology.host.name not in left.stdout
    assert topology.beyond.name not in left.stdout
