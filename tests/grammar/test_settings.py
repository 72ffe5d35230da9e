"""The settings file is read, written and complained of by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerwall.grammar.errors import GrammarError
from dockerwall.grammar.settings import format_expectation, parse_settings
from dockerwall.model.settings import Expectation

expectations = st.builds(
    Expectation,
    protocol=st.sampled_from(["tcp", "udp", "sctp"]),
    port=st.integers(0, 65535),
    sources=st.sampled_from([(), ("10.0.0.0/8",), ("2001:db8::/32", "192.0.2.1")]),
    container=st.none() | st.text(min_size=1, max_size=20),
    note=st.text(max_size=20),
)


@given(st.lists(expectations, max_size=4))
def test_what_is_written_is_read_again(written: list[Expectation]) -> None:
    text = "\n".join(format_expectation(each) for each in written)
    assert parse_settings(text, "config.toml").expected == tuple(written)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('lan = ["10.0.0.0/8"]\nlna = 1\n', 2, "lna"),
        ('lan = ["10.0.0.0/99"]\n', 1, "10.0.0.0/99"),
        ('[[expected]]\nport = "80"\n', 2, "443/tcp"),
        ('[[expected]]\nport = "80/tcp"\nsources = "10.0.0.0/8"\n', 3, "list of networks"),
        ("lan = [\n", 2, ""),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(GrammarError) as caught:
        parse_settings(text, "config.toml")
    assert caught.value.line == line
    assert words in str(caught.value)
