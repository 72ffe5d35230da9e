"""Jumps that lead nowhere, or round in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.compiled import CompiledTable
from dockerwall.analysis.findings.finding import Finding, Level, RuleRef
from dockerwall.analysis.findings.ground import Ground, rule_title
from dockerwall.model.spec import Jump

IDS: Mapping[str, str] = {
    "missing-chain": "A rule jumps to a chain that does not exist in its table.",
    "chain-cycle": "Chains call each other in a circle, which the kernel refuses.",
}


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each broken jump."""
    for table in ground.tables:
        edges = list(_jumps(table))
        for _, called, ref in edges:
            chain = table.chains.get(called)
            if chain is None or chain.chain.is_base:
                yield Finding(
                    "missing-chain",
                    Level.WARNING,
                    f"{rule_title(ref)} leads to {called}, which is neither a chain of "
                    "this table nor a target that is known: what becomes of its packets is "
                    "unknown.",
                    ref,
                    fix="Read the rules again; if the chain is really missing, delete the rule.",
                )
        circle = _in_circles(table, edges)
        for name, called, ref in edges:
            if name in circle and called in circle:
                yield Finding(
                    "chain-cycle",
                    Level.WARNING,
                    f"{rule_title(ref)} leads to {called}, from where packets can "
                    f"come back to {name}: the kernel refuses such rules, so this reading is "
                    "damaged, and its verdicts are unknown.",
                    ref,
                    fix="Read the rules again.",
                )


def _jumps(table: CompiledTable) -> Iterator[tuple[str, str, RuleRef]]:
    key = table.key
    for name, chain in table.chains.items():
        for rule in chain.rules:
            if isinstance(rule.target, Jump):
                number, text = rule.rule.number, rule.rule.text
                ref = RuleRef(key.variant, key.family, key.table, name, number, text)
                yield name, rule.target.chain, ref


def _in_circles(table: CompiledTable, edges: list[tuple[str, str, RuleRef]]) -> frozenset[str]:
    """The chains from which packets can come back to where they were.

    Chains that call nothing, or that nothing calls, are taken away until none is left to take.
    """
    left = {(name, called) for name, called, _ in edges if called in table.chains}
    while True:
        kept = {
            (name, called)
            for name, called in left
            if called in {caller for caller, _ in left} and name in {each for _, each in left}
        }
        if kept == left:
            return frozenset(name for edge in left for name in edge)
        left = kept
