"""Rules that cut containers' own connections: by dropping the answers to them, or them as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from dockerwall.analysis.findings import commands
from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground, Placed
from dockerwall.analysis.hits import Hit, Stretch, told_apart
from dockerwall.analysis.journey import Query, follow_from_container
from dockerwall.analysis.packet import TCP, UDP
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.addresses import parse_address
from dockerwall.model.docker import Container, Network
from dockerwall.model.kinds import Family
from dockerwall.model.rules import Rule
from dockerwall.model.spec import (
    AddressField,
    AddressMatch,
    ConntrackMatch,
    PortField,
    ProtocolMatch,
    SetMatch,
)

IDS: Mapping[str, str] = {
    "egress-cut": "A rule drops connections that containers open themselves, or the answers.",
}
MOST_BRIDGES, MOST_PORTS = 16, 8
"""How many networks, and how many ports rules name, are tried."""
REMOTE = {Family.IPV4: ("1.1.1.1", "93.184.215.14"), Family.IPV6: ("2606:4700:4700::1111",)}
"""Servers on the Internet that containers may ask; any would do."""
_USUAL = ((TCP, 443), (UDP, 53))


class _Cut(NamedTuple):
    """What a rule cuts: a container's connections to a port, or the answers to them alone."""

    container: Container
    port: int
    answers: bool


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each of the operator's rules that does so."""
    rules = {(p.key, p.chain, p.rule.number): p for p in ground.forwarding if p.closes}
    found: dict[Placed, _Cut] = {}
    for family in Family if rules else ():
        mine = [placed for placed in rules.values() if placed.family is family]
        asked = (*_USUAL, *((TCP, port) for port in _named_ports(mine)))
        for network, container, number in _samples(ground, family) if mine else ():
            for proto, port in asked:
                for hit, answers in _cutting(ground, family, network, number, proto, port):
                    placed = rules.get((hit.key, hit.chain, hit.rule.number if hit.rule else 0))
                    if placed is not None:
                        found.setdefault(placed, _Cut(container, port, answers))
    for placed, cut in found.items():
        yield _finding(placed, cut)


def _named_ports(rules: Iterable[Placed]) -> list[int]:
    """Ports named as the original destination, which answers from such a port bear too."""
    ports = {
        port.ports.spans[0][0]: None
        for placed in rules
        for match in placed.spec.matches
        if isinstance(match, ConntrackMatch)
        for port in match.ports
        if port.field is PortField.ORIG_DST and not port.negated and port.ports
    }
    return list(ports)[:MOST_PORTS]


def _samples(ground: Ground, family: Family) -> Iterator[tuple[Network, Container, int]]:
    """One container of each bridge network that may reach the Internet."""
    seen: dict[str, tuple[Network, Container, int]] = {}
    for container in ground.world.containers:
        for endpoint in container.endpoints:
            network = ground.world.networks.get(endpoint.network_id)
            text = endpoint.ipv4 if family is Family.IPV4 else endpoint.ipv6
            if network is None or not network.bridge or network.internal or not text:
                continue
            number = parse_address(text.partition("/")[0])[1]
            seen.setdefault(network.id, (network, container, number))
    yield from list(seen.values())[:MOST_BRIDGES]


def _cutting(
    ground: Ground, family: Family, network: Network, source: int, proto: int, port: int
) -> Iterator[tuple[Hit, bool]]:
    """The rules that drop the answers, when the first packet gets out and no answer comes back.

    Also those without a direction that drop the first packet: whether it is the answers is told.
    """
    for text in REMOTE[family]:
        query = Query(family, network.bridge, parse_address(text)[1], proto, port)
        journey = follow_from_container(ground.world, query, source)
        if journey.delivered and not journey.opened:
            yield from ((hit, True) for hit in _drops(journey.reply_hits))
        elif not journey.delivered:
            for hit in _drops(journey.hits):
                if hit.rule is not None and _has_no_direction(hit.rule, family):
                    yield hit, False


def _drops(hits: Sequence[Hit | Stretch]) -> Iterator[Hit]:
    for hit in told_apart(hits):
        if hit.action in ("DROP", "REJECT") and hit.rule is not None:
            yield hit


def _has_no_direction(rule: Rule, family: Family) -> bool:
    """Whether all that a rule asks is who does not send it: so it takes packets either way."""
    for match in parse_spec(rule.text, family).matches:
        if isinstance(match, AddressMatch) and match.field is AddressField.SRC and match.negated:
            continue
        if isinstance(match, SetMatch) and match.negated and set(match.directions) == {"src"}:
            continue
        if not isinstance(match, ProtocolMatch):
            return False
    return True


def _finding(placed: Placed, cut: _Cut) -> Finding:
    container, port, answers = cut
    original = next(
        (
            match
            for match in placed.spec.matches
            if isinstance(match, ConntrackMatch) and match.ports and match.direction is None
        ),
        None,
    )
    if not answers:
        return Finding(
            "egress-cut",
            Level.WARNING,
            f"{placed.title} names no interface, so it also drops connections that "
            f"{container.name} opens itself, such as to a web server or for DNS, and the answers.",
            placed.ref,
            fix="Name the interface of the outside (-i), and let answers through above the rule.",
            commands=_let_answers(placed),
        )
    if original is not None:
        why = (
            f"without --ctdir ORIGINAL it also matches the answers to connections that "
            f"{container.name} opens to port {port} elsewhere"
        )
    else:
        why = (
            f"it also drops the answers to connections that {container.name} opens itself, "
            "such as to a web server or for DNS"
        )
    return Finding(
        "egress-cut",
        Level.WARNING,
        f"{placed.title} is meant for connections from outside, but {why}.",
        placed.ref,
        fix="Let answers through above it, or let the rule match --ctdir ORIGINAL only.",
        commands=_let_answers(placed),
    )


def _let_answers(placed: Placed) -> tuple[str, ...]:
    letting = ["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "RETURN"]
    return commands.insert(placed.key.variant, placed.key.family, placed.chain, letting)
