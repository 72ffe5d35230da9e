"""Verdicts as the JSON other programs rely on: `trace` and `audit` (README, "Formats").

Rule texts and names are the host's, given as they are: whoever prints this JSON escapes it.
"""

from __future__ import annotations

from typing import Any

from dockerwall.analysis.exposure import Offer
from dockerwall.analysis.hits import Hit
from dockerwall.analysis.journey import Delivery
from dockerwall.analysis.trace import Trace


def trace_document(trace: Trace) -> dict[str, Any]:
    """One traced packet; `reply_steps` and `reasons` go beyond the contract's minimum."""
    return {
        "verdict": trace.verdict,
        "delivered_to": delivery_document(trace.delivered),
        "steps": [step_document(hit) for hit in trace.steps],
        "unknowns": list(trace.unknowns),
        "reasons": list(trace.reasons),
        "reply_steps": [step_document(hit) for hit in trace.reply_steps],
    }


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    """Who gets the packet."""
    return {
        "kind": delivery.kind,
        "container": delivery.container,
        "address": delivery.address or None,
        "port": delivery.port or None,
        "via": delivery.via if delivery.kind != "none" else None,
    }


def offer_document(offer: Offer) -> dict[str, Any]:
    """A port that someone offers."""
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
    }


def step_document(hit: Hit) -> dict[str, Any]:
    """One rule or policy that was met."""
    return {
        "family": hit.key.family.value,
        "backend": hit.key.variant.value,
        "hook": hit.hook,
        "table": hit.key.table,
        "chain": hit.chain,
        "rule": hit.rule.number if hit.rule else None,
        "text": hit.text,
        "action": hit.action,
        "certain": hit.certain,
    }


def rule_document(hit: Hit) -> dict[str, Any]:
    """A deciding rule of a reach."""
    return {
        "family": hit.key.family.value,
        "backend": hit.key.variant.value,
        "table": hit.key.table,
        "chain": hit.chain,
        "rule": hit.rule.number if hit.rule else None,
        "text": hit.text,
        "action": hit.action,
    }
