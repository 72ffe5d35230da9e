"""`meta.json` of a snapshot: which host, when, and what could not be read."""

from __future__ import annotations

import json

from dockerwall.grammar.errors import GrammarError
from dockerwall.grammar.jsontext import (
    MisshapenError,
    Object,
    load_object,
    misplaced,
    objects_of,
    text_of,
)
from dockerwall.model.snapshot import Gap, HostInfo
from dockerwall.reading.texts import FORMAT, META, Texts


def format_meta(texts: Texts) -> str:
    """The text of `meta.json` for these texts."""
    gaps = [
        {
            "source": gap.source,
            "problem": gap.problem,
            "advice": gap.advice,
            "denied": gap.denied,
        }
        for gap in texts.gaps
    ]
    value = {
        "format": FORMAT,
        "hostname": texts.host.hostname,
        "kernel": texts.host.kernel,
        "taken_at": texts.host.taken_at,
        "gaps": gaps,
    }
    return json.dumps(value, indent=2) + "\n"


def parse_meta(text: str, source: str = META) -> tuple[HostInfo, tuple[Gap, ...]]:
    """The host and the recorded gaps; GrammarError for another format."""
    value = load_object(text, source)
    stated = value.get("format")
    if stated != FORMAT:
        raise _wrong_format(text, source, stated)
    try:
        host = HostInfo(
            hostname=text_of(value, "hostname", ""),
            kernel=text_of(value, "kernel", ""),
            taken_at=text_of(value, "taken_at", ""),
        )
        return host, tuple(_gap(each) for each in objects_of(value, "gaps"))
    except MisshapenError as error:
        raise misplaced(text, source, None, str(error)) from None


def _gap(entry: Object) -> Gap:
    return Gap(
        source=text_of(entry, "source"),
        problem=text_of(entry, "problem"),
        advice=text_of(entry, "advice", ""),
        denied=entry.get("denied") is True,
    )


def _wrong_format(text: str, source: str, stated: object) -> GrammarError:
    shown = "no format" if stated is None else f"format {stated!r}"
    return misplaced(
        text, source, None, f"{shown}, where this program reads {FORMAT}: no snapshot it knows"
    )
