"""An audit as the JSON other programs rely on, schema `dockerwall-audit/1`.

Beyond the contract's minimum it holds `gaps`, whether an exposure is `expected`, and for each reach
who is behind the interface and why packets end where no rule says so. Texts are the host's own:
whoever prints this escapes it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dockerwall.analysis.exposure import Exposure, Kind, Offer, Reach, Severity
from dockerwall.analysis.world import World
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family
from dockerwall.present.contract import offer_document, rule_document

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
    listed = [_exposure(each) | {"expected": each.key in expected} for each in exposures]
    return _whole(world, listed, findings)


def audit_text(
    world: World,
    exposures: Iterable[Exposure],
    findings: Iterable[Finding] = (),
    expected: Collection[tuple[object, ...]] = (),
) -> Iterator[str]:
    """The same as JSON text, in parts.

    Many ports let the same sources in, and such a set may be thousands of networks long: each set
    is made into text once and repeated, which a document of plain values cannot do.
    """
    sets = _Sets()
    before, after = json.dumps(_whole(world, [], findings)).split(_NO_EXPOSURES, 1)
    yield f'{before}"exposures": ['
    for count, each in enumerate(exposures):
        head = json.dumps(_head(each.offer, each.severity))
        yield f'{", " if count else ""}{head[:-1]}, "reach": ['
        for place, reach in enumerate(each.reach):
            yield from _reach_text(each.offer, reach, sets, ", " if place else "")
        yield f'], "expected": {json.dumps(each.key in expected)}}}'
    yield f"]{after}"


_NO_EXPOSURES = '"exposures": []'


def _whole(
    world: World, exposures: list[dict[str, Any]], findings: Iterable[Finding]
) -> dict[str, Any]:
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
        "exposures": exposures,
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
    reaches = [_reach(exposure.offer, reach) for reach in exposure.reach]
    return _head(exposure.offer, exposure.severity) | {"reach": reaches}


def _head(offer: Offer, severity: Severity) -> dict[str, Any]:
    return {**offer_document(offer), "severity": severity.value}


def _reach(offer: Offer, reach: Reach) -> dict[str, Any]:
    sets = {"accept": list(reach.accept.cidrs()), "unknown": list(reach.unknown.cidrs())}
    return _way(offer, reach) | sets | _why(reach)


def _tried(offer: Offer) -> str:
    """The way in that would be taken, where nobody gets in by any."""
    if offer.kind is Kind.HOST_NETWORK:
        return "listen"
    if offer.kind in (Kind.DIRECT, Kind.MACVLAN):
        return "direct"
    other = offer.container_ip is not None and ":" not in offer.container_ip
    return "proxy" if other and offer.family is Family.IPV6 else "dnat"


def _way(offer: Offer, reach: Reach) -> dict[str, Any]:
    return {
        "in": reach.iif,
        "behind": reach.behind.value,
        "to": list(reach.to),
        "via": reach.via or _tried(offer),
    }


def _why(reach: Reach) -> dict[str, Any]:
    return {
        "decided_by": [rule_document(hit) for hit in reach.decided_by],
        "reasons": list(reach.reasons),
        "doubts": list(reach.doubts),
    }


def _reach_text(offer: Offer, reach: Reach, sets: _Sets, before: str) -> Iterator[str]:
    """One reach; its sets are parts of their own, so that long ones are not copied."""
    yield f'{before}{json.dumps(_way(offer, reach))[:-1]}, "accept": '
    yield sets.text(reach.accept)
    yield ', "unknown": '
    yield sets.text(reach.unknown)
    yield f", {json.dumps(_why(reach))[1:]}"


class _Sets:
    """Sets of addresses as JSON text, each worked out once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[AddressSet, str]] = {}

    def text(self, addresses: AddressSet) -> str:
        """The fewest networks, as a list; the very same set is only looked at once."""
        known = self._known.get(id(addresses))
        if known is None:
            text = json.dumps(addresses.cidrs())
            known = self._known[id(addresses)] = (addresses, text)
        return known[1]


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
