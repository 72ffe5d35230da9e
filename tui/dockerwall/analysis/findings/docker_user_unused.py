"""DOCKER-USER that nothing asks, or that is asked too late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.compiled import CompiledRule, CompiledTable, Key
from dockerwall.analysis.findings import commands
from dockerwall.analysis.findings.finding import Finding, Level, RuleRef
from dockerwall.analysis.findings.ground import Ground, Placed, rule_title
from dockerwall.model.spec import (
    ConntrackMatch,
    InterfaceMatch,
    Jump,
    Match,
    Stop,
    UnknownMatch,
)

IDS: Mapping[str, str] = {
    "docker-user-unused": "DOCKER-USER holds rules, and no packet is sent through them.",
    "docker-user-late": "A rule before the jump to DOCKER-USER already accepts packets.",
}
_CHAIN = "DOCKER-USER"


def find(ground: Ground) -> Iterator[Finding]:
    """At most one of each for each variant and family."""
    for table in ground.tables:
        if table.key.table != "filter" or _CHAIN not in table.chains:
            continue
        first = next((p for p in ground.operators if _is_of(p, table.key)), None)
        if first is None:
            continue
        if "FORWARD" not in first.hooks:
            yield _unused(table, first)
        else:
            yield from _late(ground, table, first)


def _is_of(placed: Placed, key: Key) -> bool:
    return placed.chain == _CHAIN and placed.key == key


def _unused(table: CompiledTable, first: Placed) -> Finding:
    key = table.key
    return Finding(
        "docker-user-unused",
        Level.CRITICAL,
        "DOCKER-USER holds rules, but FORWARD does not jump to it: no packet passes them, and "
        "they guard nothing.",
        first.ref,
        fix="Put the jump first in FORWARD; restarting Docker usually does it too.",
        commands=commands.insert(key.variant, key.family, "FORWARD", ["-j", _CHAIN]),
    )


def _late(ground: Ground, table: CompiledTable, first: Placed) -> Iterator[Finding]:
    """What is accepted before FORWARD jumps to DOCKER-USER."""
    key = table.key
    earlier: list[RuleRef] = []
    for rule in table.chains["FORWARD"].rules if "FORWARD" in table.chains else ():
        target = rule.target
        if isinstance(target, Jump) and target.chain == _CHAIN:
            break
        earlier += accepting(ground, table, "FORWARD", rule, frozenset())
    if earlier:
        yield Finding(
            "docker-user-late",
            Level.WARNING,
            f"{rule_title(earlier[0])} accepts packets to containers before FORWARD jumps to "
            "DOCKER-USER: what it accepts never meets the rules there.",
            earlier[0],
            (first.ref, *earlier[1:]),
            "Let the jump to DOCKER-USER come first in FORWARD.",
            (
                *commands.insert(key.variant, key.family, "FORWARD", ["-j", _CHAIN]),
            ),
        )  # fmt: skip


def accepting(
    ground: Ground, table: CompiledTable, chain: str, rule: CompiledRule, above: frozenset[str]
) -> Iterator[RuleRef]:
    """Rules at or below this one that accept new connections to a container."""
    if not all(_fits_a_new_packet(ground, match) for match in rule.spec.matches):
        return
    target = rule.target
    if isinstance(target, Stop) and target.verdict == "ACCEPT":
        key = table.key
        number, text = rule.rule.number, rule.rule.text
        yield RuleRef(key.variant, key.family, key.table, chain, number, text)
    elif isinstance(target, Jump) and target.chain not in above and target.chain in table.chains:
        for each in table.chains[target.chain].rules:
            yield from accepting(ground, table, target.chain, each, above | {target.chain})


def _fits_a_new_packet(ground: Ground, match: Match) -> bool:
    """Whether a new connection's packet from outside to a container can match."""
    match match:
        case ConntrackMatch(states=states) if states is not None:
            return ("NEW" in states.words) is not states.negated or "DNAT" in states.words
        case InterfaceMatch(outgoing=True, negated=False, prefix=False):
            return ground.is_bridge(match.name)
        case InterfaceMatch(outgoing=False, negated=False, prefix=False):
            return not ground.is_bridge(match.name)
        case UnknownMatch():
            return False
        case _:
            return True
