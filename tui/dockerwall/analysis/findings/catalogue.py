"""Every kind of finding, in the order in which they are reported."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

from dockerwall.analysis.exposure import Exposure
from dockerwall.analysis.findings import (
    accept_for_return,
    both_variants,
    broken_chains,
    direct_ways,
    docker_chain_rule,
    docker_nftables,
    docker_user_unused,
    egress_cut,
    forward_policy_accept,
    host_port_dport,
    input_rule_useless,
    ipv6_forgotten,
    missing_set,
    native_nft,
    overlapping_networks,
    persisted_differ,
    published_without_container,
    sensitive_port_open,
    shadowed_rule,
    spoofable_allow,
    stale_rule,
    undecidable_rule,
)
from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground
from dockerwall.analysis.world import World


class Kind(Protocol):
    """A module that looks for one kind of finding."""

    IDS: Mapping[str, str]
    """Each id it may give, and what that id says, in a sentence."""

    def find(self, ground: Ground) -> Iterator[Finding]:
        """What it finds."""
        ...


MOST_OF_A_KIND = 50
"""Findings of one id that are listed; the rest is counted."""
KINDS: tuple[Kind, ...] = (
    sensitive_port_open,
    ipv6_forgotten,
    shadowed_rule,
    host_port_dport,
    input_rule_useless,
    docker_user_unused,
    direct_ways,
    egress_cut,
    spoofable_allow,
    accept_for_return,
    docker_chain_rule,
    stale_rule,
    published_without_container,
    forward_policy_accept,
    both_variants,
    docker_nftables,
    native_nft,
    undecidable_rule,
    missing_set,
    broken_chains,
    overlapping_networks,
    persisted_differ,
)
OF_ONE_RULE: tuple[Kind, ...] = (
    host_port_dport,
    spoofable_allow,
    accept_for_return,
    docker_chain_rule,
    stale_rule,
)
"""Kinds that look at each rule by itself, whatever the other rules are and whoever gets in."""
IDS_OF_ONE_RULE = frozenset(id for kind in OF_ONE_RULE for id in kind.IDS)
OF_EXPOSURES: tuple[Kind, ...] = (sensitive_port_open, ipv6_forgotten, direct_ways)
"""Kinds that look at who gets in alone, whichever rules decide it."""
IDS_OF_EXPOSURES = frozenset(id for kind in OF_EXPOSURES for id in kind.IDS)
_LEVELS = list(Level)
_PLACES = {id: place for place, kind in enumerate(KINDS) for id in kind.IDS}


def find(world: World, exposures: tuple[Exposure, ...]) -> tuple[Finding, ...]:
    """Every finding of a judged host, worst first."""
    return find_on(Ground(world, exposures))


def find_on(
    ground: Ground, but: Collection[Kind] = (), alone: Ground | None = None
) -> tuple[Finding, ...]:
    """What the ground asks about, worst first, `but` for some kinds.

    Kinds that look at each rule by itself are asked about the rules of `alone`, if it is given.
    """
    found: list[Finding] = []
    for kind in KINDS:
        if kind not in but:
            asked = alone if alone is not None and kind in OF_ONE_RULE else ground
            found += limited(kind.find(asked))
    return in_order(found)


def find_each(ground: Ground) -> tuple[Finding, ...]:
    """What there is to say of each rule by itself."""
    return tuple(finding for kind in OF_ONE_RULE for finding in limited(kind.find(ground)))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first, those of one level by kind."""
    return tuple(
        sorted(findings, key=lambda each: (_LEVELS.index(each.severity), _PLACES.get(each.id, 0)))
    )


def limited(findings: Iterator[Finding], most: int = MOST_OF_A_KIND) -> Iterator[Finding]:
    """The first findings of each id, and one that counts the others."""
    seen: dict[str, int] = {}
    last: dict[str, Finding] = {}
    for finding in findings:
        seen[finding.id] = seen.get(finding.id, 0) + 1
        if seen[finding.id] <= most:
            yield finding
        else:
            last[finding.id] = finding
    for id, finding in last.items():
        more = seen[id] - most
        yield Finding(
            id,
            finding.severity,
            f"{more} more of the kind {id}, not listed.",
            fix="Look at those that are listed first.",
        )


def meanings() -> Mapping[str, str]:
    """Every id there is, with what it says."""
    return {id: meaning for kind in KINDS for id, meaning in kind.IDS.items()}
