"""`nft -j list ruleset` as base chains: what could they do to a packet?

Native rules are not evaluated. A chain is called harmless only where every statement that a
packet can meet in it is known to be so; anything else may drop and may rewrite.
Source: libnftables-json(5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dockerwall.grammar.jsontext import (
    MisshapenError,
    Object,
    load_object,
    misplaced,
    number_of,
    text_of,
)
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.nft import NftBaseChain
from dockerwall.model.rules import SavedRules

_FAMILY_NAMES = {"ip": Family.IPV4, "ip6": Family.IPV6}
# Statements that change nothing and pass the packet on, or end the chain with it.
_HARMLESS = {
    *("match", "counter", "accept", "return", "continue", "log", "limit", "quota", "comment"),
    *("set", "map", "ct helper", "ct timeout", "ct expectation", "ct count", "last", "flow"),
    *("meter", "connlimit"),
}
_DROPPING = {"drop", "reject"}
_REWRITING = {"dnat", "snat", "masquerade", "redirect", "mangle", "tproxy", "notrack", "dup"}
# Where iptables-nft puts its base chains: priority by table, but nat's by hook (nft.c).
_PRIORITY = {"raw": (-300,), "mangle": (-150,), "filter": (0,), "security": (50, 150)}
_NAT_PRIORITY = {"prerouting": -100, "output": -100, "input": 100, "postrouting": 100}
"""iptables-nft registers security at 150, the legacy variant at 50."""


@dataclass(slots=True)
class _Chain:
    head: Object
    rules: list[list[Object]] = field(default_factory=list)


_Place = tuple[str, str, str]
_Chains = Mapping[_Place, _Chain]


def parse_nft(
    text: str,
    source: str = "nft.json",
    saved: Mapping[tuple[Variant, Family], SavedRules] | None = None,
) -> tuple[NftBaseChain, ...]:
    """Base chains that iptables-save does not show, in the order nft lists them.

    A base chain is iptables-nft's, and left out, only if the save file in `saved` shows it and
    it stands on the hook and priority that iptables-nft gives it.
    """
    chains = _read(text, source)
    try:
        return tuple(
            _base_chain(place, chain, chains)
            for place, chain in chains.items()
            if "hook" in chain.head and not _is_shown(place, chain.head, saved or {})
        )
    except ValueError as error:
        raise misplaced(text, source, None, str(error)) from None


def hooked_tables(text: str, source: str = "nft.json") -> tuple[tuple[str, str], ...]:
    """(family, name) of every table that holds a base chain, in the order nft lists them."""
    chains = _read(text, source)
    return tuple(
        dict.fromkeys(place[:2] for place, chain in chains.items() if "hook" in chain.head)
    )


def _items(text: str, source: str, kind: str) -> Iterator[Object]:
    items = load_object(text, source).get("nftables")
    if not isinstance(items, list):
        raise misplaced(text, source, None, "expected an object that holds 'nftables'")
    for item in items:
        if not isinstance(item, dict):
            raise misplaced(text, source, None, "expected only objects in 'nftables'")
        each = item.get(kind)
        if isinstance(each, dict):
            yield each


def _read(text: str, source: str) -> dict[_Place, _Chain]:
    try:
        chains = {_place(head, "name"): _Chain(head) for head in _items(text, source, "chain")}
        for rule in _items(text, source, "rule"):
            chain = chains.get(_place(rule, "chain"))
            if chain is None:
                raise MisshapenError(f"a rule of chain {rule.get('chain')!r}, which is not listed")
            chain.rules.append(_statements(rule))
    except MisshapenError as error:
        raise misplaced(text, source, None, str(error)) from None
    return chains


def _place(entry: Object, name: str) -> _Place:
    return text_of(entry, "family"), text_of(entry, "table"), text_of(entry, name)


def _statements(rule: Object) -> list[Object]:
    statements = rule.get("expr", [])
    if not isinstance(statements, list):
        raise MisshapenError("expected a list in 'expr'")
    return [each if isinstance(each, dict) else {str(each): None} for each in statements]


def _is_shown(
    place: _Place, head: Object, saved: Mapping[tuple[Variant, Family], SavedRules]
) -> bool:
    family, table_name, name = place
    held = saved.get((Variant.NFT, _FAMILY_NAMES[family])) if family in _FAMILY_NAMES else None
    if held is None or table_name not in held.ruleset.tables:
        return False
    chain = held.ruleset.tables[table_name].chains.get(name)
    hook = head.get("hook")
    wanted = (
        (_NAT_PRIORITY.get(str(hook)),) if table_name == "nat" else _PRIORITY.get(table_name, ())
    )
    return (
        chain is not None
        and chain.is_base
        and isinstance(hook, str)
        and name == hook.upper()
        and head.get("prio") in wanted
    )


def _base_chain(place: _Place, chain: _Chain, chains: _Chains) -> NftBaseChain:
    family, table, name = place
    policy = chain.head.get("policy", "accept")
    reached = [statement for each in _reached(place, chains) for statement in each]
    return NftBaseChain(
        family=family,
        table=table,
        name=name,
        type=text_of(chain.head, "type", "filter"),
        hook=text_of(chain.head, "hook"),
        priority=number_of(chain.head, "prio", 0),
        policy=str(policy),
        rules=len(chain.rules),
        can_drop=policy != "accept" or not all(map(_never_drops, reached)),
        can_rewrite=not all(map(_never_rewrites, reached)),
    )


def _reached(start: _Place, chains: _Chains) -> Iterator[list[Object]]:
    """Every rule of a chain and of all chains it can jump or go to."""
    waiting, seen = [start], {start}
    while waiting:
        place = waiting.pop()
        if place not in chains:
            yield [{"unlisted chain": place}]
            continue
        for rule in chains[place].rules:
            yield rule
            for target in _targets(rule):
                next_place = (place[0], place[1], target)
                if next_place not in seen:
                    seen.add(next_place)
                    waiting.append(next_place)


def _targets(rule: Iterable[Object]) -> Iterator[str]:
    for statement in rule:
        for kind in ("jump", "goto"):
            jump = statement.get(kind)
            if isinstance(jump, dict) and isinstance(jump.get("target"), str):
                yield jump["target"]


def _is_jump(statement: Object) -> bool:
    """Whether the chain it leads to is known, so that its rules speak for it."""
    return any(True for _ in _targets([statement]))


def _never_drops(statement: Object) -> bool:
    # A queue, a forward to another interface, a verdict map, an xt match or target, or something
    # newer than this program may do anything: those are in neither list.
    return _is_jump(statement) or set(statement) <= _HARMLESS | _REWRITING


def _never_rewrites(statement: Object) -> bool:
    return _is_jump(statement) or set(statement) <= _HARMLESS | _DROPPING
