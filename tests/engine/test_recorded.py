"""The product's verdicts on recorded hosts agree with what real packets did when they ran."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.engine.probe import Outcome, Probe
from tests.engine.record import HOSTS
from tests.engine.verdicts import audit_disagreements, offered, trace_disagreements

RECORDED = sorted(path.parent for path in HOSTS.glob("*/expected.json"))


def _name(folder: Path) -> str:
    return folder.name


def _outcomes(folder: Path) -> dict[Probe, Outcome]:
    """The probes of a recorded host and what became of them."""
    return {
        Probe(
            entry["from"],
            entry["in"],
            entry["src"],
            entry["dst"],
            entry["proto"],
            entry["dport"],
            entry.get("sport", 0),
        ): Outcome(entry["outcome"], entry.get("answered_by", ""), entry.get("seen_as", ""))
        for entry in _expected(folder)["probes"]
    }


def _expected(folder: Path) -> dict[str, Any]:
    """What stands beside a recorded host."""
    expected: dict[str, Any] = json.loads((folder / "expected.json").read_text())
    return expected


def _judge(folder: Path, disagreements: Iterable[tuple[str, str]]) -> None:
    """No verdict is wrong, and none unknown but on a host that cannot be decided."""
    undecidable = _expected(folder)["undecidable"]
    assert [line for kind, line in disagreements if kind == "wrong" or not undecidable] == []


@pytest.mark.parametrize("folder", RECORDED, ids=_name)
@pytest.mark.skipif("trace" not in offered(), reason="the product has no trace yet")
def test_trace_agrees_with_the_recorded_probes(folder: Path) -> None:
    """`trace` accepts exactly what was answered then."""
    _judge(folder, trace_disagreements(folder, _outcomes(folder)))


@pytest.mark.parametrize("folder", RECORDED, ids=_name)
@pytest.mark.skipif("audit" not in offered(), reason="the product has no audit yet")
def test_audit_agrees_with_the_recorded_probes(folder: Path) -> None:
    """`audit` holds exactly the sources that were answered then."""
    _judge(folder, audit_disagreements(folder, _outcomes(folder)))
