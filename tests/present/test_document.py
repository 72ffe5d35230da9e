"""The JSON form of the tree."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.present.hosts_made import filter_of, host_of, save_text, saved

from dockerwall.model.nft import NftBaseChain
from dockerwall.model.snapshot import Gap, Snapshot
from dockerwall.present.document import document


def of(snapshot: Snapshot) -> Any:
    return json.loads(json.dumps(document(snapshot)))


def test_schema_host_and_gaps() -> None:
    gap = Gap("ipset.save", "No sets.", "Install ipset.")
    found = of(replace(filter_of("FORWARD -j DROP"), gaps=(gap,)))
    assert found["schema"] == "dockerwall-show/1"
    assert found["host"]["hostname"] == "web-07"
    assert found["gaps"] == [
        {"source": "ipset.save", "problem": "No sets.", "advice": "Install ipset.", "denied": False}
    ]


def test_hooks_in_order_with_native_chains() -> None:
    native = NftBaseChain("inet", "guard", "way", "filter", "forward", -5, "drop", 3, True)
    found = of(replace(host_of(saved(save_text("docker-28"))), nft=(native,)))
    assert [hook["hook"] for hook in found["hooks"]][:2] == ["PREROUTING", "FORWARD"]
    assert [each["table"] for each in found["hooks"][0]["chains"]] == ["raw", "nat"]
    assert found["hooks"][1]["chains"][0] == {
        "priority": -5,
        "backend": "native",
        "family": "inet",
        "table": "guard",
        "chain": "way",
        "type": "filter",
        "policy": "drop",
        "rules": 3,
        "evaluated": False,
    }


def test_rules_with_counters_words_jumps_and_what_is_never_reached() -> None:
    (ruleset,) = of(host_of(saved(save_text("docker-28"))))["rulesets"]
    assert (ruleset["backend"], ruleset["family"]) == ("nft", "ipv4")
    (table,) = [each for each in ruleset["tables"] if each["table"] == "filter"]
    chains = {each["chain"]: each for each in table["chains"]}
    assert (chains["FORWARD"]["policy"], chains["FORWARD"]["owner"]) == ("DROP", None)
    assert chains["FORWARD"]["rules"][0] == {
        "rule": 1,
        "text": "-A FORWARD -j DOCKER-USER",
        "packets": 40,
        "bytes": 4000,
        "sentence": "All packets go through the chain DOCKER-USER.",
        "names": [],
        "jump": "DOCKER-USER",
        "goto": False,
        "reached": True,
    }
    assert [rule["reached"] for rule in chains["DOCKER-USER"]["rules"]] == [True, True, False]
    assert (chains["LOST"]["reached"], chains["LOST"]["rules"][0]["goto"]) == (False, True)


def test_counters_that_were_not_printed_are_null() -> None:
    text = "*filter\n:FORWARD DROP\n-A FORWARD -j DROP\nCOMMIT\n"
    (ruleset,) = of(host_of(saved(text)))["rulesets"]
    assert ruleset["tables"][0]["chains"][0]["rules"][0]["packets"] is None
