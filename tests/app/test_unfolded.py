"""Rows of a lazy tree: the arithmetic agrees with simply writing all rows out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from dockerwall.app.unfolded import EXAMINED, Folding, Unfolded, locate
from dockerwall.present.node import Branch, Kind, Node

Shape = list["Shape"]


def node(key: str, branch: Sequence[Node] = (), *, opens: bool = False) -> Node:
    """A node that has nothing but a key."""
    return Node(key, Kind.RULE, (), opens=opens, branch=branch)


def grown(shape: Shape, key: str = "r") -> list[Node]:
    """Nodes of a shape, every second one open."""
    return [
        node(f"{key}.{i}", grown(below, f"{key}.{i}"), opens=i % 2 == 0)
        for i, below in enumerate(shape)
    ]


def written_out(nodes: Sequence[Node], foldings: dict[str, bool], depth: int = 0) -> Iterator[str]:
    """The keys of all rows, the plain way."""
    for each in nodes:
        yield each.key
        if each.foldable and foldings.get(each.key, each.opens):
            yield from written_out(each.children(), foldings, depth + 1)


shapes: st.SearchStrategy[Shape] = st.recursive(
    st.just([]), lambda below: st.lists(below, max_size=4), max_leaves=25
)


@given(shapes, st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=8))
def test_rows_are_those_of_the_tree_written_out(
    shape: Shape, clicks: list[tuple[int, bool]]
) -> None:
    roots = grown(shape)
    tree = Unfolded(roots)
    foldings: dict[str, bool] = {}
    for number, unfolded in clicks:
        if number >= len(tree):
            continue
        before = len(tree)
        row = tree.row(number)
        assert before + tree.set_unfolded(number, unfolded) == len(tree)
        if row.node.foldable:
            foldings[row.node.key] = unfolded
    expected = list(written_out(roots, foldings))
    rows = list(tree.rows(0, len(tree)))
    assert [row.node.key for row in rows] == expected
    for number, row in enumerate(rows):
        way = tree.way_of(number)
        assert tree.row_of(way) == number
        assert len(way) == row.depth + 1
        if row.parent >= 0:
            assert rows[row.parent].node.key == row.node.key.rpartition(".")[0]
    again = Unfolded(roots, tree.foldings)
    assert [row.node.key for row in again.rows(0, len(again))] == expected


def test_a_hundred_thousand_folded_rules_are_not_made() -> None:
    made: list[int] = []

    def build(index: int) -> Node:
        made.append(index)
        return node(f"rule {index}")

    tree = Unfolded([node("chain", Branch(100_000, build))])
    assert len(tree) == 1
    assert made == []
    tree.set_unfolded(0, True)
    assert len(tree) == 100_001
    assert tree.row(90_000).node.key == "rule 89999"
    assert len(made) <= EXAMINED + 1


def test_an_unfolded_line_far_down_a_long_chain_is_unfolded_again() -> None:
    def build(index: int) -> Node:
        return node(f"rule {index}", [node(f"below {index}")])

    roots = [node("chain", Branch(50_000, build), opens=True)]
    tree = Unfolded(roots, {"rule 40000": Folding(True, 39_998)})
    assert len(tree) == 50_002
    assert tree.row(40_002).node.key == "below 40000"


def test_chains_that_jump_twice_do_not_open_without_end() -> None:
    def below(depth: int) -> list[Node]:
        size = 2 if depth < 40 else 0
        branch = Branch(size, lambda index: node(f"{depth}", below(depth + 1), opens=True))
        return [node(f"{depth}/{index}", branch, opens=True) for index in range(2)]

    assert len(Unfolded(below(0))) < 40_000


def test_a_key_is_found_near_its_old_place_first() -> None:
    nodes = [node("a"), node("b"), node("c")]
    assert [locate(nodes, key, 2) for key in ("a", "b", "c", "d")] == [0, 1, 2, None]
    assert locate(nodes, "a", 99) is None or locate(nodes, "a", 99) == 0
