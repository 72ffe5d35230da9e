"""The printed tree of whole hosts, compared with what was found right before."""

from __future__ import annotations

import pytest
from tests.present.golden import check_golden
from tests.present.hosts_made import HOST, HOSTS, V4, host_of, save_text, saved

from dockerwall.present.outline import outline
from dockerwall.present.printed import tree_lines

NAMES = sorted(path.stem for path in HOSTS.glob("*.save"))


@pytest.mark.parametrize("name", NAMES)
def test_tree_of_a_host(name: str) -> None:
    snapshot = host_of(saved(save_text(name)))
    lines = tree_lines(outline(snapshot, V4), snapshot.rules, HOST)
    check_golden(HOSTS / f"{name}.tree", "".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize("name", NAMES)
def test_ascii_tree_is_ascii_and_has_the_same_lines(name: str) -> None:
    snapshot = host_of(saved(save_text(name)))
    tree = outline(snapshot, V4)
    drawn = list(tree_lines(tree, snapshot.rules, HOST))
    plain = list(tree_lines(tree, snapshot.rules, HOST, ascii_lines=True))
    assert len(plain) == len(drawn)
    assert all(line.isascii() and line.isprintable() for line in plain)


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_one_printable_line(name: str) -> None:
    snapshot = host_of(saved(save_text(name)))
    assert all(line.isprintable() for line in tree_lines(outline(snapshot), snapshot.rules, HOST))
