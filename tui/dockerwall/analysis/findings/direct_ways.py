"""Containers reached straight at their own address, past what guards the published port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.exposure import Exposure, Kind, Reach, Severity
from dockerwall.analysis.findings import commands
from dockerwall.analysis.findings.finding import Finding, Level, RuleRef
from dockerwall.analysis.findings.ground import Ground
from dockerwall.analysis.interfaces import Behind

IDS: Mapping[str, str] = {
    "loopback-bind-reachable": "A port bound to 127.0.0.1 is reached at the container's address.",
    "unpublished-port-reachable": "A port nobody published is reached at the container's address.",
    "guard-bypassed": "A published port is guarded, but open at the container's own address.",
}
_OUTSIDE = (Behind.INTERNET, Behind.LAN)
_ORDER = list(Severity)


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each container port that someone outside reaches directly."""
    offered: dict[tuple[object, ...], list[Exposure]] = {}
    for exposure in ground.exposures:
        if exposure.offer.kind is Kind.PUBLISHED:
            offered.setdefault(_port(exposure), []).append(exposure)
    for exposure in ground.exposures:
        reach = next((r for r in exposure.reach if r.behind in _OUTSIDE and r.accept), None)
        if exposure.offer.kind is not Kind.DIRECT or reach is None:
            continue
        siblings = offered.get(_port(exposure), [])
        if not siblings:
            yield _finding("unpublished-port-reachable", Level.WARNING, exposure, reach, _NOBODY)
        elif all(_is_loopback(each.offer.host_ip) for each in siblings):
            yield _finding("loopback-bind-reachable", Level.CRITICAL, exposure, reach, _BOUND)
        elif all(
            _ORDER.index(each.severity) > _ORDER.index(exposure.severity) for each in siblings
        ):
            yield _finding("guard-bypassed", Level.WARNING, exposure, reach, _GUARDED)


_NOBODY = "nobody published it"
_BOUND = "it is published on a loopback address only"
_GUARDED = "the way by its published port is guarded"


def _port(exposure: Exposure) -> tuple[object, ...]:
    offer = exposure.offer
    return offer.container, offer.protocol, offer.container_port


def _is_loopback(host_ip: str | None) -> bool:
    return host_ip is not None and (host_ip.startswith("127.") or host_ip == "::1")


def _finding(id: str, level: Level, exposure: Exposure, reach: Reach, but: str) -> Finding:
    offer = exposure.offer
    return Finding(
        id,
        level,
        f"Port {offer.container_port}/{offer.protocol} of {offer.container} is reached at the "
        f"container's own address {offer.container_ip} by whoever is on {reach.iif} and routes "
        f"there, though {but}.",
        _accepting(reach),
        fix="Update Docker to 28 or newer, which drops such packets, or drop them in raw "
        "PREROUTING.",
        commands=_dropping(exposure, reach),
        exposure=exposure.key,
    )


def _accepting(reach: Reach) -> RuleRef | None:
    """The rule or policy that lets the packets in."""
    for hit in reach.decided_by:
        if hit.action == "ACCEPT":
            key, number = hit.key, hit.rule.number if hit.rule else None
            return RuleRef(key.variant, key.family, key.table, hit.chain, number, hit.text)
    return None


def _dropping(exposure: Exposure, reach: Reach) -> tuple[str, ...]:
    offer = exposure.offer
    variant = reach.decided_by[0].key.variant if reach.decided_by else None
    if variant is None or offer.container_ip is None:
        return ()
    words = ["-i", reach.iif, "-d", offer.container_ip, "-j", "DROP"]
    where = RuleRef(variant, offer.family, "raw", "PREROUTING", None, "")
    return commands.insert_at(where, words)
