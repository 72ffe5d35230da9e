"""An audit as the JSON other programs rely on, schema `dockerwall-audit/1`.

Beyond the contract's minimum it holds `gaps`, whether an exposure is `expected`, and for each reach
who is behind the interface and why packets end where no rule says so. Texts are the host's own:
whoever prints this escapes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from dockerwall.analysis.exposure import Exposure, Reach
from dockerwall.analysis.world import World
from dockerwall.model.kinds import Family
from dockerwall.present.contract import rule_document

if TYPE_CHECKING:
    from dockerwall.analysis.findings import Finding, RuleRef

SCHEMA = "dockerwall-audit/1"


def audit_document(
    world: World,
    exposures: Iterable[Exposure],
    findings: Iterable[Finding] = (),
    expected: Collection[tuple[object, ...]] = (),
) -> dict[str, Any]:
    """Everything `audit --json` prints."""
    snapshot = world.snapshot
    host = snapshot.host
    return {
        "schema": SCHEMA,
        "host": {
            "hostname": host.hostname,
            "kernel": host.kernel,
            "taken_at": host.taken_at,
            "docker": snapshot.docker.version if snapshot.docker is not None else None,
        },
        "lan": [name for family in Family for name in world.lan[family].cidrs()],
        "exposures": [_exposure(each) | {"expected": each.key in expected} for each in exposures],
        "findings": [_finding(each) for each in findings],
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


def _exposure(exposure: Exposure) -> dict[str, Any]:
    offer = exposure.offer
    return {
        "container": offer.container,
        "network": offer.network,
        "family": offer.family.value,
        "protocol": offer.protocol,
        "host_ip": offer.host_ip,
        "host_port": offer.host_port,
        "container_ip": offer.container_ip,
        "container_port": offer.container_port,
        "kind": offer.kind.value,
        "severity": exposure.severity.value,
        "reach": [_reach(reach) for reach in exposure.reach],
    }


def _reach(reach: Reach) -> dict[str, Any]:
    return {
        "in": reach.iif,
        "behind": reach.behind.value,
        "to": list(reach.to),
        "via": reach.via or None,
        "accept": list(reach.accept.cidrs()),
        "unknown": list(reach.unknown.cidrs()),
        "decided_by": [rule_document(hit) for hit in reach.decided_by],
        "reasons": list(reach.reasons),
        "doubts": list(reach.doubts),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "message": finding.message,
        "rule": None if finding.rule is None else _rule(finding.rule),
        "others": [_rule(rule) for rule in finding.others],
        "fix": finding.fix,
        "commands": list(finding.commands),
    }


def _rule(rule: RuleRef) -> dict[str, Any]:
    return {
        "family": rule.family.value,
        "backend": rule.variant.value,
        "table": rule.table,
        "chain": rule.chain,
        "rule": rule.number,
        "text": rule.text,
    }
