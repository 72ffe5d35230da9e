"""The JSON form of an audit."""

from __future__ import annotations

import json

import pytest
from tests.present.recorded import NAMES, world_of

from dockerwall.analysis.audit import audit
from dockerwall.analysis.judgement import judge
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family
from dockerwall.present.audit_document import audit_document, audit_text


@pytest.mark.parametrize("name", NAMES)
def test_fields_and_exact_sets(name: str) -> None:
    world = world_of(name)
    exposures = audit(world)
    found = json.loads(json.dumps(audit_document(world, exposures)))
    assert found["schema"] == "dockerwall-audit/1"
    assert set(found) >= {"host", "lan", "exposures", "findings", "gaps"}
    for exposure, text in zip(exposures, found["exposures"], strict=True):
        assert text["severity"] == exposure.severity.value
        for reach, way in zip(exposure.reach, text["reach"], strict=True):
            family = Family(text["family"])
            assert AddressSet.of(family, way["accept"]) == reach.accept
            assert AddressSet.of(family, way["unknown"]) == reach.unknown
            assert way["via"] in ("dnat", "proxy", "direct", "listen")


def test_a_deciding_rule_is_named() -> None:
    world = world_of("docker-28")
    found = audit_document(world, audit(world))
    (lan,) = [each for each in found["exposures"] if each["severity"] == "lan"]
    (way,) = [reach for reach in lan["reach"] if reach["in"] == "eth1"]
    assert {rule["chain"] for rule in way["decided_by"]} == {"DOCKER"}
    assert all(rule["text"].startswith("-A DOCKER ") for rule in way["decided_by"])


@pytest.mark.parametrize("name", NAMES)
def test_the_text_is_the_document(name: str) -> None:
    judgement = judge(world_of(name).snapshot)
    told = (judgement.world, judgement.exposures, judgement.findings, judgement.expected)
    assert "".join(audit_text(*told)) == json.dumps(audit_document(*told))
