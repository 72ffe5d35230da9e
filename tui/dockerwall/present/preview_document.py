"""A preview as JSON for other programs: `--json` of every command that changes rules."""

from __future__ import annotations

from typing import Any

from dockerwall.analysis.exposure import Exposure
from dockerwall.analysis.findings.finding import Finding
from dockerwall.editing.plan import Plan
from dockerwall.editing.preview import Preview

SCHEMA = "dockerwall-preview/1"


def preview_document(preview: Preview) -> dict[str, Any]:
    """Everything to be known before a plan is applied; fields are only ever added."""
    return {
        "schema": SCHEMA,
        **plan_summary(preview.plan),
        "blocked": preview.blocked,
        "objections": [each._asdict() for each in preview.objections],
        "reach": [
            {
                **_offer(each.exposure),
                "in": each.iif,
                "to": list(each.to),
                "via": each.via,
                "gained": list(each.gained.cidrs()),
                "lost": list(each.lost.cidrs()),
                "before": list(each.before.cidrs()),
                "after": list(each.after.cidrs()),
                "unknown_before": list(each.unknown_before.cidrs()),
                "unknown_after": list(each.unknown_after.cidrs()),
            }
            for each in preview.reaches
        ],
        "severities": [
            {
                **_offer(each.exposure),
                "before": each.exposure.severity.value,
                "after": each.after.value,
            }
            for each in preview.severities
        ],
        "findings_gained": [_finding(each) for each in preview.gained],
        "findings_lost": [_finding(each) for each in preview.lost],
    }


def plan_summary(plan: Plan) -> dict[str, Any]:
    """What a plan is and does."""
    return {
        "summary": plan.summary,
        "reasons": list(plan.reasons),
        "families": [family.value for family in plan.families],
        "changes": [
            {
                "variant": change.where.variant.value,
                "family": change.where.family.value,
                "table": "filter",
                "chain": change.where.chain,
                "do": "insert" if change.insert else "delete",
                "position": change.position,
                "text": change.text,
            }
            for change in plan.changes
        ],
        "sets": [change.line for change in plan.sets],
        "commands": list(plan.commands),
    }


def _offer(exposure: Exposure) -> dict[str, Any]:
    offer = exposure.offer
    return {
        "container": offer.container,
        "family": offer.family.value,
        "protocol": offer.protocol,
        "host_ip": offer.host_ip,
        "host_port": offer.host_port,
        "container_port": offer.container_port,
        "kind": offer.kind.value,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": str(finding.severity),
        "message": finding.message,
    }
