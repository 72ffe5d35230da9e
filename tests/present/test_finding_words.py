"""Findings in lines."""

from __future__ import annotations

from dockerwall.analysis.findings import Finding, Level, RuleRef
from dockerwall.model.kinds import Family, Variant
from dockerwall.present.finding_words import MARKS, TONES, finding_lines, rule_words


def rule(
    number: int | None = 3, family: Family = Family.IPV4, variant: Variant = Variant.NFT
) -> RuleRef:
    return RuleRef(variant, family, "filter", "DOCKER-USER", number, "-A DOCKER-USER -j DROP")


def test_no_findings_are_said_to_be_none() -> None:
    assert list(finding_lines([])) == ["Findings: none."]


def test_worst_first_with_rule_fix_and_commands() -> None:
    small = Finding("a-b", Level.NOTICE, "Worth knowing.")
    large = Finding(
        "shadowed-rule",
        Level.CRITICAL,
        "Never\x1b matches.",
        rule(),
        others=(rule(1), rule(2)),
        fix="Move it up.",
        commands=("iptables -D DOCKER-USER 3",),
    )
    assert list(finding_lines([small, large, small])) == [
        "Findings: 1 critical and 2 notices.",
        "!! critical: Never\\x1b matches. [shadowed-rule]",
        "     filter DOCKER-USER rule 3: -j DROP",
        "     with filter DOCKER-USER rule 1: -j DROP",
        "     with filter DOCKER-USER rule 2: -j DROP",
        "     Fix: Move it up.",
        "       iptables -D DOCKER-USER 3",
        "-  notice: Worth knowing. [a-b]",
        "-  notice: Worth knowing. [a-b]",
    ]


def test_many_further_rules_are_counted() -> None:
    found = Finding("x", Level.WARNING, "m", others=tuple(rule(n) for n in range(1, 10)))
    assert "     and 5 more rules" in finding_lines([found])


def test_rules_are_named_with_what_is_unusual() -> None:
    assert rule_words(rule(None)) == "filter DOCKER-USER's policy"
    assert rule_words(rule(1, Family.IPV6)).startswith("IPv6 filter DOCKER-USER rule 1")
    assert rule_words(rule(1, variant=Variant.LEGACY)).startswith("legacy filter DOCKER-USER")


def test_every_level_has_a_mark_and_a_tone() -> None:
    assert list(MARKS) == list(TONES) == [level.value for level in Level]
