"""Escape and the key after it, and sequences that come in parts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from dockerwall.app.escapes import Parser

WHOLE = {
    "\x1b[A": ["up"],
    "\x1b[B": ["down"],
    "\x1bOH": ["home"],
    "\x1b[15~": ["f5"],
    "\x1b[1;5C": ["ctrl+right"],
    "\x1b[27u": ["escape"],
    "j": ["j"],
    "/": ["slash"],
    "\r": ["enter"],
}
"""Keys as a terminal sends them."""


def keys(parts: Iterable[str]) -> list[str]:
    """The keys in what is read part by part."""
    parser = Parser()
    found = [each for part in parts for each in parser.feed(part)]
    return [each.key for each in found if isinstance(each, events.Key)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("\x1bq", ["escape", "q"]),
        ("\x1b1", ["escape", "1"]),
        ("\x1b-", ["escape", "minus"]),
        ("\x1bN", ["escape", "N"]),
        ("\x1b/", ["escape", "slash"]),
        ("\x1bf", ["escape", "f"]),
        ("\x1b\r", ["escape", "enter"]),
        ("\x1b2jj", ["escape", "2", "j", "j"]),
        ("\x1b\x1bq", ["escape", "escape", "q"]),
        ("\x1b\x1b[A", ["escape", "up"]),
        ("\x1b[B\x1bj", ["down", "escape", "j"]),
        ("\x1b\x7f", ["ctrl+w"]),
    ],
)
def test_escape_is_a_key_of_its_own(typed: str, expected: list[str]) -> None:
    assert keys([typed]) == expected
    assert keys(typed) == expected  # character by character


@given(st.lists(st.sampled_from(sorted(WHOLE)), max_size=6), st.sets(st.integers(1, 30)))
def test_sequences_may_come_in_parts(sent: Sequence[str], cuts: set[int]) -> None:
    text = "".join(sent)
    places = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    parts = [text[a:b] for a, b in itertools.pairwise(places) if a < b]
    assert keys(parts) == [key for each in sent for key in WHOLE[each]]


def test_an_escape_that_was_waited_for_long_enough_is_no_other_key() -> None:
    parser = Parser()
    assert not list(parser.feed("\x1b"))
    parser._timeout_time = 0.0
    found = [*parser.tick(), *parser.feed("q"), *parser.feed("\x1b[A")]
    assert [each.key for each in found if isinstance(each, events.Key)] == ["escape", "q", "up"]


PASTED = "-s 203.0.113.9\x1bq\x1b[31mx\x1b\x1b[2"


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_an_escape_in_what_is_pasted_is_no_key(size: int) -> None:
    text = f"\x1b[200~{PASTED}\x1b[201~y"
    head = len("\x1b[200~")
    rest = [text[at : at + size] for at in range(head, len(text), size)]
    parser = Parser()
    found = [each for part in [text[:head], *rest] for each in parser.feed(part)]
    assert [each.key for each in found if isinstance(each, events.Key)] == ["y"]
    pasted = [each.text for each in found if isinstance(each, events.Paste)]
    assert pasted == [PASTED.replace("\x1b", "")]


@pytest.mark.parametrize("cut", range(1, 14))
def test_a_paste_that_comes_in_two_parts(cut: int) -> None:
    """Wherever it is cut, an Escape in it is no key."""
    text = "\x1b[200~a\x1bq\x1b[201~x"
    parser = Parser()
    found = [each for part in (text[:cut], text[cut:]) for each in parser.feed(part)]
    assert [each.text for each in found if isinstance(each, events.Paste)] == ["aq"]
    assert [each.key for each in found if isinstance(each, events.Key)] == ["x"]
