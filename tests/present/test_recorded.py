"""Recorded hosts as trees: nothing lost, nothing invented, everything in words."""

from __future__ import annotations

import json

import pytest
from tests.present.recorded import HOSTS, NAMES, snapshot_of

from dockerwall.grammar.save import format_save
from dockerwall.present.document import document
from dockerwall.present.node import Kind, Node
from dockerwall.present.outline import outline
from dockerwall.present.printed import tree_lines
from dockerwall.present.sentences import rule_sentence
from dockerwall.reading.texts import SAVE_FILES


def walk(node: Node) -> list[Node]:
    return [node, *(below for child in node.children() for below in walk(child))]


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_stands_in_the_tree(name: str) -> None:
    snapshot = snapshot_of(name)
    tree = outline(snapshot)
    shown = {
        (node.place, node.rule.number)
        for top in tree.roots
        for node in walk(top)
        if node.rule is not None and node.place is not None
    }
    held = {
        ((ruleset.variant, ruleset.family, table.name, chain.name), rule.number)
        for ruleset in tree.rulesets.values()
        for table in ruleset.tables.values()
        for chain in table.chains.values()
        for rule in chain.rules
    }
    assert shown == held


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_has_words(name: str) -> None:
    for saved in snapshot_of(name).rules.values():
        for table in saved.ruleset.tables.values():
            for chain in table.chains.values():
                for rule in chain.rules:
                    words = rule_sentence(rule.text, saved.ruleset.family, table.name)
                    assert words.isprintable()
                    assert "understood" not in words
                    assert "could not be read" not in words


@pytest.mark.parametrize("name", NAMES)
def test_the_printed_tree_is_safe_and_starts_with_the_packets_way(name: str) -> None:
    snapshot = snapshot_of(name)
    lines = list(tree_lines(outline(snapshot), snapshot.rules, snapshot.host))
    assert all(line.isprintable() for line in lines)
    tops = [node.text.split("  ")[0] for node in outline(snapshot).roots if node.kind is Kind.HOOK]
    assert tops == ["PREROUTING", "FORWARD", "POSTROUTING", "INPUT", "OUTPUT"]


@pytest.mark.parametrize("name", NAMES)
def test_jumps_lead_where_the_rules_say(name: str) -> None:
    for top in outline(snapshot_of(name)).roots:
        for node in walk(top):
            if node.target is not None and node.foldable:
                below = node.children()[0].place
                assert below is not None
                assert below.chain == node.target


@pytest.mark.parametrize("name", NAMES)
def test_the_rules_come_back_byte_for_byte(name: str) -> None:
    for key, saved in snapshot_of(name).rules.items():
        text = (HOSTS / name / SAVE_FILES[key]).read_bytes().decode("utf-8", "surrogateescape")
        lines = [line for line in text.split("\n") if not line.startswith("#")]
        assert format_save(saved) == "\n".join(lines)


@pytest.mark.parametrize("name", NAMES)
def test_json_holds_every_rule(name: str) -> None:
    found = json.loads(json.dumps(document(snapshot_of(name))))
    held = sum(saved.ruleset.rule_count for saved in snapshot_of(name).rules.values())
    rules = [
        rule
        for ruleset in found["rulesets"]
        for table in ruleset["tables"]
        for chain in table["chains"]
        for rule in chain["rules"]
    ]
    assert len(rules) == held
