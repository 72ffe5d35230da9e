"""Findings as lines of text: what is wrong, where, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dockerwall.model.kinds import Family, Variant
from dockerwall.present.pieces import Tone
from dockerwall.present.plain import plain
from dockerwall.present.wording import listed

if TYPE_CHECKING:
    from dockerwall.analysis.findings import Finding, RuleRef

MARKS = {"critical": "!!", "warning": "! ", "notice": "- "}
"""A mark beside each level's word, so that colour never carries the meaning alone."""

TONES = {"critical": Tone.DROP, "warning": Tone.WARN, "notice": Tone.NOTE}

OTHERS_SHOWN = 4
"""How many further rules are named with a finding."""


def finding_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """A line that counts them, then each with its rule and its fix, worst first."""
    if not findings:
        yield "Findings: none."
        return
    counts = Counter(str(finding.severity) for finding in findings)
    counted = [_count(counts[level], level) for level in MARKS if counts[level]]
    yield f"Findings: {listed(counted, 'and')}."
    for level in MARKS:
        for finding in findings:
            if finding.severity == level:
                yield from lines_of(finding)


def _count(number: int, level: str) -> str:
    """`2 critical`, `1 warning`, `3 notices`."""
    plural = "s" if number > 1 and level != "critical" else ""
    return f"{number} {level}{plural}"


def lines_of(finding: Finding) -> Iterator[str]:
    """One finding."""
    level = str(finding.severity)
    yield f"{MARKS[level]} {level}: {plain(finding.message)} [{finding.id}]"
    if finding.rule is not None:
        yield f"     {rule_words(finding.rule)}"
    for other in finding.others[:OTHERS_SHOWN]:
        yield f"     with {rule_words(other)}"
    if len(finding.others) > OTHERS_SHOWN:
        yield f"     and {len(finding.others) - OTHERS_SHOWN} more rules"
    if finding.fix:
        yield f"     Fix: {plain(finding.fix)}"
    for command in finding.commands:
        yield f"       {plain(command)}"


def rule_words(rule: RuleRef) -> str:
    """`filter DOCKER-USER rule 3: -s 10.0.0.0/8 -j DROP`; family and variant where unusual."""
    text = rule_text(rule)
    return f"{rule_place(rule)}: {text}" if text else rule_place(rule)


def rule_text(rule: RuleRef) -> str:
    """The rule without its chain; empty for a policy."""
    return "" if rule.number is None else plain(rule.text.removeprefix(f"-A {rule.chain} "))


def rule_place(rule: RuleRef) -> str:
    """`filter DOCKER-USER rule 3`, `IPv6 legacy filter FORWARD's policy`."""
    legacy = "legacy " if rule.variant is Variant.LEGACY else ""
    version = "IPv6 " if rule.family is Family.IPV6 else ""
    place = f"{version}{legacy}{rule.table} {plain(rule.chain)}"
    if rule.number is None:
        return f"{place}'s policy"
    return f"{place} rule {rule.number}"
