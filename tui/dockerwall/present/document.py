"""The rules of a host as one JSON-ready value, schema `dockerwall-show/1`.

Chains stand once, under their table; `hooks` gives the order in which the kernel enters them, and
a rule's `jump` names the chain it goes on in. Texts are as read, not made safe for a terminal:
whoever prints the JSON escapes everything beyond ASCII.
"""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.analysis.owners import owner_of
from dockerwall.model.kinds import Family
from dockerwall.model.nft import NftBaseChain
from dockerwall.model.rules import Chain, Counters, Rule, Ruleset, SavedRules, Table
from dockerwall.model.snapshot import Snapshot
from dockerwall.present import hooks
from dockerwall.present.flow import TableFlow, flow_of, jump_of
from dockerwall.present.names import Names, names_of
from dockerwall.present.sentences import rule_sentence

SCHEMA = "dockerwall-show/1"

Json = dict[str, object]


def document(snapshot: Snapshot) -> Json:
    """Everything `show --format json` prints."""
    names = names_of(snapshot)
    return {
        "schema": SCHEMA,
        "host": {
            "hostname": snapshot.host.hostname,
            "kernel": snapshot.host.kernel,
            "taken_at": snapshot.host.taken_at,
        },
        "hooks": [
            {"hook": hook, "chains": stations}
            for hook in hooks.HOOKS
            if (stations := _stations(hook, snapshot))
        ],
        "rulesets": [_ruleset(saved, names) for saved in snapshot.rules.values()],
        "gaps": [
            {
                "source": gap.source,
                "problem": gap.problem,
                "advice": gap.advice,
                "denied": gap.denied,
            }
            for gap in snapshot.gaps
        ],
    }


def _stations(hook: str, snapshot: Snapshot) -> list[Json]:
    """What the kernel enters from a hook, in order of priority."""
    found: list[tuple[int, Json]] = []
    for saved in snapshot.rules.values():
        for table in saved.ruleset.tables.values():
            chain = table.chains.get(hook)
            if chain is not None and chain.is_base:
                found.append((hooks.priority(table.name, hook), _station(saved.ruleset, table)))
    for native in snapshot.nft or ():
        if hooks.hook_of(native) == hook:
            found.append((native.priority, _native(native)))
    found.sort(key=lambda pair: pair[0])
    return [{"priority": priority, **station} for priority, station in found]


def _station(ruleset: Ruleset, table: Table) -> Json:
    return {"backend": ruleset.variant, "family": ruleset.family, "table": table.name}


def _native(chain: NftBaseChain) -> Json:
    return {
        "backend": "native",
        "family": chain.family,
        "table": chain.table,
        "chain": chain.name,
        "type": chain.type,
        "policy": chain.policy,
        "rules": chain.rules,
        "evaluated": False,
    }


def _ruleset(saved: SavedRules, names: Names) -> Json:
    ruleset, counters = saved
    flow = flow_of(ruleset)
    return {
        "backend": ruleset.variant,
        "family": ruleset.family,
        "tables": [
            {
                "table": table.name,
                "chains": list(
                    _chains(table, flow.tables[table.name], ruleset.family, counters, names)
                ),
            }
            for table in ruleset.tables.values()
        ],
    }


def _chains(
    table: Table, flow: TableFlow, family: Family, counters: Counters, names: Names
) -> Iterator[Json]:
    reached = flow.reached
    for chain in table.chains.values():
        owner = owner_of(table, chain)
        yield {
            "chain": chain.name,
            "policy": chain.policy,
            **_counted(counters, chain.slot),
            "owner": None if owner is None else owner.name,
            "reached": chain.name in reached,
            "rules": [
                _rule(table, flow, chain, rule, family, counters, names) for rule in chain.rules
            ],
        }


def _rule(
    table: Table,
    flow: TableFlow,
    chain: Chain,
    rule: Rule,
    family: Family,
    counters: Counters,
    names: Names,
) -> Json:
    jump = jump_of(rule, table.chains)
    ending = flow.ending(chain.name)
    return {
        "rule": rule.number,
        "text": rule.text,
        **_counted(counters, rule.slot),
        "sentence": rule_sentence(rule.text, family, table.name, names),
        "names": [part.text for part in names.beside(rule, family, table.name)],
        "jump": None if jump is None else jump.chain,
        "goto": jump is not None and jump.goto,
        "reached": chain.name in flow.reached and (ending is None or rule.number <= ending),
    }


def _counted(counters: Counters, slot: int | None) -> Json:
    counted = counters.of(slot)
    packets, octets = (None, None) if counted is None else counted
    return {"packets": packets, "bytes": octets}
