"""Rules are understood as iptables means them; what is not is kept as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerwall.grammar.spec import parse_spec
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import (
    AddressMatch,
    ConntrackMatch,
    Continue,
    Dnat,
    InterfaceMatch,
    Jump,
    Match,
    PortMatch,
    Return,
    SetMark,
    SetMatch,
    Stop,
    TcpFlagsMatch,
    UnknownMatch,
    UnknownTarget,
)


def matches(text: str) -> tuple[Match, ...]:
    return parse_spec(f"-A X {text}", Family.IPV4).matches


def test_negation_stands_before_or_after_the_option() -> None:
    for text in ("! -s 10.0.0.0/8 -j DROP", "-s ! 10.0.0.0/8 -j DROP"):
        (match,) = matches(text)
        assert isinstance(match, AddressMatch)
        assert match.negated


def test_interface_with_a_plus_is_a_prefix() -> None:
    assert matches("-i eth+ -j DROP") == (InterfaceMatch(False, "eth", True),)


def test_options_of_one_conntrack_match_belong_together() -> None:
    (match,) = matches("-m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP")
    assert isinstance(match, ConntrackMatch)
    assert match.direction == "ORIGINAL"
    assert match.ports[0].ports == Intervals.single(8080)


def test_a_protocol_brings_its_ports_unasked() -> None:
    found = matches("-p tcp --dport 80:90 --syn -j ACCEPT")
    assert isinstance(found[1], PortMatch)
    assert found[1].ports == Intervals(((80, 90),))
    assert isinstance(found[2], TcpFlagsMatch)


def test_a_quoted_comment_hides_nothing_and_means_nothing() -> None:
    spec = parse_spec(r'-A X -m comment --comment "a \" -j DROP -s 1.2.3.4" -j RETURN', Family.IPV4)
    assert spec.comments == ('a " -j DROP -s 1.2.3.4',)
    assert spec.matches == ()
    assert spec.target == Return()


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("-j ACCEPT", Stop("ACCEPT")),
        ("-j REJECT --reject-with tcp-reset", Stop("REJECT", "tcp-reset")),
        ("-j MYCHAIN", Jump("MYCHAIN")),
        ("-g MYCHAIN", Jump("MYCHAIN", goto=True)),
        ("-s 10.0.0.1", Continue()),
        ("-j MARK --set-mark 0x1/0xff", SetMark(1, 0xFF)),
        ("-j MARK --or-mark 0x2", SetMark(2, 2)),
        (
            "-j DNAT --to-destination 10.0.0.1-10.0.0.2:80-90",
            Dnat((0x0A000001, 0x0A000002), (80, 90)),
        ),
    ],
)
def test_targets(text: str, target: object) -> None:
    assert parse_spec(f"-A X {text}", Family.IPV4).target == target


def test_an_ipv6_destination_with_and_without_port() -> None:
    for text, ports in (("[fd00::2]:80", (80, 80)), ("fd00::2", None), ("::2", None)):
        spec = parse_spec(f"-A X -j DNAT --to-destination {text}", Family.IPV6)
        assert isinstance(spec.target, Dnat)
        assert spec.target.ports == ports


def test_a_set_with_options_that_change_its_meaning_is_unknown() -> None:
    (match,) = matches("-m set --match-set a src,dst ! --update-counters -j DROP")
    assert isinstance(match, SetMatch)
    assert not match.nomatch
    (match,) = matches("-m set --match-set a src --return-nomatch -j DROP")
    assert isinstance(match, SetMatch)
    assert match.nomatch
    (match,) = matches("-m set --match-set a src --packets-gt 5 -j DROP")
    assert isinstance(match, UnknownMatch)


def test_a_known_module_with_an_unknown_option_is_unknown() -> None:
    spec = parse_spec("-A X -p tcp -m tcp --dport 80 --sparkle 3 -j DROP", Family.IPV4)
    assert any(isinstance(m, UnknownMatch) and "--sparkle 3" in m.text for m in spec.matches)


def test_what_is_known_to_be_undecidable_is_not_called_unparsed() -> None:
    spec = parse_spec("-A X -m limit --limit 5/min -j ACCEPT", Family.IPV4)
    assert spec.unparsed == ()
    assert isinstance(spec.matches[0], UnknownMatch)
    assert parse_spec("-A X -m sparkle --far -j ACCEPT", Family.IPV4).unparsed


@given(st.text(max_size=80), st.sampled_from(list(Family)))
def test_no_text_fails_and_no_word_is_lost(text: str, family: Family) -> None:
    spec = parse_spec(f"-A X {text}", family)
    nothing = not spec.matches and spec.target == Continue() and not spec.comments
    assert not nothing or not text.strip() or text.split() in (["-4"], ["-6"]) or spec.unparsed


def test_an_open_quote_is_unknown_as_a_whole() -> None:
    spec = parse_spec('-A X -m comment --comment "oh -j ACCEPT', Family.IPV4)
    assert isinstance(spec.target, UnknownTarget)


@pytest.mark.parametrize(
    "target",
    [
        "-j DNAT --to-destination :0 --persistent --to-destination :0 --persistent",
        "-j DNAT --to-destination  --random --to-destination  --random --to-destination",
        "-j DNAT --to-destination 0.0.0.0 --persistent",
        "-j DNAT --to-destination :0",
        "-j SNAT --to-source 192.0.2.1 --to-source 192.0.2.2",
    ],
)
def test_a_translation_printed_by_an_iptables_too_old_for_it_is_not_believed(target: str) -> None:
    """What it prints is not what the kernel holds, so nobody can say where packets go."""
    assert isinstance(parse_spec(f"-A X -p tcp {target}", Family.IPV4).target, UnknownTarget)
