"""INPUT rules that are meant for containers, whose packets never pass INPUT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.compiled import CompiledChain
from dockerwall.analysis.exposure import Exposure, Kind, Severity
from dockerwall.analysis.findings import commands
from dockerwall.analysis.findings.finding import Finding, Level, RuleRef
from dockerwall.analysis.findings.ground import Ground, Placed
from dockerwall.analysis.hooks import base_chains
from dockerwall.analysis.interfaces import Behind
from dockerwall.analysis.listening import NAMES
from dockerwall.model.kinds import Family
from dockerwall.model.spec import InterfaceMatch, PortField, PortMatch, ProtocolMatch, Stop

IDS: Mapping[str, str] = {
    "input-rule-useless": "An INPUT rule or policy does not guard a published port.",
}
MOST_PORTS = 64
"""Ports of one rule that are looked at one by one; a wider rule is not about one container."""


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each rule that names such a port, or one for a closed policy."""
    for family in Family:
        open_ones = [each for each in ground.exposures if _passes_input_by(each, family)]
        if not open_ones:
            continue
        named = list(_rules(ground, family, open_ones))
        yield from named
        yield from _policy(ground, family, open_ones)


def _passes_input_by(exposure: Exposure, family: Family) -> bool:
    """Whether someone outside reaches it by DNAT, and so past INPUT."""
    offer = exposure.offer
    return (
        offer.family is family
        and offer.kind in (Kind.PUBLISHED, Kind.INGRESS, Kind.DNAT)
        and exposure.severity in (Severity.EXPOSED, Severity.ALLOWLISTED, Severity.LAN)
        and any(
            reach.via == "dnat" and reach.behind in (Behind.INTERNET, Behind.LAN)
            for reach in exposure.reach
        )
    )


def _rules(ground: Ground, family: Family, open_ones: list[Exposure]) -> Iterator[Finding]:
    by_port = {(each.offer.protocol, each.offer.host_port): each for each in open_ones}
    for placed in ground.operators:
        if placed.family is not family or placed.hooks != {"INPUT"}:
            continue
        if placed.key.table != "filter" or not (placed.closes or placed.lets_on):
            continue
        for protocol, port in _ports(placed):
            exposure = by_port.get((protocol, port))
            if exposure is not None:
                yield _useless(placed, exposure)
                break


def _ports(placed: Placed) -> Iterator[tuple[str, int]]:
    named = [
        match.ports
        for match in placed.spec.matches
        if isinstance(match, PortMatch) and match.field is not PortField.SRC and not match.negated
    ]
    protocols = [
        NAMES.get(match.number, "")
        for match in placed.spec.matches
        if named and isinstance(match, ProtocolMatch) and not match.negated
    ]
    for ports in named:
        for low, high in ports if ports.size <= MOST_PORTS else ():
            for port in range(low, high + 1):
                yield from ((protocol, port) for protocol in protocols)


def _useless(placed: Placed, exposure: Exposure) -> Finding:
    offer = exposure.offer
    effect = "does not close it" if placed.closes else "is not what lets anyone in"
    key = placed.key
    words = [
        *("-p", offer.protocol, "-m", "conntrack", "--ctorigdstport", str(offer.host_port)),
        *("--ctdir", "ORIGINAL", "-j", "DROP"),
    ]
    return Finding(
        "input-rule-useless",
        Level.CRITICAL if placed.closes and exposure.severity is Severity.EXPOSED
        else Level.WARNING,
        f"{placed.title} names port {offer.host_port}, which container {offer.container} "
        f"publishes: its packets are forwarded and never pass INPUT, so the rule {effect}.",
        placed.ref,
        fix="Put the rule into DOCKER-USER and match the port the sender named.",
        commands=commands.insert(key.variant, key.family, "DOCKER-USER", words)
        if placed.closes
        else (),
        exposure=exposure.key,
    )  # fmt: skip


def _policy(ground: Ground, family: Family, open_ones: list[Exposure]) -> Iterator[Finding]:
    """A closed INPUT beside ports that are open to everyone."""
    exposed = [each for each in open_ones if each.severity is Severity.EXPOSED]
    for base in base_chains(ground.world.sides[family], "INPUT", "filter"):
        closing = _closing(base.chain)
        if closing is None or not exposed:
            continue
        names = list(dict.fromkeys(f"{e.offer.host_port}/{e.offer.protocol}" for e in exposed))
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        yield Finding(
            "input-rule-useless",
            Level.NOTICE,
            f"INPUT drops what it does not allow, but published ports are forwarded and never "
            f"pass INPUT: {', '.join(names[:5])}{more} are open regardless of it.",
            closing,
            fix="Close what shall not be public in DOCKER-USER.",
            exposure=exposed[0].key,
        )
        return


def _closing(chain: CompiledChain) -> RuleRef | None:
    """What closes a chain: its policy, or a last rule that drops all, or all from a wire."""
    key = chain.key
    name = chain.chain.name
    if chain.chain.policy == "DROP":
        return RuleRef(key.variant, key.family, "filter", name, None, f":{name} DROP")
    for rule in chain.rules[-3:]:
        target = rule.target
        by_wire = all(
            isinstance(match, InterfaceMatch) and not match.outgoing and not match.negated
            for match in rule.spec.matches
        )
        if by_wire and isinstance(target, Stop) and target.verdict != "ACCEPT":
            number, text = rule.rule.number, rule.rule.text
            return RuleRef(key.variant, key.family, "filter", name, number, text)
    return None
