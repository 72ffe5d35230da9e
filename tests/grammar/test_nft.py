"""Native nft tables: which base chains there are, and what they might do to a packet."""

from __future__ import annotations

import json

import pytest

from dockerwall.grammar.errors import GrammarError
from dockerwall.grammar.nft import hooked_tables, parse_nft
from dockerwall.grammar.save import parse_save
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.nft import NftBaseChain
from dockerwall.model.rules import SavedRules

SAVED = """*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
COMMIT
"""


def chain(family: str, table: str, name: str, **base: object) -> dict[str, object]:
    return {"chain": {"family": family, "table": table, "name": name, "handle": 1, **base}}


def hook(hook: str, prio: int, policy: str = "accept", type_: str = "filter") -> dict[str, object]:
    return {"type": type_, "hook": hook, "prio": prio, "policy": policy}


def rule(chain_name: str, *expr: object, table: str = "t") -> dict[str, object]:
    return {"rule": {"family": "inet", "table": table, "chain": chain_name, "expr": list(expr)}}


def text(*items: object) -> str:
    head = {"metainfo": {"version": "1.0.6", "json_schema_version": 1}}
    return json.dumps({"nftables": [head, *items]})


def saved(content: str = SAVED) -> dict[tuple[Variant, Family], SavedRules]:
    key = (Variant.NFT, Family.IPV4)
    return {key: parse_save(content, *key)}


def judged(*rules: object, policy: str = "accept") -> NftBaseChain:
    base = chain("inet", "t", "c", **hook("forward", 0, policy))
    side = chain("inet", "t", "side")
    (found,) = parse_nft(text(base, side, *rules))
    return found


def test_every_family_and_hook_counts() -> None:
    found = parse_nft(
        text(
            chain("bridge", "b", "fwd", **hook("forward", -200, "drop")),
            chain("netdev", "n", "in", **hook("ingress", -500), dev="eth0"),
            chain("ip6", "docker-bridges", "filter-FORWARD", **hook("forward", 0)),
            chain("ip6", "docker-bridges", "not-a-base"),
        )
    )
    assert [(each.family, each.table, each.hook, each.priority) for each in found] == [
        ("bridge", "b", "forward", -200),
        ("netdev", "n", "ingress", -500),
        ("ip6", "docker-bridges", "forward", 0),
    ]


def test_what_iptables_save_shows_is_left_out() -> None:
    found = parse_nft(
        text(
            chain("ip", "filter", "INPUT", **hook("input", 0)),
            chain("ip", "nat", "PREROUTING", **hook("prerouting", -100, type_="nat")),
            chain("ip", "nat", "POSTROUTING", **hook("postrouting", 100, type_="nat")),
        ),
        saved=saved(),
    )
    assert found == ()


@pytest.mark.parametrize(
    "native",
    [
        chain("ip", "filter", "other", **hook("input", 0)),  # a base chain iptables does not print
        chain("ip", "filter", "INPUT", **hook("input", -10)),  # not where iptables puts it
        chain("ip", "filter", "INPUT", **hook("forward", 0)),
        chain("ip", "raw", "PREROUTING", **hook("prerouting", -300)),  # not in the save text
        chain("ip6", "filter", "INPUT", **hook("input", 0)),  # no save text of that family
        chain("inet", "filter", "INPUT", **hook("input", 0)),
    ],
)
def test_whatever_is_not_surely_iptables_own_is_kept(native: object) -> None:
    assert len(parse_nft(text(native), saved=saved())) == 1


COUNTER = {"counter": {"packets": 0, "bytes": 0}}
MATCH = {"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "eth0"}}


def test_a_chain_that_only_counts_and_accepts_is_harmless() -> None:
    found = judged(rule("c", MATCH, COUNTER, {"log": {"prefix": "x"}}, {"accept": None}))
    assert (found.can_drop, found.can_rewrite, found.rules) == (False, False, 1)


def test_a_policy_of_drop_can_drop() -> None:
    assert judged(policy="drop").can_drop


@pytest.mark.parametrize(
    ("statement", "drops", "rewrites"),
    [
        ({"drop": None}, True, False),
        ({"reject": {"type": "tcp reset"}}, True, False),
        ({"queue": {"num": 1}}, True, True),
        ({"xt": {"type": "match", "name": "addrtype"}}, True, True),
        ({"vmap": {"key": {"meta": {"key": "iifname"}}, "data": "@verdicts"}}, True, True),
        ({"fwd": {"dev": "eth1"}}, True, True),
        ({"something new": {}}, True, True),
        ("xt", True, True),
        ({"dnat": {"addr": "10.0.0.1"}}, False, True),
        ({"masquerade": None}, False, True),
        ({"mangle": {"key": {"meta": {"key": "mark"}}, "value": 1}}, False, True),
        ({"notrack": None}, False, True),
        ({"tproxy": {"port": 1}}, False, True),
    ],
)
def test_what_a_statement_might_do(statement: object, drops: bool, rewrites: bool) -> None:
    found = judged(rule("c", MATCH, statement))
    assert (found.can_drop, found.can_rewrite) == (drops, rewrites)


@pytest.mark.parametrize("kind", ["jump", "goto"])
def test_chains_below_count_too(kind: str) -> None:
    to_side = rule("c", {kind: {"target": "side"}})
    assert judged(to_side, rule("side", {"drop": None})).can_drop
    assert judged(to_side, rule("side", {"snat": {"addr": "1.1.1.1"}})).can_rewrite
    assert not judged(to_side, rule("side", COUNTER)).can_drop
    assert not judged(rule("side", {"drop": None})).can_drop  # nothing leads there


def test_a_cycle_of_chains_ends() -> None:
    found = judged(
        rule("c", {"jump": {"target": "side"}}), rule("side", {"goto": {"target": "side"}})
    )
    assert not found.can_drop


def test_a_jump_to_a_chain_that_is_not_listed_may_do_anything() -> None:
    found = judged(rule("c", {"jump": {"target": "gone"}}))
    assert (found.can_drop, found.can_rewrite) == (True, True)


def test_tables_with_base_chains() -> None:
    listed = text(
        chain("ip", "filter", "INPUT", **hook("input", 0)),
        chain("ip", "filter", "user"),
        chain("inet", "sets-only", "helper"),
        chain("inet", "fw", "in", **hook("input", 0)),
    )
    assert hooked_tables(listed) == (("ip", "filter"), ("inet", "fw"))


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        ("", 1, 1),
        ("[]", 1, 1),
        ('{"nftables": 7}', 1, 1),
        ('{"nftables": [\n{"table": }]}', 2, 11),
        (text(rule("nowhere", COUNTER)), 1, 1),
        (text({"chain": {"family": "ip"}}), 1, 1),
    ],
)
def test_bad_text_is_named_with_its_place(content: str, line: int, column: int) -> None:
    with pytest.raises(GrammarError) as caught:
        parse_nft(content)
    assert (caught.value.source, caught.value.line, caught.value.column) == (
        "nft.json",
        line,
        column,
    )
