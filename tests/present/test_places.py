"""The way through the tree to one rule."""

from __future__ import annotations

from tests.present.hosts_made import V4, filter_of, host_of, save_text, saved

from dockerwall.model.kinds import Family, Variant
from dockerwall.present.node import Kind, Node, Place
from dockerwall.present.outline import outline
from dockerwall.present.places import ways_to


def place(chain: str, table: str = "filter") -> Place:
    return Place(Variant.NFT, Family.IPV4, table, chain)


def shown(way: tuple[Node, ...]) -> list[str]:
    return [node.text for node in way[2:]]


def test_the_way_to_a_rule_below_jumps() -> None:
    tree = outline(host_of(saved(save_text("docker-28"))), V4)
    (way,) = ways_to(tree, place("DOCKER"), 2)
    assert shown(way) == [
        "#2 -j DOCKER-FORWARD",
        "#2 -j DOCKER-BRIDGE",
        "#1 -o docker0 -j DOCKER",
        "#2 ! -i docker0 -o docker0 -j DROP",
    ]
    assert way[0].key == "hook:FORWARD"


def test_each_jump_gives_a_way_of_its_own() -> None:
    tree = outline(host_of(saved(save_text("docker-28"))), V4)
    ways = list(ways_to(tree, place("DOCKER", "nat"), 1))
    assert [way[0].key for way in ways] == ["hook:PREROUTING", "hook:OUTPUT"]


def test_the_way_to_a_policy() -> None:
    tree = outline(host_of(saved(save_text("docker-28"))), V4)
    (way,) = ways_to(tree, place("FORWARD"), None)
    assert way[-1].kind is Kind.POLICY
    (empty,) = ways_to(tree, place("INPUT"), None)
    assert empty[-1].kind is Kind.BASE


def test_lost_chains_and_cycles_are_found_once() -> None:
    tree = outline(host_of(saved(save_text("docker-28"))), V4)
    (way,) = ways_to(tree, place("LOST2"), 1)
    assert way[0].key == "lost"


def test_no_way_to_what_is_not_there() -> None:
    tree = outline(filter_of("FORWARD -j DROP"), V4)
    assert not list(ways_to(tree, place("FORWARD"), 9))
    assert not list(ways_to(tree, place("ABSENT"), 1))
    assert not list(ways_to(tree, place("FORWARD", "mangle"), 1))
    assert not list(ways_to(tree, Place(Variant.LEGACY, Family.IPV6, "filter", "FORWARD"), 1))
