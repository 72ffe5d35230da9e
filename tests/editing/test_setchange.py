"""Which changes of ipsets any packet could feel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.present.recorded import snapshot_of

from dockerwall.editing.setchange import SetChange, felt
from dockerwall.model.ipsets import IpSet

ADDED = SetChange("add", "friends", "198.51.100.9")


def test_a_set_that_rules_ask_is_felt() -> None:
    assert felt(snapshot_of("ipsets"), [ADDED]) == (ADDED,)


@pytest.mark.parametrize("action", ["create", "destroy"])
def test_a_set_that_no_rule_names_is_not(action: str) -> None:
    change = SetChange(action, "guests", "hash:net family inet")
    assert felt(snapshot_of("ipsets"), [change]) == ()


def test_a_set_in_a_set_of_sets_may_be() -> None:
    inner = SetChange("add", "inner", "198.51.100.9")
    snapshot = snapshot_of("ipsets")
    outer = IpSet("friends", "list:set", (), ("inner",))
    assert felt(replace(snapshot, ipsets=(outer,)), [inner]) == (inner,)
