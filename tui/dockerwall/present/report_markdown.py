"""A report as Markdown (CommonMark with GitHub's tables), for a ticket."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from dockerwall.analysis.findings import Finding
from dockerwall.present.finding_words import rule_place, rule_text
from dockerwall.present.plain import plain
from dockerwall.present.report import MEANINGS, Account, Report

_SIGNS = re.compile(r"[\\`*_\[\]<>|~#&$!]")
_LINKS = re.compile(r"(?i)(?<=www)\.|:(?=//)|(?<=mailto):")
"""What GitHub and others make links of without being asked."""


def markdown(report: Report) -> str:
    """The whole report."""
    parts = (
        [f"# {words(report.title)}"],
        _verdict(report),
        (f"- **{words(fact.name)}**: {words(fact.value)}" for fact in report.facts),
        _ports(report),
        _accounts(report.accounts),
        _findings(report.findings),
        _unknown(report),
        _meanings(),
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def words(text: str) -> str:
    """A text that stays text: no emphasis, link, image or mark-up comes of it."""
    return _LINKS.sub(r"\\\g<0>", _SIGNS.sub(r"\\\g<0>", text))


def code(text: str) -> str:
    """A text as it is typed."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""


def _cell_code(text: str) -> str:
    """The same within a table, where a bar ends the cell even here."""
    return code(text).replace("|", "\\|")


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{' --- |' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _verdict(report: Report) -> Iterator[str]:
    for line in report.verdict:
        word, colon, rest = line.partition(": ")
        marked = f"**{words(word)}**: {words(rest)}" if colon and word.isupper() else words(line)
        yield marked + "  "


def _ports(report: Report) -> Iterator[str]:
    yield "## Ports"
    if report.rows:
        yield ""
        yield from _table(
            ("", "State", "Port", "Published on", "Container", "Family", "Reached by"),
            (
                (
                    words(row.mark.strip()),
                    words(row.word),
                    _cell_code(row.port),
                    _cell_code(row.bind),
                    _cell_code(row.container),
                    row.families,
                    words(row.reachable),
                )
                for row in report.rows
            ),
        )
    if report.left_out:
        yield ""
        yield words(report.left_out)


def _accounts(accounts: Sequence[Account]) -> Iterator[str]:
    yield "## Who gets in, and why"
    if not accounts:
        yield ""
        yield "Nobody from outside the host gets in to any port."
    for account in accounts:
        yield ""
        yield from _account(account)


def _account(account: Account) -> Iterator[str]:
    row = account.row
    yield f"### {code(row.port)} {code(row.container)} ({row.families}): {words(row.word)}"
    yield ""
    if not row.governed:
        yield "Its packets never pass this host's rules."
        return
    yield from _table(
        ("From", "Sources", "Way", "Interfaces"),
        (
            (words(way.who), words(way.sources), words(way.by), _cell_code(way.interfaces))
            for way in account.ways
        ),
    )
    if account.deciders:
        yield ""
        yield "Decided by:"
        yield ""
        for each in account.deciders:
            action = f" → {words(each.action)}" if each.action else ""
            rule = f": {code(each.text)}" if each.text else action
            yield f"- {words(each.place)}{rule}"
    if account.doubts:
        yield ""
        yield "Cannot be decided:"
        yield ""
        for doubt in account.doubts:
            yield f"- {words(doubt)}"


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    yield "## Findings"
    if not findings:
        yield ""
        yield "None."
    for finding in findings:
        yield ""
        yield f"### {finding.severity}: {words(finding.id)}"
        yield ""
        yield words(plain(finding.message))
        rules = [each for each in (finding.rule, *finding.others) if each is not None]
        if rules:
            yield ""
        for rule in rules:
            text = code(rule_text(rule))
            yield f"- {words(rule_place(rule))}{': ' if text else ''}{text}"
        if finding.fix:
            yield ""
            yield f"**Fix**: {words(plain(finding.fix))}"
        if finding.commands:
            yield ""
            yield from (f"    {plain(command)}" for command in finding.commands)


def _unknown(report: Report) -> Iterator[str]:
    yield "## What is not known"
    yield ""
    if report.gaps:
        yield from (f"- {words(gap)}" for gap in report.gaps)
    else:
        yield "Everything this audit asks for could be read."
    if report.intended:
        yield ""
        yield "## Declared as meant to be open"
        yield ""
        yield from (f"- {words(each)}" for each in report.intended)


def _meanings() -> Iterator[str]:
    yield "## What the states mean"
    yield ""
    yield from _table(("State", "Who can open a connection"), MEANINGS)
