"""No text of a host reaches a terminal as anything but letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerwall.present.plain import ascii_only, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain -s 10.0.0.0/8", "plain -s 10.0.0.0/8"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\tb\nc\r\x07", "a\\x09b\\x0ac\\x0d\\x07"),
        ("\x7f\x9b31m", "\\x7f\\u{9b}31m"),
        ("\u202egnp.exe", "\\u{202e}gnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u{200b}width\\u{feff}"),
        ("no\u00a0break\u3164", "no\\u{a0}break\\u{3164}"),
        ("stacked\u0301", "stacked\\u{301}"),
        ("caf\udce9", "caf\\xe9"),
        ("\U000e0041tag", "\\u{e0041}tag"),
        ("café 日本 Привет", "café 日本 Привет"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_ascii_only() -> None:
    assert ascii_only("café\x1b") == "caf\\u{e9}\\x1b"


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_becomes_printable_and_stays_on_one_line(text: str) -> None:
    assert plain(text).isprintable()
    assert ascii_only(text).isascii()
    assert plain(plain(text)) == plain(text)
