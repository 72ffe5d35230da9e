"""A report as one HTML file: nothing is fetched, nothing is run, and it prints well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from dockerwall.analysis.findings import Finding
from dockerwall.present.finding_words import rule_place, rule_text
from dockerwall.present.plain import plain
from dockerwall.present.report import MEANINGS, Account, Report
from dockerwall.present.report_style import STYLE

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Even if a text were not escaped, a browser would fetch and run nothing."""


def html(report: Report) -> str:
    """The whole report."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{escape(report.title)}</title>"
    yield f"<style>{STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield "<main>"
    yield from _head(report)
    yield from _ports(report)
    yield from _accounts(report.accounts)
    yield from _findings(report.findings)
    yield from _unknown(report)
    yield from _meanings()
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _head(report: Report) -> Iterator[str]:
    yield "<header>"
    yield f"<h1>{escape(report.title)}</h1>"
    yield "<dl>"
    for fact in report.facts:
        yield f"<div><dt>{escape(fact.name)}</dt><dd>{escape(fact.value)}</dd></div>"
    yield "</dl>"
    yield "</header>"
    yield f'<section class="verdict {_class(report.state)}">'
    for line in report.verdict:
        word, colon, rest = line.partition(": ")
        if colon and word.isupper():
            yield f'<p class="answer"><strong>{escape(word)}</strong> {escape(rest)}</p>'
        else:
            yield f"<p>{escape(line)}</p>"
    yield "</section>"


def _ports(report: Report) -> Iterator[str]:
    yield "<section>"
    yield "<h2>Ports</h2>"
    if report.rows:
        yield from _table(
            ("State", "Port", "Published on", "Container", "Family", "Reached by"),
            (
                (
                    _badge(row.word),
                    _code(row.port),
                    " ".join(_code(bind) for bind in row.bind.split()),
                    _code(row.container),
                    escape(row.families),
                    escape(row.reachable),
                )
                for row in report.rows
            ),
            "ports",
        )
    if report.left_out:
        yield f'<p class="aside">{escape(report.left_out)}</p>'
    yield "</section>"


def _accounts(accounts: Sequence[Account]) -> Iterator[str]:
    yield "<section>"
    yield "<h2>Who gets in, and why</h2>"
    if not accounts:
        yield "<p>Nobody from outside the host gets in to any port.</p>"
    for account in accounts:
        yield "<article>"
        yield from _account(account)
        yield "</article>"
    yield "</section>"


def _account(account: Account) -> Iterator[str]:
    row = account.row
    yield (
        f"<h3>{_badge(row.word)} {_code(row.port)} {escape(row.container)} "
        f'<span class="aside">{escape(row.families)}</span></h3>'
    )
    if not row.governed:
        yield "<p>Its packets never pass this host's rules.</p>"
        return
    yield from _table(
        ("From", "Sources", "Way", "Interfaces"),
        (
            (escape(way.who), escape(way.sources), escape(way.by), _code(way.interfaces))
            for way in account.ways
        ),
        "ways",
    )
    if account.deciders:
        yield "<h4>Decided by</h4>"
        yield from _table(
            ("Where", "Rule", "Does"),
            (
                (escape(each.place), _code(each.text), escape(each.action))
                for each in account.deciders
            ),
            "deciders",
        )
    if account.doubts:
        yield "<h4>Cannot be decided</h4>"
        yield from _items(map(_code, account.doubts))


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    yield "<section>"
    yield "<h2>Findings</h2>"
    if not findings:
        yield "<p>None.</p>"
    for finding in findings:
        level = str(finding.severity)
        yield "<article>"
        yield f'<h3>{_badge(level)} <span class="id">{escape(finding.id)}</span></h3>'
        yield f"<p>{escape(plain(finding.message))}</p>"
        rules = [each for each in (finding.rule, *finding.others) if each is not None]
        if rules:
            yield from _items(f"{escape(rule_place(r))} {_code(rule_text(r))}" for r in rules)
        if finding.fix:
            yield f"<p><strong>Fix</strong> {escape(plain(finding.fix))}</p>"
        if finding.commands:
            yield f"<pre>{escape(chr(10).join(map(plain, finding.commands)))}</pre>"
        yield "</article>"
    yield "</section>"


def _unknown(report: Report) -> Iterator[str]:
    yield "<section>"
    yield "<h2>What is not known</h2>"
    if report.gaps:
        yield from _items(map(escape, report.gaps))
    else:
        yield "<p>Everything this audit asks for could be read.</p>"
    yield "</section>"
    if report.intended:
        yield "<section>"
        yield "<h2>Declared as meant to be open</h2>"
        yield from _items(map(escape, report.intended))
        yield "</section>"


def _meanings() -> Iterator[str]:
    yield "<section>"
    yield "<h2>What the states mean</h2>"
    yield from _table(
        ("State", "Who can open a connection"),
        ((_badge(word), escape(meaning)) for word, meaning in MEANINGS),
    )
    yield "</section>"


def _table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "plain"
) -> Iterator[str]:
    """A table of cells that are HTML already."""
    yield '<div class="wide">'
    yield f'<table class="{kind}">'
    yield f"<thead><tr>{''.join(f'<th>{escape(title)}</th>' for title in titles)}</tr></thead>"
    yield "<tbody>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
    yield "</tbody>"
    yield "</table>"
    yield "</div>"


def _items(items: Iterable[str]) -> Iterator[str]:
    yield "<ul>"
    yield from (f"<li>{item}</li>" for item in items)
    yield "</ul>"


def _badge(word: str) -> str:
    """A state or level; its colour only repeats what the word says."""
    return f'<span class="badge {_class(word)}">{escape(word)}</span>'


def _class(word: str) -> str:
    return word.replace(" ", "-")


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>" if text else ""
