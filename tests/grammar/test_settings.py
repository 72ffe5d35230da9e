"""The settings file is read, written and complained of by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerwall.grammar.settings import format_expectation, parse_settings
from dockerwall.model.settings import Expectation, KeyChoice, Preferences

README = Path(__file__).parent.parent.parent / "README.md"

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
    assert parse_settings(text, "config.toml").settings.expected == tuple(written)


def test_the_readmes_example_says_every_setting_there_is() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    found = parse_settings(example, "README.md")
    assert found.flaws == ()
    assert found.settings.lan is not None
    assert found.settings.expected
    preferences = found.preferences
    for name in Preferences.__dataclass_fields__:
        assert getattr(preferences, name) not in (None, ()), name


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('lan = ["10.0.0.0/8"]\nlna = 1\n', "2:1", "unknown setting 'lna'"),
        ('lan = ["10.0.0.0/99"]\n', "1:9", "10.0.0.0/99"),
        ('# lan\nlan = [\n  "10.0.0.0/8",\n  "home",\n]\n', "4:4", "'home' is not a network"),
        ('expected = "80/tcp"', "1:1", "[[expected]]"),
        ('[[expected]]\nport = "80"\n', "2:1", "443/tcp"),
        ('[[expected]]\nport = "80/tcp"\n[[expected]]\nport = 80\n', "4:1", "443/tcp"),
        ('[[expected]]\nnote = "no port"\n', "1:1", "port must be written"),
        ('[[expected]]\nport = "80/tcp"\nsources = "10.0.0.0/8"\n', "3:1", "list of networks"),
        ('[[expected]]\nport = "80/tcp"\nsauces = []\n', "3:1", "unknown setting 'sauces'"),
        ("lan = [\n", "2:1", "not TOML"),
        ("interval = soon\n", "1:12", "not TOML"),
        ("lan = [\xb4", "1:8", "not TOML"),
        pytest.param("a = " + "[" * 100_000, "1:1", "nested too deeply", id="deep"),
        ("interval = 0\n", "1:1", "from 0.2 to 3600"),
        ("interval = nan\n", "1:1", "interval"),
        ("interval = true\n", "1:1", "interval"),
        ('  trial = "60"\n', "1:3", "from 10 to 3600"),
        ('theme = "pink"', "1:1", '"dark", "light", "ansi"'),
        ("theme = []", "1:1", "theme"),
        ("mouse = 1", "1:1", "true or false"),
        ("keys = 7", "1:1", "[keys]"),
        ("[keys]\n\nfreeze = 7", "3:1", "key or a list"),
        ('[keys]\nfreeze = ["space", "not a key"]', "2:21", "'not a key'"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, place: str, words: str) -> None:
    (flaw,) = parse_settings(text, "config.toml").flaws
    assert flaw.place == f"config.toml:{place}"
    assert words in str(flaw)
    assert "\n" not in str(flaw)


def test_the_rest_of_a_flawed_file_is_taken() -> None:
    found = parse_settings(
        'interval = "never"\ntheme = "light"\ntrial = 30\n[keys]\nfreeze = 1\nquit = "x"\n'
        '[[expected]]\nport = "80"\n[[expected]]\nport = "443/tcp"\n',
        "f",
    )
    assert [(flaw.place, flaw.grave) for flaw in found.flaws] == [
        ("f:1:1", False),
        ("f:5:1", False),
        ("f:8:1", True),
    ]
    assert found.preferences == Preferences(
        trial=30.0, theme="light", keys=(KeyChoice("quit", ("x",), "f:6:1"),)
    )
    assert found.settings.expected == (Expectation("tcp", 443),)


@pytest.mark.parametrize("key", ["space", "f5", "ctrl+z", "?", "question_mark", "N", "shift+tab"])
def test_keys_are_named_as_they_are_typed_or_as_textual_names_them(key: str) -> None:
    found = parse_settings(f'[keys]\nhelp = "{key}"\n', "f")
    assert found.preferences.keys == (KeyChoice("help", (key,), "f:2:1"),)


@given(st.text(alphabet=st.sampled_from("abl =[]{}\"'#\n,.0123-\\né"), max_size=60))
def test_no_text_is_too_odd_to_be_complained_of(text: str) -> None:
    parse_settings(text, "f")
