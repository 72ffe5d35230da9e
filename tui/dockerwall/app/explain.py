"""The line under the cursor, explained: in words, as the exact rule, and whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dockerwall.analysis.owners import owner_of
from dockerwall.model.rules import Rule, Table
from dockerwall.present.hooks import HOOK_WORDS
from dockerwall.present.node import Kind, Node, Place
from dockerwall.present.outline import Outline
from dockerwall.present.pieces import Tone
from dockerwall.present.plain import plain


class Remark(NamedTuple):
    """One paragraph of the explanation."""

    label: str
    text: str
    tone: Tone = Tone.PLAIN


class Explanation(NamedTuple):
    """What the detail pane says."""

    title: str
    remarks: tuple[Remark, ...]


NOTHING = Explanation("", ())


def explain(node: Node, outline: Outline) -> Explanation:
    """The explanation of one line of the tree."""
    remarks = tuple(_remarks(node, outline))
    return Explanation(_title(node), remarks)


def in_words(rule: Rule, place: Place) -> str:
    """What a rule does, as a sentence."""
    # Imported when first asked for: the first screen needs no sentence.
    from dockerwall.grammar.spec import parse_spec
    from dockerwall.present.sentences import sentence

    return sentence(parse_spec(rule.text, place.family), place.family, place.table)


def _title(node: Node) -> str:
    if node.place is None:
        return node.key.removeprefix("hook:") if node.kind is Kind.HOOK else ""
    place = node.place
    where = f"{place.table} {plain(place.chain)}"
    if node.rule is not None:
        where += f" #{node.rule.number}"
    return f"{where}, {place.family.label}, {place.variant}"


def _remarks(node: Node, outline: Outline) -> Iterator[Remark]:
    if node.dead:
        yield Remark("never", f"No packet gets here: {node.dead}.", Tone.WARN)
    if node.kind is Kind.NOTE:
        yield Remark("", node.text, Tone.WARN)
        return
    if node.kind is Kind.HOOK:
        words = HOOK_WORDS.get(node.key.removeprefix("hook:"), "")
        yield Remark("", f"The kernel's hook for {words}.")
        return
    if node.rule is not None and node.place is not None:
        yield Remark("means", in_words(node.rule, node.place), Tone.NAME)
        yield Remark("rule", plain(node.rule.text))
    elif node.kind is Kind.POLICY:
        yield Remark("means", f"What no rule of the chain decided: {node.text}.", Tone.NAME)
    elif node.kind is Kind.STAGE:
        yield Remark("", "The kernel finds the packet's connection, or begins a new one.")
    elif node.place is None:
        yield Remark("", node.text)
    if node.notes:
        yield Remark("names", ", ".join(note.text for note in node.notes), Tone.NOTE)
    if node.place is not None:
        yield from _whose(node, node.place, outline)


def _whose(node: Node, place: Place, outline: Outline) -> Iterator[Remark]:
    table = _table(place, outline)
    chain = None if table is None else table.chains.get(place.chain)
    if table is None or chain is None:
        return
    owner = owner_of(table, chain)
    count = "1 rule" if len(chain.rules) == 1 else f"{len(chain.rules)} rules"
    text = f"{place.table} {plain(place.chain)}: {count}"
    if chain.policy:
        text += f", policy {chain.policy}"
    if owner is not None:
        text += f", made by {owner.name}. {owner.about}".rstrip()
    yield Remark("chain", text)


def _table(place: Place, outline: Outline) -> Table | None:
    ruleset = outline.rulesets.get((place.variant, place.family))
    return None if ruleset is None else ruleset.tables.get(place.table)
