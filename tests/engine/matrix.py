"""The probes of a scenario: every way in from every vantage point, and those known beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.engine.host import Host
from tests.engine.probe import Outcome, Probe
from tests.engine.scenario import Scenario

SOURCES = {
    "internet": ("203.0.113.9", "203.0.113.200", "198.51.100.7", "2001:db8::9", "2001:db8:f::7"),
    "lan": ("192.168.7.9", "192.168.7.200", "fd00:7::9"),
}
"""Where probes start. On the Internet's wire: two neighbours, who also try the containers' own
addresses, and one from beyond it; the same in IPv6."""

_EXPECTATION = re.compile(
    r"(?P<vantage>\S+)(?: (?P<src>\S+))? > (?P<dst>\S+) (?P<proto>\w+)/(?P<dport>\d+)"
    r" = (?P<answer>\S+)"
)
_PUBLISHED = re.compile(r"(?:.*:)?(?P<first>\d+)(?:-(?P<last>\d+))?:[\d-]+(?:/(?P<proto>\w+))?")


@dataclass(frozen=True)
class Expectation:
    """One probe whose answer is known beforehand: the name of who answers, or closed."""

    probe: Probe
    answer: str

    def met_by(self, outcome: Outcome) -> bool:
        """Whether an outcome is the expected one."""
        return (outcome.answered_by or "closed") == self.answer


def sources(host: Host, vantage: str) -> tuple[str, ...]:
    """The addresses that probes from a vantage point start from."""
    if vantage in SOURCES:
        return SOURCES[vantage] + host.scenario.further_sources(vantage)
    return tuple(host.container_addresses()[vantage])


def expectations(host: Host, engine: str) -> list[Expectation]:
    """The answers that a scenario knows beforehand for an engine."""
    scenario, named = host.scenario, _named_addresses(host)
    text = scenario.expect.get("", "") + "\n" + scenario.expect.get(engine, "")
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        parts = _EXPECTATION.fullmatch(line)
        if parts is None:
            raise ValueError(f"{scenario.name}: not an expectation: {line}")
        destination = named.get(parts["dst"], parts["dst"])
        vantage = parts["vantage"]
        alike = [s for s in sources(host, vantage) if (":" in s) == (":" in destination)]
        probe = Probe(
            vantage,
            host.vantages[vantage].interface,
            parts["src"] or alike[0],
            destination,
            parts["proto"],
            int(parts["dport"]),
        )
        found.append(Expectation(probe, parts["answer"]))
    return found


def matrix(host: Host) -> list[Probe]:
    """Every source of every vantage point to every port of every address it may try."""
    targets = list(_targets(host))
    return [
        Probe(name, vantage.interface, source, destination, port.split("/")[0],
              int(port.split("/")[1]))
        for name, vantage in host.vantages.items()
        for source in sources(host, name)
        for destination, port in targets
        if (":" in source) == (":" in destination) and source != destination
    ]  # fmt: skip


def send(host: Host, probes: list[Probe]) -> list[tuple[Probe, Outcome]]:
    """Send probes, each from its vantage point, and pair them with their outcomes.

    Where no answer came in time they are sent once more: a machine at work may answer late.
    """
    found = _sent(host, probes)
    found |= _sent(host, [probe for probe in probes if found[probe].word == "timeout"])
    return list(found.items())


def _sent(host: Host, probes: list[Probe]) -> dict[Probe, Outcome]:
    """What becomes of probes that are sent from all vantage points at the same time."""
    parts = {name: [probe for probe in probes if probe.vantage == name] for name in host.vantages}
    parts = {name: part for name, part in parts.items() if part}
    for name, part in parts.items():
        host.vantages[name].begin(part)
    found: dict[Probe, Outcome] = {}
    for name, part in parts.items():
        found |= zip(part, host.vantages[name].outcomes(), strict=True)
    return found


def _named_addresses(host: Host) -> dict[str, str]:
    """The addresses that expectations call @NAME and @NAME6."""
    named: dict[str, str] = {}
    for name, addresses in host.container_addresses().items():
        for address in addresses:
            named.setdefault(f"@{name}6" if ":" in address else f"@{name}", address)
    return named


def _targets(host: Host) -> Iterator[tuple[str, str]]:
    """Every address and port, as PROTO/PORT, that could lead into a container or the host."""
    scenario = host.scenario
    ports = list(dict.fromkeys(_host_ports(scenario)))
    for destination in (*host.addresses(), *scenario.destinations):
        for port in ports:
            yield destination, port
    own = host.addresses()
    listens = {container.name: container.listens for container in scenario.containers}
    for name, addresses in host.container_addresses().items():
        for address in addresses:
            if address not in own:
                for port in listens.get(name, ("tcp/80",)):
                    yield address, port


def _host_ports(scenario: Scenario) -> Iterator[str]:
    """The ports to try on the host's own addresses."""
    yield from scenario.listeners
    yield from scenario.ports
    yield "tcp/80"
    for container in scenario.containers:
        if container.network == "host":
            yield from container.listens
        for text in container.publish:
            published = _PUBLISHED.fullmatch(text)
            if published is None:
                raise ValueError(f"{scenario.name}: not a published port: {text}")
            first = int(published["first"])
            for number in range(first, int(published["last"] or first) + 1):
                yield f"{published['proto'] or 'tcp'}/{number}"
