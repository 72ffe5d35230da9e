"""What the README says of JSON is what the program prints."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.editing.judged import judged, planned

from dockerwall.applying.history import Past
from dockerwall.applying.journal import Entry, Event
from dockerwall.cli import main
from dockerwall.editing.foresight import preview
from dockerwall.present.contract import offer_document
from dockerwall.present.plan_words import plan_document

HOSTS = Path(__file__).parent.parent / "hosts"
README = (HOSTS.parent.parent / "README.md").read_text(encoding="utf-8")


def described(schema: str) -> dict[str, str]:
    """The fields in the table below a schema's name, with what they hold."""
    below = README.partition(f'"schema": "{schema}"')[2]
    table = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert table is not None
    rows = (line.strip("| \n").split(" | ", 1) for line in table[0].splitlines()[2:])
    return {name.strip("`"): holds for name, holds in rows}


def test_a_plan_has_the_fields_that_are_described() -> None:
    answer = planned("docker-28", "only 1.2.3.4 to 8080")
    seen = preview(judged("docker-28"), answer)
    document: dict[str, Any] = plan_document(seen, answer.alternatives, done=answer.done)
    fields = described(document.pop("schema"))
    assert list(fields) == list(document)
    offered = offer_document(judged("docker-28").exposures[0].offer).keys()
    for name in ("changes", "exposures", "severities", "objections"):
        for key in document[name][0].keys() - offered:
            assert f"`{key}`" in fields[name], (name, key)


def test_sets_and_changes_have_the_fields_that_are_described(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["set", "show", "--json", "--snapshot", str(HOSTS / "ipsets")]) == 0
    document = json.loads(capsys.readouterr().out)
    told = README.partition(f'"schema": "{document["schema"]}"')[2].partition("\n\n")[0]
    assert all(f"`{key}`" in told for key in document["sets"][0])
    entry = Entry("a", Event.KEPT, "2026-01-01T00:00:00Z", {})
    assert list(described("dockerwall-history/1")) == list(
        Past("a", (entry,), "kept", None).document
    )
