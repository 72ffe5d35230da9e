"""The columns of the exposures fit, whatever the width and the names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerwall.app.columns import CELL, REACHED_BY, SEVERITY, Widths, fitted

NARROWEST = 58
"""What the smallest screen leaves beside the cursor's mark."""
widest = st.builds(Widths, st.integers(4, 22), st.integers(4, 24), st.integers(9, 24))


def total(fits: Widths) -> int:
    """The cells of a whole row."""
    fixed = 3 + SEVERITY + 1 + len(REACHED_BY) * CELL
    named = fits.port + 1 + fits.container + 1 + (fits.bind + 1 if fits.bind else 0)
    return fixed + named + (fits.packets or -1)


@given(widest, st.integers(NARROWEST, 200))
def test_a_row_is_never_cut(asked: Widths, width: int) -> None:
    assert total(fitted(asked, width)) <= width


@given(widest, st.integers(NARROWEST, 200))
def test_more_room_takes_no_column_away(asked: Widths, width: int) -> None:
    less, more = fitted(asked, width), fitted(asked, width + 1)
    assert bool(more.packets) >= bool(less.packets)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (78, Widths(8, 11, 9)),
        (68, Widths(8, 0, 9)),
        (58, Widths(8, 0, 9, 0)),
    ],
)
def test_what_is_left_out_and_when(width: int, expected: Widths) -> None:
    assert fitted(Widths(8, 11, 9), width) == expected


def test_a_long_name_is_cut_before_the_addresses_go() -> None:
    assert fitted(Widths(8, 10, 24), 78) == Widths(8, 10, 11)
