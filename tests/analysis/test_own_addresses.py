"""The host's own addresses are judged together only where nothing tells them apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.present.recorded import snapshot_of

from dockerwall.analysis.audit import audit
from dockerwall.analysis.world import World, build_world
from dockerwall.grammar.save import format_save, parse_save
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.network import PolicyRule

V6 = Family.IPV6
CLOSED, OPEN = "2001:db8::1", "fd00:7::1"


def let_in(world: World, to: str) -> AddressSet:
    """Who surely gets to docker-proxy's port 8080 at an address, by eth0."""
    found = AddressSet.nothing(V6)
    for exposure in audit(world):
        if (exposure.offer.family, exposure.offer.host_port) == (V6, 8080):
            for reach in exposure.reach:
                if reach.iif == "eth0" and to in reach.to:
                    found = found | reach.accept
    return found


@pytest.mark.parametrize("closed", [CLOSED, OPEN])
@pytest.mark.parametrize(
    "lines",
    [
        ["-A OUTPUT -s {}/128 -j DROP"],
        [":MINE - [0:0]", "-A MINE -s {}/128 -j DROP", "-A OUTPUT -p tcp -j MINE"],
    ],
)
def test_a_rule_for_what_is_answered(lines: list[str], closed: str) -> None:
    snapshot = snapshot_of("docker-28")
    text = format_save(snapshot.rules[Variant.NFT, V6]).split("\n")
    head = text.index("*filter") + 1
    rules = next(n for n in range(head, len(text)) if not text[n].startswith(":"))
    text[rules:rules] = [f"[0:0] {each.format(closed)}" for each in lines if each[0] != ":"]
    text[head:head] = [each for each in lines if each[0] == ":"]
    saved = parse_save("\n".join(text), Variant.NFT, V6)
    world = build_world(replace(snapshot, rules={**snapshot.rules, (Variant.NFT, V6): saved}))
    assert not let_in(world, closed)
    assert let_in(world, OPEN if closed == CLOSED else CLOSED)


@pytest.mark.parametrize("closed", [CLOSED, OPEN])
def test_a_route_for_what_is_answered(closed: str) -> None:
    snapshot = snapshot_of("docker-28")
    rule = PolicyRule(V6, 100, closed, "all", "", "blackhole")
    policies = (*(snapshot.policy_rules or ()), rule)
    if not any(each.family is V6 for each in snapshot.policy_rules or ()):
        tables = ((0, "local"), (32766, "main"))
        policies += tuple(PolicyRule(V6, n, "all", "all", name, "lookup") for n, name in tables)
    world = build_world(replace(snapshot, policy_rules=policies))
    assert not let_in(world, closed)
    assert let_in(world, OPEN if closed == CLOSED else CLOSED)
