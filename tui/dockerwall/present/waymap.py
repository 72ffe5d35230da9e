"""A packet's way through this host's own chains, as a picture of one screen."""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.analysis.owners import owner_of
from dockerwall.model.rules import Chain, Table
from dockerwall.present.flow import jump_of
from dockerwall.present.node import Kind, Node
from dockerwall.present.outline import Outline
from dockerwall.present.pieces import Piece, Pieces, Tone, piece

MOST_JUMPS = 4
"""How many chains of one base chain are named."""

_BEFORE = {
    "PREROUTING": "A packet arrives, by whichever interface.",
    "FORWARD": "It is for a container now: on to FORWARD, never to INPUT.",
    "POSTROUTING": "It leaves towards the container.",
    "INPUT": "Or it is for this host itself (docker-proxy, services): INPUT.",
}
_AFTER = {"nat": "DNAT: now it is for a container", "filter": "what Docker publishes"}


def way_rows(outline: Outline | None) -> list[Pieces]:
    """The picture, from the top down; one line where nothing was read."""
    if outline is None:
        return [(Piece("The rules were not read yet."),)]
    hooks = [root for root in outline.roots if root.kind is Kind.HOOK]
    named = {hook.key.removeprefix("hook:"): hook for hook in hooks}
    rows: list[Pieces] = []
    for name, before in _BEFORE.items():
        if name in named:
            rows.append((Piece("  |  " if rows else "     ", Tone.FAINT), Piece(before)))
            rows += _hook(name, named[name], outline)
    return rows or [(Piece("No table has any chain: every packet goes where routing sends it."),)]


def _hook(name: str, hook: Node, outline: Outline) -> Iterator[Pieces]:
    label = name
    idle = []
    for station in hook.children():
        found = _chain_of(station, outline)
        if found is None:
            continue
        table, chain = found
        if not chain.rules and chain.policy == "ACCEPT":
            idle.append(table.name)
            continue
        yield _line(label, station, chain)
        label = ""
        yield from _jumps(table, chain)
    if idle:
        words = f"{', '.join(dict.fromkeys(idle))}: no rules, let everything through"
        yield (piece(f" {label:<12}", Tone.NAME), piece(words, Tone.FAINT))


def _chain_of(station: Node, outline: Outline) -> tuple[Table, Chain] | None:
    place = station.place
    if place is None:
        return None
    ruleset = outline.rulesets.get((place.variant, place.family))
    table = None if ruleset is None else ruleset.tables.get(place.table)
    chain = None if table is None else table.chains.get(place.chain)
    return None if table is None or chain is None else (table, chain)


def _line(label: str, station: Node, chain: Chain) -> Pieces:
    assert station.place is not None
    policy = f", policy {chain.policy}" if chain.policy else ""
    return (
        piece(f" {label:<12}", Tone.NAME),
        piece(f"{station.place.table:<9}"),
        piece(f"{_count(chain)}{policy}", Tone.FAINT),
    )


def _jumps(table: Table, chain: Chain) -> Iterator[Pieces]:
    """The chains a base chain asks, in its order, each once."""
    asked: dict[str, int] = {}
    for rule in chain.rules:
        jump = jump_of(rule, table.chains)
        if jump is not None:
            asked.setdefault(jump.chain, rule.number)
    for number, (name, rule_number) in enumerate(asked.items()):
        if number == MOST_JUMPS:
            yield (piece(f" {'':<12}{'':<9}and {len(asked) - MOST_JUMPS} more", Tone.FAINT),)
            return
        below = table.chains[name]
        owner = owner_of(table, below)
        whose = "" if owner is None else f", {owner.name}"
        about = _AFTER.get(table.name, "") if name == "DOCKER" else ""
        if name == "DOCKER-USER":
            about = "yours, before Docker's"
        yield (
            piece(f" {'':<12}{'':<9}#{rule_number} "),
            piece(name, Tone.JUMP),
            piece(f"  {_count(below)}{whose}", Tone.FAINT),
            piece(f"  {about}" if about else "", Tone.NOTE),
        )


def _count(chain: Chain) -> str:
    return "1 rule" if len(chain.rules) == 1 else f"{len(chain.rules)} rules"
