"""The product's verdicts agree with what real packets did, probe by probe."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from tests.engine.observation import Observation
from tests.engine.verdicts import audit_disagreements, offered, trace_disagreements

pytestmark = pytest.mark.engine


def _judge(observation: Observation, disagreements: Iterable[tuple[str, str]]) -> None:
    """No verdict is wrong, and none unknown but where the scenario cannot be decided."""
    sorted_out: dict[str, list[str]] = {"wrong": [], "unknown": []}
    for kind, line in disagreements:
        sorted_out[kind].append(line)
    for line in sorted_out["unknown"]:
        print("unknown:", line)  # shown when the test fails
    wrong = sorted_out["wrong"]
    if not observation.case.scenario.undecidable:
        wrong += sorted_out["unknown"]
    assert not wrong, f"{len(wrong)} of {len(observation.outcomes)}:\n" + "\n".join(wrong)


@pytest.mark.skipif("trace" not in offered(), reason="the product has no trace yet")
def test_trace_agrees_with_every_probe(observation: Observation) -> None:
    """`trace` accepts exactly the probes that were answered, and names who answered."""
    _judge(observation, trace_disagreements(observation.snapshot, observation.outcomes))


@pytest.mark.skipif("audit" not in offered(), reason="the product has no audit yet")
def test_audit_agrees_with_every_probe(observation: Observation) -> None:
    """`audit` holds exactly the sources that were answered by a container."""
    _judge(observation, audit_disagreements(observation.snapshot, observation.outcomes))
