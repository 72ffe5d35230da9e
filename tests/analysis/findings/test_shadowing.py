"""Dead rules are dead and living ones live, as the walk through the tables says of packets."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.analysis.findings.typed import about, after, findings, recorded
from tests.kernel.random_rules.shadows import Shadows, destinations

from dockerwall.analysis.findings import Finding
from dockerwall.analysis.findings.shadowing.conversation import met as follow_talk
from dockerwall.analysis.findings.shadowing.judging import Judged, Life, judge_table
from dockerwall.analysis.findings.shadowing.witness import Standing, place_of, witnesses
from dockerwall.analysis.hits import told_apart
from dockerwall.analysis.journey import Query, follow
from dockerwall.analysis.world import World, build_world
from dockerwall.grammar.save import parse_save
from dockerwall.model.addresses import parse_address
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family, Variant

DEAD = (Life.SHADOWED, Life.UNREACHABLE, Life.IMPOSSIBLE, Life.UNUSED)
INTERFACES = ("eth0", "eth1", "docker0")


def world_with(filter_table: str) -> World:
    """A recorded host with other filter rules and nothing else."""
    host = recorded("docker-28")
    saved = parse_save(filter_table, Variant.NFT, Family.IPV4)
    shadows = IpSet("shadows", "hash:net", (("family", "inet"),), ("198.51.100.0/24", "10.0.0.0/9"))
    return build_world(
        replace(host, rules={(Variant.NFT, Family.IPV4): saved}, ipsets=(shadows,), docker=None)
    )


def judged(world: World) -> dict[tuple[str, int], Judged]:
    table = world.sides[Family.IPV4].tables[Variant.NFT, "filter"]
    return {(j.row.name, j.entry.rule.rule.number): j for j in judge_table(table, world)}


def met(
    world: World, iif: str, dst: str, proto: int, sport: int, dport: int
) -> set[tuple[str, int]]:
    """Every rule that a first packet from any of many sources meets."""
    query = Query(Family.IPV4, iif, parse_address(dst)[1], proto, dport, sport)
    return {
        (hit.chain, hit.rule.number)
        for hit in told_apart(follow(world, query).hits)
        if hit.rule is not None and hit.key.table == "filter"
    }


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_no_packet_meets_a_dead_rule(seed: int) -> None:
    world = world_with(Shadows(seed, 4).text())
    found = judged(world)
    chance = random.Random(seed)
    seen: set[tuple[str, int]] = set()
    for _ in range(60):
        to = chance.choice((*destinations(4), "172.30.0.2", "192.168.7.9"))
        port = chance.choice((0, 1, 79, 80, 81, 443, 1023, 1024, 65535))
        sport = chance.choice((1023, 40000, 50001))
        seen |= met(world, chance.choice(INTERFACES), to, chance.choice((6, 17)), sport, port)
    assert [place for place in seen if found[place].life in DEAD] == []


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_a_witness_comes_to_its_rule(seed: int) -> None:
    world = world_with(Shadows(seed, 4).text())
    lives = judged(world)
    table = world.sides[Family.IPV4].tables[Variant.NFT, "filter"]
    for witness in witnesses(world, table):
        rule = witness.judged.entry.rule.rule
        alive = lives[rule.chain, rule.number].life is Life.ALIVE
        assert alive is (witness.standing is not Standing.DEAD)
        if witness.talk is not None:
            assert alive
            assert place_of(witness.judged) in follow_talk(world, witness.talk).surely


def lives(*rules: str, chains: tuple[str, ...] = ()) -> list[str]:
    """The life of each rule of a filter table, in the order given."""
    lines = ["*filter", ":INPUT ACCEPT", ":FORWARD DROP", *(f":{name} -" for name in chains)]
    world = world_with("\n".join([*lines, *(f"-A {rule}" for rule in rules), "COMMIT", ""]))
    found = judged(world)
    numbers: dict[str, int] = {}
    ordered = []
    for rule in rules:
        chain = rule.split()[0]
        numbers[chain] = numbers.get(chain, 0) + 1
        ordered.append(found[chain, numbers[chain]].life.value)
    return ordered


CASES: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "two halves cover the whole": (
        ("FORWARD -s 0.0.0.0/1 -j DROP", "FORWARD -s 128.0.0.0/1 -j DROP", "FORWARD -j ACCEPT"),
        ["alive", "alive", "shadowed"],
    ),
    "one address is left": (
        (
            "FORWARD -m iprange --src-range 0.0.0.0-126.255.255.255 -j DROP",
            "FORWARD -m iprange --src-range 127.0.0.1-255.255.255.255 -j DROP",
            "FORWARD -j ACCEPT",
        ),
        ["alive", "alive", "alive"],
    ),
    "ports belong to their protocol": (
        (
            "FORWARD -p tcp -m tcp --dport 80 -j DROP",
            "FORWARD -p udp -m udp --dport 80 -j ACCEPT",
            "FORWARD -p tcp -m multiport --dports 80,443 -j ACCEPT",
            "FORWARD -p tcp -m multiport --dports 80,443 -j DROP",
        ),
        ["alive", "alive", "alive", "shadowed"],
    ),
    "either port, taken apart": (
        (
            "FORWARD -p tcp -m tcp --sport 80 -j DROP",
            "FORWARD -p tcp -m tcp --dport 80 -j DROP",
            "FORWARD -p tcp -m multiport --ports 80 -j ACCEPT",
        ),
        ["alive", "alive", "shadowed"],
    ),
    "a prefix holds what begins so": (
        ("FORWARD -i eth+ -j DROP", "FORWARD -i eth7 -j ACCEPT", "FORWARD -i ens3 -j ACCEPT"),
        ["alive", "shadowed", "alive"],
    ),
    "names do not hold a prefix": (
        ("FORWARD -i eth0 -j DROP", "FORWARD -i eth1 -j DROP", "FORWARD -i eth+ -j ACCEPT"),
        ["alive", "alive", "alive"],
    ),
    "an undecidable rule covers nothing": (
        ("FORWARD -m limit --limit 5/s -j DROP", "FORWARD -m limit --limit 5/s -j DROP"),
        ["alive", "alive"],
    ),
    "an undecidable rule can be covered": (
        ("FORWARD -i eth0 -j DROP", "FORWARD -i eth0 -m limit --limit 5/s -j ACCEPT"),
        ["alive", "shadowed"],
    ),
    "a new packet's original addresses are its own": (
        (
            "FORWARD -s 10.0.0.1 -j DROP",
            "FORWARD -m conntrack --ctstate NEW --ctorigsrc 10.0.0.1 -j ACCEPT",
            "FORWARD -m conntrack --ctorigsrc 10.0.0.1 -j ACCEPT",
        ),
        ["alive", "shadowed", "alive"],
    ),
    "the original destination is another after DNAT": (
        (
            "FORWARD -d 172.30.0.2 -j DROP",
            "FORWARD -m conntrack --ctorigdst 172.30.0.2 -j ACCEPT",
        ),
        ["alive", "alive"],
    ),
    "states": (
        (
            "FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
            "FORWARD -m conntrack --ctstate INVALID,UNTRACKED -j DROP",
            "FORWARD -m state --state NEW -j ACCEPT",
            "FORWARD -j DROP",
        ),
        ["alive", "alive", "alive", "shadowed"],
    ),
    "without an entry the other options are not looked at": (
        (
            "FORWARD -m conntrack --ctstate INVALID --ctorigdstport 80 -j DROP",
            "FORWARD -m conntrack --ctstate INVALID -j ACCEPT",
        ),
        ["alive", "shadowed"],
    ),
    "a set by what it holds": (
        (
            "FORWARD -m set --match-set shadows src -j DROP",
            "FORWARD -s 198.51.100.7 -j ACCEPT",
            "FORWARD -s 198.51.0.0/16 -j ACCEPT",
        ),
        ["alive", "shadowed", "alive"],
    ),
    "a mark that is set in between": (
        (
            "FORWARD -m mark --mark 0x1 -j DROP",
            "FORWARD -p tcp -j MARK --set-xmark 0x1/0xffffffff",
            "FORWARD -m mark --mark 0x1 -j ACCEPT",
            "FORWARD -m mark --mark 0x1 -j DROP",
        ),
        ["alive", "alive", "alive", "shadowed"],
    ),
    "only counting takes nothing": (
        ("FORWARD -s 10.0.0.1", "FORWARD -s 10.0.0.1 -j LOG", "FORWARD -s 10.0.0.1 -j DROP"),
        ["alive", "alive", "alive"],
    ),
    "the other hook's rules are others": (
        ("INPUT -j DROP", "FORWARD -j ACCEPT", "INPUT -p tcp -j ACCEPT"),
        ["alive", "alive", "shadowed"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_lives_of_rules(name: str) -> None:
    rules, expected = CASES[name]
    assert lives(*rules) == expected


CHAINED: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "a called chain that drops everything": (
        ("one -j LOG", "one -j DROP", "FORWARD -s 10.0.0.0/8 -j one", "FORWARD -s 10.1.0.0/16"),
        ["alive", "alive", "alive", "shadowed"],
    ),
    "a called chain that sends some back": (
        (
            "one -s 10.1.0.0/16 -j RETURN",
            "one -j DROP",
            "FORWARD -s 10.0.0.0/8 -j one",
            "FORWARD -s 10.1.0.0/16 -j ACCEPT",
            "FORWARD -s 10.2.0.0/16 -j ACCEPT",
        ),
        ["alive", "alive", "alive", "alive", "shadowed"],
    ),
    "goto never comes back here": (
        ("one -p tcp -j DROP", "FORWARD -s 10.0.0.0/8 -g one", "FORWARD -s 10.0.0.0/9 -j ACCEPT"),
        ["alive", "alive", "shadowed"],
    ),
    "a chain only some packets are sent to": (
        ("FORWARD -p udp -j one", "one -p tcp -j DROP", "one -p udp -j DROP"),
        ["alive", "unreachable", "alive"],
    ),
    "what is taken before the jump": (
        ("FORWARD -i eth0 -j DROP", "FORWARD -j one", "one -i eth0 -j ACCEPT", "one -j DROP"),
        ["alive", "alive", "unreachable", "alive"],
    ),
    "another way to the same chain": (
        (
            "INPUT -j one", "FORWARD -i eth0 -j DROP", "FORWARD -j one",
            "one -i eth0 -j ACCEPT",
        ),
        ["alive", "alive", "alive", "alive"],
    ),
    "a chain nothing leads to": (("one -j DROP", "FORWARD -j DROP"), ["unused", "alive"]),
    "a chain only a dead rule leads to": (
        ("FORWARD -j DROP", "FORWARD -p tcp -j one", "one -j ACCEPT"),
        ["alive", "shadowed", "unused"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHAINED)
def test_lives_of_rules_in_chains(name: str) -> None:
    rules, expected = CHAINED[name]
    assert lives(*rules, chains=("one",)) == expected


def shadowed(*rules: str) -> list[Finding]:
    """The findings on rules appended to an empty DOCKER-USER."""
    found = findings(after("docker-28", *(f"iptables -A DOCKER-USER {rule}" for rule in rules)))
    return about(found, "shadowed-rule")


def numbers(finding: Finding) -> list[int | None]:
    return [ref.number for ref in finding.others]


def test_the_fewest_covering_rules_are_named() -> None:
    found = shadowed(
        "-s 203.0.113.0/25 -j DROP",
        "-s 198.51.100.0/24 -j DROP",
        "-s 203.0.113.128/25 -j DROP",
        "-s 203.0.113.64/26 -j DROP",
        "-s 203.0.113.0/24 -p tcp -j RETURN",
    )
    covered = next(each for each in found if each.rule and each.rule.number == 5)
    assert numbers(covered) == [1, 3]


def test_one_that_acts_otherwise_is_always_named() -> None:
    found = shadowed(
        "-s 203.0.113.9 -p tcp -j RETURN",
        "-s 203.0.113.0/24 -j DROP",
        "-s 203.0.113.9 -j DROP",
    )
    assert [numbers(each) for each in found] == [[2, 1]]


def test_of_rules_that_cover_alike_the_one_that_acts_otherwise_is_named() -> None:
    found = shadowed(
        "-s 203.0.113.0/24 -p tcp -j DROP",
        "-s 203.0.113.9 -p tcp -j RETURN",
        "-p tcp -s 203.0.113.9 -j RETURN",
    )
    assert [numbers(each) for each in found] == [[1], [1]]


def test_two_negated_ports_cover_nothing() -> None:
    """What iptables-nft made of them cannot be told from the text."""
    ports = "! --sport 40000 ! --dport 443"
    rules = (f"FORWARD -p tcp -m tcp {ports} -j DROP", f"FORWARD -p tcp -m tcp {ports} -j ACCEPT")
    assert lives(*rules) == ["alive", "alive"]
