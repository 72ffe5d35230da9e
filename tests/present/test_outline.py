"""The traversal tree: order, what is dead, what is kept across refreshes, and laziness."""

from __future__ import annotations

import itertools
from dataclasses import replace

from tests.present.hosts_made import (
    V4,
    filter_of,
    forward,
    host_of,
    root,
    save_text,
    saved,
    station,
)

from dockerwall.model.docker import DockerHost
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.nft import NftBaseChain
from dockerwall.model.snapshot import Gap
from dockerwall.present.node import Kind, Node
from dockerwall.present.outline import outline

EMPTY = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
EVERY_TABLE = "\n".join(
    line
    for table, hooks in (
        ("security", ("INPUT", "FORWARD", "OUTPUT")),
        ("filter", ("INPUT", "FORWARD", "OUTPUT")),
        ("nat", ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING")),
        ("mangle", ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")),
        ("raw", ("PREROUTING", "OUTPUT")),
    )
    for line in (f"*{table}", *(f":{hook} DROP [0:0]" for hook in hooks), "COMMIT")
)


def base_chain(hook: str, priority: int, family: str = "inet") -> NftBaseChain:
    return NftBaseChain(family, "guard", "way", "filter", hook, priority, "drop", 3, True)


def titles(node: Node) -> list[str]:
    return [" ".join(child.text.split()[:2]) for child in node.children()]


def test_hooks_come_in_the_order_of_a_containers_packets() -> None:
    tree = outline(host_of(saved(EVERY_TABLE)), V4)
    assert [node.key.removeprefix("hook:") for node in tree.roots] == [
        "PREROUTING",
        "FORWARD",
        "POSTROUTING",
        "INPUT",
        "OUTPUT",
    ]


def test_tables_come_in_the_kernels_order_within_a_hook() -> None:
    tree = outline(host_of(saved(EVERY_TABLE)), V4)
    assert {node.key: titles(node) for node in tree.roots} == {
        "hook:PREROUTING": [
            "raw PREROUTING",
            "connection tracking",
            "mangle PREROUTING",
            "nat PREROUTING",
        ],
        "hook:FORWARD": ["mangle FORWARD", "filter FORWARD", "security FORWARD"],
        "hook:POSTROUTING": ["mangle POSTROUTING", "nat POSTROUTING"],
        "hook:INPUT": ["mangle INPUT", "filter INPUT", "security INPUT", "nat INPUT"],
        "hook:OUTPUT": [
            "raw OUTPUT",
            "connection tracking",
            "mangle OUTPUT",
            "nat OUTPUT",
            "filter OUTPUT",
            "security OUTPUT",
        ],
    }


def test_native_base_chains_stand_at_their_priority() -> None:
    snapshot = replace(
        filter_of("FORWARD -j DROP"),
        nft=(
            base_chain("forward", -10),
            base_chain("forward", 10),
            base_chain("ingress", 0, "netdev"),
            base_chain("forward", 0, "bridge"),
            base_chain("forward", -5, "ip6"),
        ),
    )
    tree = outline(snapshot, V4)
    kinds = [node.kind for node in root(tree, "hook:FORWARD").children()]
    assert kinds == [Kind.NFT, Kind.BASE, Kind.NFT]
    assert "not evaluated" in root(tree, "hook:FORWARD").children()[0].text
    assert next(node.key for node in tree.roots) == "hook:INGRESS"
    assert "hook:BRIDGE" in [node.key for node in tree.roots]


def test_both_variants_are_shown_where_both_hold_rules() -> None:
    nft = saved(save_text("docker-28"))
    legacy = saved(EMPTY.replace("FORWARD ACCEPT", "FORWARD DROP"), variant=Variant.LEGACY)
    tree = outline(host_of(nft, legacy), V4)
    texts = [node.text for node in root(tree, "hook:FORWARD").children()]
    assert texts[0].startswith("filter FORWARD (nft)")
    assert texts[1].startswith("filter FORWARD (legacy)")
    assert "Both iptables variants" in tree.roots[0].text


def test_a_variant_without_rules_is_left_out_beside_one_with_rules() -> None:
    nft = saved(save_text("docker-28"))
    legacy = saved(EMPTY, variant=Variant.LEGACY)
    tree = outline(host_of(nft, legacy), V4)
    assert len(root(tree, "hook:FORWARD").children()) == 1


def test_families_are_told_apart_side_by_side() -> None:
    both = host_of(saved(EVERY_TABLE), saved(EVERY_TABLE, family=Family.IPV6))
    texts = [node.text for node in root(outline(both), "hook:POSTROUTING").children()]
    assert [text.split("  ")[0] for text in texts] == [
        "mangle POSTROUTING (IPv4)",
        "mangle POSTROUTING (IPv6)",
        "nat POSTROUTING (IPv4)",
        "nat POSTROUTING (IPv6)",
    ]
    only = outline(both, (Family.IPV6,))
    assert len(root(only, "hook:POSTROUTING").children()) == 2


def test_an_unread_family_is_said_to_be_unknown() -> None:
    tree = outline(filter_of("FORWARD -j DROP"))
    assert "No IPv6 rules were read: what they let through is unknown." in [
        node.text for node in tree.roots
    ]


def test_a_host_without_rules_does_not_look_safe() -> None:
    tree = outline(host_of(saved(EMPTY)), V4)
    assert tree.roots[0].text == "No IPv4 rule is loaded: every IPv4 packet passes."


def test_nothing_read_at_all_is_said() -> None:
    tree = outline(host_of(), V4)
    assert [node.text for node in tree.roots] == [
        "No IPv4 rules were read: what they let through is unknown."
    ]


def test_gaps_in_the_rules_stand_first_the_others_are_folded() -> None:
    snapshot = replace(
        filter_of("FORWARD -j DROP"),
        gaps=(
            Gap("ipset.save", "No sets.", "Install ipset."),
            Gap("ip6tables-save.nft", "No right.", "Use sudo.", denied=True),
        ),
    )
    tree = outline(snapshot, V4)
    assert [node.text for node in tree.roots[:2]] == [
        "No right. Use sudo.",
        "1 other thing could not be read",
    ]
    assert [node.text for node in tree.roots[1].children()] == ["No sets. Install ipset."]


def test_dockers_nftables_backend_is_named() -> None:
    docker = DockerHost("29.0.0", "h", "nftables", False, None, (), ())
    tree = outline(replace(filter_of("FORWARD -j DROP"), docker=docker), V4)
    assert "no DOCKER-USER" in tree.roots[0].text


def test_rules_after_one_that_takes_everything_are_dead() -> None:
    tree = outline(
        filter_of(
            "FORWARD -s 10.0.0.0/8 -j DROP",
            'FORWARD -m comment --comment "all -j else" -j ACCEPT',
            "FORWARD -j DROP",
            forward="DROP",
        ),
        V4,
    )
    dead = [bool(node.dead) for node in forward(tree)]
    assert dead == [False, False, True, True]
    assert forward(tree)[2].dead == "rule 2 above takes every packet"


def test_a_return_in_a_base_chain_leads_to_the_policy() -> None:
    tree = outline(filter_of("FORWARD -j RETURN", "FORWARD -j DROP", forward="DROP"), V4)
    assert [bool(node.dead) for node in forward(tree)] == [False, True, False]
    assert forward(tree)[1].dead == "rule 1 above sends every packet back"


def test_a_rule_that_only_counts_takes_nothing() -> None:
    tree = outline(filter_of("FORWARD", "FORWARD -j LOG", "FORWARD -j DROP"), V4)
    assert not any(node.dead for node in forward(tree)[:3])


def test_a_jump_to_a_chain_that_lets_nothing_back_takes_everything() -> None:
    rules = ("FORWARD -j GUARD", "FORWARD -j ACCEPT", "GUARD -s 10.0.0.0/8 -j ACCEPT")
    closed = outline(filter_of(*rules, "GUARD -j DROP", chains=("GUARD",)), V4)
    open_ = outline(filter_of(*rules, "GUARD -s 1.0.0.0/8 -j RETURN", chains=("GUARD",)), V4)
    back = outline(
        filter_of(*rules, "GUARD -p tcp -j RETURN", "GUARD -j DROP", chains=("GUARD",)), V4
    )
    assert forward(closed)[1].dead
    assert not forward(open_)[1].dead
    assert not forward(back)[1].dead


def test_after_a_goto_nothing_follows_and_the_policy_may() -> None:
    tree = outline(
        filter_of(
            "FORWARD -g SIDE", "FORWARD -j DROP", "SIDE -s 1.2.3.4/32 -j DROP", chains=("SIDE",)
        ),
        V4,
    )
    assert [bool(node.dead) for node in forward(tree)] == [False, True, False]
    assert "goto" in forward(tree)[0].notes[0].text


def test_what_is_below_a_dead_jump_is_dead() -> None:
    tree = outline(
        filter_of("FORWARD -j DROP", "FORWARD -j SIDE", "SIDE -j ACCEPT", chains=("SIDE",)), V4
    )
    assert forward(tree)[1].children()[0].dead


def test_a_chain_reached_twice_is_shown_under_each_jump() -> None:
    tree = outline(
        filter_of("FORWARD -i a -j SIDE", "FORWARD -i b -j SIDE", "SIDE -j DROP", chains=("SIDE",)),
        V4,
    )
    first, second = forward(tree)[:2]
    assert first.children()[0].text == second.children()[0].text == "#1 -j DROP"
    assert first.children()[0].key != second.children()[0].key
    assert first.children()[0].ref == second.children()[0].ref


def test_a_cycle_is_marked_and_ends() -> None:
    tree = outline(
        filter_of("FORWARD -j ONE", "ONE -j TWO", "TWO -j ONE", chains=("ONE", "TWO")), V4
    )
    again = forward(tree)[0].children()[0].children()[0]
    assert not again.foldable
    assert "cycle" in again.notes[0].text


def test_a_chain_that_jumps_to_itself_ends() -> None:
    tree = outline(filter_of("FORWARD -j ONE", "ONE -j ONE", chains=("ONE",)), V4)
    assert not forward(tree)[0].children()[0].foldable


def test_a_jump_to_a_chain_that_is_not_there_is_marked() -> None:
    tree = outline(filter_of("FORWARD -j ABSENT"), V4)
    assert "no such chain" in forward(tree)[0].notes[0].text


def test_chains_nested_beyond_reason_do_not_end_the_program() -> None:
    chains = tuple(f"C{i}" for i in range(2000))
    rules = [f"{a} -j {b}" for a, b in itertools.pairwise(chains)]
    tree = outline(filter_of("FORWARD -j C0", *rules, "C1999 -j DROP", chains=chains), V4)
    node, depth = forward(tree)[0], 0
    while node.foldable:
        node, depth = node.children()[0], depth + 1
    assert "deep" in node.notes[0].text
    assert depth < 100


def test_chains_that_multiply_cost_no_more_than_what_is_looked_at() -> None:
    chains = tuple(f"C{i}" for i in range(40))
    rules = [f"{a} -j {b}" for a, b in itertools.pairwise(chains) for _ in range(30)]
    tree = outline(filter_of("FORWARD -j C0", *rules, chains=chains), V4)
    assert forward(tree)[0].children()[29].foldable


def test_chains_nothing_jumps_to_stand_at_the_end() -> None:
    tree = outline(
        filter_of(
            "FORWARD -j USED",
            "LOST -j BELOW",
            "LOOP1 -j LOOP2",
            "LOOP2 -j LOOP1",
            chains=("USED", "BELOW", "LOST", "LOOP1", "LOOP2"),
        ),
        V4,
    )
    lost = tree.roots[-1]
    assert lost.key == "lost"
    assert [node.place.chain for node in lost.children() if node.place] == ["LOST", "LOOP1"]
    assert lost.children()[0].children()[0].target == "BELOW"
    assert all(node.dead for node in lost.children())


def test_the_same_outline_comes_back_while_only_counters_change() -> None:
    text = save_text("docker-28")
    first = saved(text)
    second = saved(text.replace("[40:4000]", "[41:4100]"), previous=first)
    before = outline(host_of(first))
    assert outline(host_of(second), previous=before) is before
    assert outline(host_of(second), V4, before) is not before


def test_keys_stay_when_a_rule_is_inserted_above() -> None:
    rules = ("FORWARD -i eth0 -j SIDE", "SIDE -j DROP", "FORWARD -j LOG", "FORWARD -j LOG")
    before = outline(filter_of(*rules, chains=("SIDE",)), V4)
    after = outline(filter_of("FORWARD -s 1.2.3.4/32 -j DROP", *rules, chains=("SIDE",)), V4)
    old, new = forward(before), forward(after)
    assert [node.key for node in new[1:]] == [node.key for node in old]
    assert new[1].children()[0].key == old[0].children()[0].key
    assert new[2].key != new[3].key


def test_keys_are_unique_in_the_whole_tree() -> None:
    def walk(node: Node) -> list[str]:
        return [node.key, *(key for child in node.children() for key in walk(child))]

    for name in ("docker-28", "ufw", "kubernetes", "hostile"):
        keys = [
            key for node in outline(host_of(saved(save_text(name)))).roots for key in walk(node)
        ]
        assert len(keys) == len(set(keys))


def test_children_are_made_only_when_asked_for() -> None:
    rules = [f"FORWARD -s 10.{i >> 8}.{i & 255}.0/24 -j DROP" for i in range(20_000)]
    base = station(outline(filter_of(*rules), V4), "FORWARD", "filter")
    children = base.children()
    assert len(children) == 20_001
    assert children[19_999].rule is not None
    assert children[19_999].rule.number == 20_000
    assert children[-1].kind is Kind.POLICY
    assert children[5] is children[5]
    assert not base.opens


def test_a_chain_without_rules_folds_nothing_and_shows_its_policys_counters() -> None:
    node = station(outline(filter_of("FORWARD -j DROP"), V4), "INPUT", "filter")
    assert not node.foldable
    assert node.ref is not None
