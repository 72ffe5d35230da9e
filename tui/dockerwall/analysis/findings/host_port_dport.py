"""A host's port number where packets already bear the container's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dockerwall.analysis.findings import commands
from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground, Placed
from dockerwall.analysis.listening import NAMES
from dockerwall.analysis.offers import container_ports
from dockerwall.model.kinds import Family
from dockerwall.model.spec import InterfaceMatch, PortField, PortMatch, ProtocolMatch

IDS: Mapping[str, str] = {
    "host-port-dport": "--dport names a published host port, but DNAT has already changed it.",
}


class _Port(NamedTuple):
    protocol: str
    host: int
    container_port: int
    container: str


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each rule that names a host port which no packet bears there any more."""
    ports: dict[tuple[Family, str, int], _Port] = {}
    for container, published in ground.published:
        if published.host_port != published.container_port:
            family = Family.IPV6 if ":" in published.host_ip else Family.IPV4
            key = (family, published.protocol, published.host_port)
            ports[key] = _Port(
                published.protocol, published.host_port, published.container_port, container.name
            )
    inside = {
        (protocol, port): container.name
        for container in ground.world.containers
        for protocol, port in container_ports(container)
    }
    for placed in ground.forwarding if ports else ():
        match = _destination_port(ground, placed)
        if match is None:
            continue
        named = (
            ports.get((placed.family, protocol, number))
            for protocol in _protocols(placed)
            for low, high in match.ports
            for number in range(low, high + 1)
        )
        port = next((each for each in named if each is not None), None)
        if port is not None and port.container_port not in match.ports:
            yield _finding(placed, match, port, inside.get((port.protocol, port.host)))


def _protocols(placed: Placed) -> frozenset[str]:
    return frozenset(
        NAMES.get(match.number, "")
        for match in placed.spec.matches
        if isinstance(match, ProtocolMatch) and not match.negated
    )


def _destination_port(ground: Ground, placed: Placed) -> PortMatch | None:
    """The rule's `--dport`, when packets on their way to a container can come to the rule."""
    if not (placed.closes or placed.lets_on):
        return None
    for match in placed.spec.matches:
        if isinstance(match, InterfaceMatch) and not match.negated and not match.prefix:
            bridge = ground.is_bridge(match.name)
            if bridge is not match.outgoing:
                return None
    for match in placed.spec.matches:
        named = isinstance(match, PortMatch) and not match.negated and match.ports.size < 1024
        if named and isinstance(match, PortMatch) and match.field is not PortField.SRC:
            return match
    return None


def _finding(placed: Placed, match: PortMatch, port: _Port, other: str | None) -> Finding:
    does = "guards" if placed.closes else "opens"
    if other is not None:
        effect = f"it {does} port {port.host} of container {other} instead"
    else:
        effect = f"it matches no packet for {port.container} and {does} nothing"
    level = Level.CRITICAL if placed.closes else Level.WARNING
    return Finding(
        "host-port-dport",
        Level.WARNING if other is not None else level,
        f"{placed.title} names host port {port.host}, but before it comes to this rule the "
        f"packet's port has been changed to {port.container_port}, the port of container "
        f"{port.container}: {effect}.",
        placed.ref,
        fix=f"Match the port the sender named: -m conntrack --ctorigdstport {port.host} "
        "--ctdir ORIGINAL.",
        commands=_corrected(placed, match, port),
    )


def _corrected(placed: Placed, match: PortMatch, port: _Port) -> tuple[str, ...]:
    words = commands.words_of(placed.ref)
    if words is None or match.ports.size != 1 or "--dport" not in words:
        return ()
    place = words.index("--dport")
    without = [*words[:place], *words[place + 2 :]]
    if "-m" in without and without[without.index("-m") + 1] == port.protocol:
        module = without.index("-m")
        without = [*without[:module], *without[module + 2 :]]
    target = without.index("-j") if "-j" in without else len(without)
    instead = ["-m", "conntrack", "--ctorigdstport", str(port.host), "--ctdir", "ORIGINAL"]
    return commands.replace(placed.ref, [*without[:target], *instead, *without[target:]])
