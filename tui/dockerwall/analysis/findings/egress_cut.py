"""Rules that cut containers' own connections by dropping the answers to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dockerwall.analysis.findings import commands
from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground, Placed
from dockerwall.analysis.hits import Hit, told_apart
from dockerwall.analysis.journey import Journey, Query, follow
from dockerwall.analysis.packet import TCP, UDP
from dockerwall.model.addresses import parse_address
from dockerwall.model.docker import Container, Network
from dockerwall.model.kinds import Family
from dockerwall.model.spec import ConntrackMatch, PortField

IDS: Mapping[str, str] = {
    "egress-cut": "A rule drops the answers to connections that containers open themselves.",
}
MOST_BRIDGES, MOST_PORTS = 16, 8
"""How many networks, and how many ports rules name, are tried."""
REMOTE = {Family.IPV4: ("1.1.1.1", "93.184.215.14"), Family.IPV6: ("2606:4700:4700::1111",)}
"""Servers on the Internet that containers may ask; any would do."""
_USUAL = ((TCP, 443), (UDP, 53))


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each of the operator's rules that does so."""
    rules = {(p.key, p.chain, p.rule.number): p for p in ground.forwarding if p.closes}
    found: dict[Placed, tuple[Container, int]] = {}
    for family in Family if rules else ():
        mine = [placed for placed in rules.values() if placed.family is family]
        asked = (*_USUAL, *((TCP, port) for port in _named_ports(mine)))
        for network, container, number in _samples(ground, family) if mine else ():
            for proto, port in asked:
                for hit in _cutting(ground, family, network, number, proto, port):
                    placed = rules.get((hit.key, hit.chain, hit.rule.number if hit.rule else 0))
                    if placed is not None:
                        found.setdefault(placed, (container, port))
    for placed, (container, port) in found.items():
        yield _finding(placed, container, port)


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
) -> Iterator[Hit]:
    """The rules that drop the answers, when the first packet gets out and no answer comes back."""
    client = ground.world.sides[family].cells.cell(source)
    for text in REMOTE[family]:
        query = Query(family, network.bridge, parse_address(text)[1], proto, port)
        journey = follow(ground.world, query, client)
        if journey.delivered and not journey.opened:
            yield from _drops(journey)


def _drops(journey: Journey) -> Iterator[Hit]:
    for hit in told_apart(journey.reply_hits):
        if hit.action in ("DROP", "REJECT") and hit.rule is not None:
            yield hit


def _finding(placed: Placed, container: Container, port: int) -> Finding:
    original = next(
        (
            match
            for match in placed.spec.matches
            if isinstance(match, ConntrackMatch) and match.ports and match.direction is None
        ),
        None,
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
    key = placed.key
    letting = ["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "RETURN"]
    return Finding(
        "egress-cut",
        Level.WARNING,
        f"{placed.title} is meant for connections from outside, but {why}.",
        placed.ref,
        fix="Let answers through above it, or let the rule match --ctdir ORIGINAL only.",
        commands=commands.insert(key.variant, key.family, placed.chain, letting),
    )
