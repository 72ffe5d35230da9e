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
    wide_open = {
        (e.offer.container, e.offer.container_ip)
        for e in ground.exposures
        if e.offer.kind is Kind.DIRECT and e.offer.container_port is None and _outside(e)
    }
    for exposure in ground.exposures:
        reach = _outside(exposure)
        if exposure.offer.kind is not Kind.DIRECT or reach is None:
            continue
        siblings = _beside(exposure, offered.get(_port(exposure), []))
        told = (exposure.offer.container, exposure.offer.container_ip) in wide_open
        if siblings or not told or exposure.offer.container_port is None:
            yield from _direct(exposure, reach, siblings)
    direct = {_port(e) for e in ground.exposures if e.offer.kind is Kind.DIRECT and _outside(e)}
    for port, ways in offered.items():
        for exposure in ways if port not in direct else ():
            reach = _outside(exposure)
            if reach is not None and _is_loopback(exposure.offer.host_ip):
                yield _finding("loopback-bind-reachable", Level.CRITICAL, exposure, reach, _BOUND)


def _beside(exposure: Exposure, ways: list[Exposure]) -> list[Exposure]:
    """The published ways to a port that its direct way is compared with: those of its family."""
    own = [each for each in ways if each.offer.family is exposure.offer.family]
    return own or ways


def _outside(exposure: Exposure) -> Reach | None:
    """A way by which someone outside gets in."""
    return next((r for r in exposure.reach if r.behind in _OUTSIDE and r.accept), None)


def _direct(exposure: Exposure, reach: Reach, siblings: list[Exposure]) -> Iterator[Finding]:
    """What it means that a container's own address is reached, beside its published ports."""
    rank = _ORDER.index(exposure.severity)
    if not siblings:
        yield _finding("unpublished-port-reachable", Level.WARNING, exposure, reach, _NOBODY)
    elif all(_is_loopback(each.offer.host_ip) for each in siblings):
        yield _finding("loopback-bind-reachable", Level.CRITICAL, exposure, reach, _BOUND)
    elif all(_ORDER.index(each.severity) > rank for each in siblings):
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
    where = f"the container's own address {offer.container_ip}"
    if offer.kind is not Kind.DIRECT:
        where = f"{offer.host_ip}:{offer.host_port}"
    port = f"Port {offer.container_port}/{offer.protocol}"
    if offer.container_port is None:
        port = "Every port"
    return Finding(
        id,
        level,
        f"{port} of {offer.container} is reached at {where} by whoever is on the wire of "
        f"{reach.iif} and addresses packets so, though {but}.",
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
    to = offer.container_ip if offer.kind is Kind.DIRECT else offer.host_ip
    words = ["-i", reach.iif, "-d", str(to), "-j", "DROP"]
    where = RuleRef(variant, offer.family, "raw", "PREROUTING", None, "")
    return commands.insert_at(where, words)
