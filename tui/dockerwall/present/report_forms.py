"""The forms a report can be written in, and how a file's name tells which is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from dockerwall.analysis.judgement import Judgement
from dockerwall.model.snapshot import HostInfo


class Form(StrEnum):
    """What a report is written in."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


_SUFFIXES = {
    ".txt": Form.TEXT,
    ".md": Form.MARKDOWN,
    ".markdown": Form.MARKDOWN,
    ".html": Form.HTML,
    ".htm": Form.HTML,
    ".json": Form.JSON,
}


def form_of(file_name: str) -> Form | None:
    """The form a file's name asks for; None where it says nothing."""
    _, dot, suffix = file_name.rpartition(".")
    return _SUFFIXES.get(f"{dot}{suffix}".lower())


def file_name(host: HostInfo, form: Form) -> str:
    """A name for a report on a host: `dockerwall-shop-1-2026-11-21T083350Z.html`."""
    suffix = next(suffix for suffix, each in _SUFFIXES.items() if each is form)
    words = [_safe(host.hostname), _safe(host.taken_at.replace(":", ""))]
    return "-".join(["dockerwall", *filter(None, words)]) + suffix


def _safe(text: str) -> str:
    """A host's own words as a part of a file's name: no path, no option, no hidden file."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text)[:64].strip("._-")


def parts(judgement: Judgement, form: Form) -> Iterator[str]:
    """A judgement in a form, part by part: the JSON of a large host is hundreds of megabytes."""
    if form is Form.JSON:
        from dockerwall.present.audit_document import audit_text

        yield from audit_text(
            judgement.world, judgement.exposures, judgement.findings, judgement.expected
        )
        yield "\n"
    else:
        yield written(judgement, form)


def written(judgement: Judgement, form: Form) -> str:
    """A judgement in a form; whatever is host's own in it is text there and nothing else."""
    if form is Form.JSON:
        return "".join(parts(judgement, form))
    if form is Form.TEXT:
        from dockerwall.present.audit_report import report_lines
        from dockerwall.present.exposures import rows

        table = rows(judgement.world, judgement.exposures, judgement.expected)
        lines = report_lines(judgement.world, table, judgement.findings)
        return "".join(f"{line}\n" for line in lines)
    from dockerwall.present.report import report

    if form is Form.MARKDOWN:
        from dockerwall.present.report_markdown import markdown

        return markdown(report(judgement))
    from dockerwall.present.report_html import html

    return html(report(judgement))
