"""iptables-save text comes out as it went in, and what is no such text is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerwall.grammar.errors import GrammarError
from dockerwall.grammar.save import format_save, parse_save, unlisted_tables
from dockerwall.grammar.words import split_words
from dockerwall.model.kinds import Family, Variant

HOSTS = Path(__file__).parent.parent / "hosts"
SAVED = sorted(HOSTS.glob("*/ip*tables-save.*"))
ODD = r"""*mangle
:PREROUTING ACCEPT [18446744073709551615:0]
:chain.with-odd_signs:1 - [0:0]
[1:2] -A PREROUTING -m comment --comment "say \"hi\" \\ # not a comment" -g chain.with-odd_signs:1
-A PREROUTING ! -i eth+ ! -s 10.0.0.0/255.0.255.0 -m nosuch ! --never-heard-of "é ü" -j NOSUCH --x
[0:0] -A "chain.with-odd_signs:1" -f
COMMIT
*filter
:INPUT QUEUE [0:0]
COMMIT
"""


def parse(text: str) -> str:
    return format_save(parse_save(text, Variant.NFT, Family.IPV4, "rules"))


def without_comments(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))


def failure(text: str) -> GrammarError:
    with pytest.raises(GrammarError) as caught:
        parse_save(text, Variant.NFT, Family.IPV4, "rules")
    return caught.value


@pytest.mark.parametrize("path", SAVED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_recorded_hosts_print_as_they_were(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    assert parse(text) == without_comments(text)


def test_whatever_it_has_never_heard_of_is_kept() -> None:
    assert parse(ODD) == ODD


def test_nothing_at_all_is_a_host_without_tables() -> None:
    assert parse("") == ""


def test_only_counters_differ_then_the_rules_are_the_same_object() -> None:
    first = parse_save(ODD, Variant.NFT, Family.IPV4)
    text = ODD.replace("[1:2]", "[3:4]")
    second = parse_save(text, Variant.NFT, Family.IPV4, previous=first)
    assert second.ruleset is first.ruleset
    rule = second.ruleset.tables["mangle"].chains["PREROUTING"].rules[0]
    assert (first.counters.of(rule.slot), second.counters.of(rule.slot)) == ((1, 2), (3, 4))
    assert format_save(second) == text


def test_a_changed_rule_makes_a_new_rule_set() -> None:
    first = parse_save(ODD, Variant.NFT, Family.IPV4)
    second = parse_save(ODD.replace("-f", "-j DROP"), Variant.NFT, Family.IPV4, previous=first)
    assert second.ruleset is not first.ruleset


def test_the_other_family_never_shares_a_rule_set() -> None:
    first = parse_save(ODD, Variant.NFT, Family.IPV4)
    assert parse_save(ODD, Variant.NFT, Family.IPV6, previous=first).ruleset is not first.ruleset


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("*filter\n:INPUT ACCEPT [0:0]\n", 3, 1),  # cut off: no COMMIT
        ("*filter\n:INPUT ACCEPT [0:0]\n[0:0 -A INPUT\nCOMMIT\n", 3, 1),
        ("*filter\n:INPUT ACCEPT [0:x]\nCOMMIT\n", 2, 15),
        ("*filter\n:INPUT MAYBE [0:0]\nCOMMIT\n", 2, 8),
        ("*filter\n-A INPUT -j DROP\nCOMMIT\n", 2, 4),
        ("*filter\n:INPUT ACCEPT [0:0]\n-I INPUT -j DROP\nCOMMIT\n", 3, 1),
        ("*filter\n*nat\nCOMMIT\n", 2, 1),
        ("*filter\nCOMMIT\n*filter\nCOMMIT\n", 3, 2),
        ("#!/bin/sh\necho hello\n", 2, 1),
        ("PK\x03\x04 junk \x1b[2J", 1, 1),
    ],
)
def test_bad_text_is_named_with_line_and_column(text: str, line: int, column: int) -> None:
    error = failure(text)
    assert (error.source, error.line, error.column) == ("rules", line, column)
    assert str(error).startswith(f"rules:{line}:{column}: ")


def test_the_caret_never_passes_control_characters_on() -> None:
    assert "\x1b" not in failure("*filter\n\x1b[2J\n").shown()


@pytest.mark.parametrize(
    "line",
    [
        "# Table `filter' is incompatible, use 'nft' tool.",
        "# Table `filter' contains incompatible base-chains, use 'nft' tool to list them.",
    ],
)
def test_tables_that_iptables_cannot_print_are_noticed(line: str) -> None:
    assert unlisted_tables(f"*nat\nCOMMIT\n{line}\n") == ("filter",)


WORD = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Z")), min_size=1, max_size=12)
COUNTER = st.integers(0, 2**64 - 1)
CHAIN = st.text("AZaz09_.:-é", min_size=1, max_size=20).filter(lambda name: name[0] != "-")


@st.composite
def save_texts(draw: st.DrawFn) -> str:
    chains = draw(st.lists(CHAIN, max_size=5, unique=True))
    lines = ["*filter", *(f":{chain} - [{draw(COUNTER)}:{draw(COUNTER)}]" for chain in chains)]
    if chains:
        for chain in draw(st.lists(st.sampled_from(chains), max_size=6)):
            words = " ".join(draw(st.lists(WORD, max_size=6)))
            mark = draw(st.sampled_from(("", f"[{draw(COUNTER)}:{draw(COUNTER)}] ")))
            lines.append(f"{mark}-A {chain} {words}".rstrip())
    return "\n".join([*lines, "COMMIT", ""])


@given(save_texts())
def test_any_well_formed_text_survives(text: str) -> None:
    assert parse(text) == text


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        printed = parse(text)
    except GrammarError as error:
        place = (error.line, error.column)
    else:
        printed_lines = [line for line in text.split("\n") if line[:1] != "#"]
        assert printed == "\n".join(printed_lines)
        return
    assert min(place) >= 1


NASTY = ["a\nb", "x\n-A INPUT -j ACCEPT", "y\nCOMMIT\n*nat", 'q"\n\\', "\n", "end\n"]


@pytest.mark.parametrize("comment", NASTY)
def test_a_comments_line_ends_belong_to_its_rule(comment: str) -> None:
    written = comment.replace("\\", "\\\\").replace('"', '\\"')
    text = (
        "*filter\n:INPUT ACCEPT [0:0]\n"
        f'[1:2] -A INPUT -m comment --comment "{written}" -j DROP\n-A INPUT -j REJECT\nCOMMIT\n'
    )
    saved = parse_save(text, Variant.NFT, Family.IPV4, "rules")
    assert format_save(saved) == text
    rules = saved.ruleset.tables["filter"].chains["INPUT"].rules
    assert [rule.number for rule in rules] == [1, 2]
    assert split_words(rules[0].text)[5] == comment
    assert rules[1].text == "-A INPUT -j REJECT"
    again = parse_save(text.replace("[1:2]", "[3:4]"), Variant.NFT, Family.IPV4, previous=saved)
    assert again.ruleset is saved.ruleset


def test_a_quote_that_nobody_closes_swallows_nothing() -> None:
    text = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT --odd "x\n-A INPUT -j DROP\nCOMMIT\n'
    rules = parse_save(text, Variant.NFT, Family.IPV4).ruleset.tables["filter"].chains["INPUT"]
    assert [rule.text for rule in rules.rules] == ['-A INPUT --odd "x', "-A INPUT -j DROP"]
    assert parse(text) == text


@given(st.lists(st.text(st.characters(blacklist_characters="\0"), max_size=30), max_size=4))
def test_any_comment_stays_in_its_rule(comments: list[str]) -> None:
    lines = ["*filter", ":INPUT ACCEPT [0:0]"]
    for comment in comments:
        written = comment.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'")
        lines.append(f'[0:0] -A INPUT -m comment --comment "{written}" -j DROP')
    text = "\n".join([*lines, "COMMIT", ""])
    saved = parse_save(text, Variant.NFT, Family.IPV4)
    assert format_save(saved) == text
    rules = saved.ruleset.tables["filter"].chains["INPUT"].rules
    assert [split_words(rule.text)[5:] for rule in rules] == [[c, "-j", "DROP"] for c in comments]
