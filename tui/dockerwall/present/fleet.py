"""The audits of many hosts as one report, and as JSON, schema `dockerwall-fleet/1`.

A host that could not be audited is a row like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dockerwall.analysis.exposure import Severity
from dockerwall.analysis.judgement import Judgement
from dockerwall.model.value import value
from dockerwall.present.audit_document import audit_document
from dockerwall.present.audit_report import report_lines
from dockerwall.present.exposures import rows
from dockerwall.present.plain import plain

SCHEMA = "dockerwall-fleet/1"
_TITLES = ("HOST", "NAME", "STATE", "EXPOSED", "ALLOWLISTED", "UNKNOWN", "FINDINGS")
_WORST = (Severity.EXPOSED, Severity.UNKNOWN, Severity.ALLOWLISTED)


@value
class Audited:
    """One host's audit, or why there is none."""

    host: str
    """Where it was reached: `root@203.0.113.1`."""
    status: int
    """What `audit` of this host alone would have ended with."""
    judgement: Judgement | None = None
    error: str = ""
    """One sentence where it could not be read at all."""


def fleet_document(audits: Sequence[Audited]) -> dict[str, Any]:
    """Everything `audit --json` prints of many hosts, in the order they were named."""
    return {"schema": SCHEMA, "hosts": [_entry(each) for each in audits]}


def _entry(audited: Audited) -> dict[str, Any]:
    judged = audited.judgement
    return {
        "host": audited.host,
        "status": audited.status,
        "error": audited.error or None,
        "audit": None
        if judged is None
        else audit_document(judged.world, judged.exposures, judged.findings, judged.expected),
    }


def fleet_lines(audits: Sequence[Audited]) -> Iterator[str]:
    """The whole report: a table of all hosts, then each host's own."""
    yield _verdict(audits)
    yield ""
    table = [_TITLES, *(_cells(each) for each in audits)]
    widths = [max(len(row[n]) for row in table) for n in range(len(_TITLES))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
    for each in audits:
        yield ""
        yield f"== {plain(each.host)}"
        yield ""
        yield from _own_lines(each)


def _own_lines(audited: Audited) -> Iterator[str]:
    judged = audited.judgement
    if judged is None:
        yield f"Not audited: {plain(audited.error)}"
        return
    table = rows(judged.world, judged.exposures, judged.expected)
    yield from report_lines(judged.world, table, judged.findings)


def _verdict(audits: Sequence[Audited]) -> str:
    counts = [_count(each, Severity.EXPOSED) for each in audits]
    exposed = sum(1 for count in counts if count)
    failed = sum(1 for each in audits if each.judgement is None)
    hosts = "1 host" if len(audits) == 1 else f"{len(audits)} hosts"
    words = f"{hosts}: {exposed} with ports exposed to the Internet"
    return f"{words}, {failed} that could not be audited." if failed else f"{words}."


def summary(audited: Audited) -> str:
    """One host in a few words, for whoever watches."""
    if audited.judgement is None:
        return f"not audited: {plain(audited.error)}"
    return state(audited)


def state(audited: Audited) -> str:
    """The worst of a host: a severity, `closed`, or that it could not be read or not whole."""
    judged = audited.judgement
    if judged is None:
        return "NOT AUDITED"
    if not judged.world.snapshot.rules and judged.world.snapshot.nft is None:
        return "NOT READ"
    for severity in _WORST:
        if _count(audited, severity):
            return severity.value.upper()
    return "closed to the outside"


def _count(audited: Audited, severity: Severity) -> int:
    judged = audited.judgement
    if judged is None:
        return 0
    return sum(
        1 for each in judged.exposures if each.severity is severity and not judged.is_expected(each)
    )


def _cells(audited: Audited) -> tuple[str, ...]:
    judged = audited.judgement
    if judged is None:
        return (plain(audited.host), "", state(audited), "", "", "", "")
    numbers = (_count(audited, severity) for severity in
               (Severity.EXPOSED, Severity.ALLOWLISTED, Severity.UNKNOWN))  # fmt: skip
    return (
        plain(audited.host),
        plain(judged.world.snapshot.host.hostname),
        state(audited),
        *(str(number) for number in numbers),
        str(len(judged.findings)),
    )
