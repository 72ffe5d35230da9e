"""Only what differs from what the terminal shows is written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from dockerwall.app.frames import Frames

BOLD = Style(bold=True)
words = st.lists(
    st.tuples(st.sampled_from(["ab", "c", "漢", " "]), st.sampled_from([None, BOLD])), max_size=6
)


def strip(parts: list[tuple[str, Style | None]]) -> Strip:
    """A line of these parts."""
    return Strip([Segment(text, style) for text, style in parts])


def cells(line: Strip) -> list[tuple[str, bool]]:
    """What each cell of a line shows; the second half of a wide letter is empty."""
    shown = []
    for text, style, _ in line:
        for letter in text:
            bold = style is not None and bool(style.bold)
            shown += [(letter, bold)] + [("", bold)] * (Segment(letter).cell_length - 1)
    return shown


@given(st.lists(words, min_size=3, max_size=3), st.lists(words, min_size=3, max_size=3))
def test_the_changes_turn_one_frame_into_the_other(
    before: list[list[tuple[str, Style | None]]], after: list[list[tuple[str, Style | None]]]
) -> None:
    old, new = [strip(line) for line in before], [strip(line) for line in after]
    width = max(line.cell_length for line in (*old, *new))
    old = [line.adjust_cell_length(width) for line in old]
    new = [line.adjust_cell_length(width) for line in new]
    frames = Frames()
    list(frames.changes(old))
    screen = [cells(line) for line in old]
    for column, number, part in frames.changes(new):
        shown = cells(part)
        screen[number][column : column + len(shown)] = shown
    assert screen == [cells(line) for line in new]


def test_the_same_frame_again_is_nothing() -> None:
    frames = Frames()
    line = strip([("ab", None), ("c", BOLD)])
    assert len(list(frames.changes([line, line]))) == 2
    assert list(frames.changes([line, line])) == []


def test_one_changed_word_is_written_alone() -> None:
    frames = Frames()
    list(frames.changes([strip([("ab", None), ("12", BOLD), ("cd", None)])]))
    (change,) = frames.changes([strip([("ab", None), ("13", BOLD), ("cd", None)])])
    assert change[:2] == (2, 0)
    assert change[2].text == "13"


def test_after_forgetting_everything_is_written() -> None:
    frames = Frames()
    line = strip([("ab", None)])
    list(frames.changes([line]))
    frames.forget()
    assert len(list(frames.changes([line]))) == 1
