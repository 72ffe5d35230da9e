"""The search finds what stands in the tree, each chain once, without making every line."""

from __future__ import annotations

import pytest
from tests.app.hosts import RULES, snapshot_of
from tests.bench.bench_screen import many_rules

from dockerwall.app.search import LONG
from dockerwall.app.seeker import Seeker
from dockerwall.app.wayfinding import node_at
from dockerwall.model.kinds import Family
from dockerwall.present.outline import Outline, outline


def drawn(text: str) -> Outline:
    """The tree of some rules."""
    return outline(snapshot_of(text), (Family.IPV4,))


def found(tree: Outline, text: str) -> list[str]:
    """The lines a text stands in."""
    seeker = Seeker(tree, text)
    while not seeker.done:
        seeker.go_on()
    return [node_at(tree.roots, way).text for way in seeker.found]


@pytest.mark.parametrize(
    ("text", "count"),
    [("abuse", 1), ("ABUSE", 1), ("203.0.113.7", 1), ("DOCKER-USER", 1), ("nothing such", 0)],
)
def test_a_text_is_found_folded_or_not_in_any_case(text: str, count: int) -> None:
    assert len(found(drawn(RULES), text)) == count


def test_a_chain_jumped_to_twice_is_looked_through_once() -> None:
    text = RULES.replace("-A FORWARD -j DOCKER-USER\n", "-A FORWARD -j DOCKER-USER\n" * 2)
    assert len(found(drawn(text), "abuse")) == 1


def test_in_a_long_chain_only_the_lines_that_matter_are_made() -> None:
    tree = drawn(many_rules(LONG * 3))
    assert len(found(tree, "-s 10.5.7.0/24")) == 1
    forward = next(root for root in tree.roots if root.key == "hook:FORWARD")
    rules = forward.children()[0].children()[0].children()
    assert len(rules) == LONG * 3
    assert len(rules._built) < 10  # type: ignore[attr-defined]


def test_next_and_previous_go_round() -> None:
    seeker = Seeker(None, "x")
    seeker.found = [(0, 1), (2,), (2, 5)]
    seeker.done = True
    assert seeker.after((0,)) == (0, 1)
    assert seeker.after((2,)) == (2, 5)
    assert seeker.after((9,)) == (0, 1)
    assert seeker.after((2,), or_here=True) == (2,)
    assert seeker.before((0, 1)) == (2, 5)
    assert seeker.remark((2,)) == "2 of 3"
    assert seeker.remark((1,)) == "- of 3"
