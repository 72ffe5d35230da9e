"""Names beside numbers: container, Docker network, interface, published port, ipset."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from dockerwall.grammar.spec import parse_spec
from dockerwall.model import spec as s
from dockerwall.model.addresses import AddressSet, parse_address
from dockerwall.model.docker import Container, DockerHost, Network
from dockerwall.model.intervals import Intervals
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family
from dockerwall.model.network import Address
from dockerwall.model.rules import Rule
from dockerwall.model.snapshot import Snapshot
from dockerwall.present.pieces import Pieces, Tone, piece
from dockerwall.present.plain import plain

SHOWN_ENTRIES = 3
"""How many members of an ipset are named before the rest is only counted."""


@dataclass(frozen=True)
class Names:
    """What the numbers of one host are called; equal when read from equal values."""

    docker: DockerHost | None = None
    addresses: tuple[Address, ...] = ()
    ipsets: tuple[IpSet, ...] | None = None

    @cached_property
    def _by_address(self) -> dict[tuple[Family, int], str]:
        found: dict[tuple[Family, int], str] = {}
        for address in self.addresses:
            number = _number(address.address)
            if number is not None:
                found[number] = f"this host, {address.interface}"
        for network in self._networks:
            for gateway in network.gateways:
                number = _number(gateway)
                if number is not None:
                    found[number] = f"gateway of network {network.name}"
        for container in self._containers:
            for endpoint in container.endpoints:
                for text in (endpoint.ipv4, endpoint.ipv6):
                    number = _number(text)
                    if number is not None:
                        found[number] = container.name
        return found

    @cached_property
    def _by_network(self) -> dict[tuple[Family, Intervals], str]:
        found: dict[tuple[Family, Intervals], str] = {}
        for address in self.addresses:
            if address.peer is None:
                text = f"{address.address}/{address.prefix}"
                _add_network(found, text, f"the network on {address.interface}")
        for network in self._networks:
            for subnet in network.subnets:
                _add_network(found, subnet, f"network {network.name}")
        return found

    @cached_property
    def _by_interface(self) -> dict[str, str]:
        return {n.bridge: f"network {n.name}" for n in self._networks if n.bridge}

    @cached_property
    def _by_host_port(self) -> dict[tuple[str, int], tuple[str, ...]]:
        found: dict[tuple[str, int], tuple[str, ...]] = {}
        for container in self._containers:
            for port in container.ports:
                key = port.protocol.lower(), port.host_port
                if container.name not in found.get(key, ()):
                    found[key] = (*found.get(key, ()), container.name)
        return found

    @cached_property
    def _sets(self) -> dict[str, IpSet]:
        return {ipset.name: ipset for ipset in self.ipsets or ()}

    @property
    def _containers(self) -> tuple[Container, ...]:
        return () if self.docker is None else self.docker.containers or ()

    @property
    def _networks(self) -> tuple[Network, ...]:
        return () if self.docker is None else self.docker.networks or ()

    def of_address(self, family: Family, number: int) -> str:
        """The container, gateway or interface that has the address; empty when none is known."""
        return plain(self._by_address.get((family, number), ""))

    def of_addresses(self, family: Family, numbers: Intervals) -> str:
        """The name of a single address, or of exactly one known network."""
        if numbers.size == 1:
            return self.of_address(family, numbers.spans[0][0])
        return plain(self._by_network.get((family, numbers), ""))

    def of_interface(self, name: str) -> str:
        """The Docker network whose bridge it is."""
        return plain(self._by_interface.get(name, ""))

    def of_host_port(self, protocol: str, port: int) -> str:
        """The containers that publish a port of this host (`tcp`, 8080)."""
        return plain(", ".join(self._by_host_port.get((protocol, port), ())))

    def of_ipset(self, name: str) -> str:
        """How many entries a set holds, and the first of them."""
        if self.ipsets is None:
            return "its content was not read"
        ipset = self._sets.get(name)
        if ipset is None:
            return "no such set was read"
        if not ipset.entries:
            return "empty"
        count = len(ipset.entries)
        first = [plain(entry.split(" ", 1)[0]) for entry in ipset.entries[:SHOWN_ENTRIES]]
        more = ", ..." if count > SHOWN_ENTRIES else ""
        return f"{count} {'entry' if count == 1 else 'entries'}: {', '.join(first)}{more}"

    def beside(self, rule: Rule, family: Family, table: str) -> Pieces:
        """Names for the numbers in a rule, each once, in the order the rule has them."""
        found = dict.fromkeys(self._of_rule(parse_spec(rule.text, family), family, table))
        return tuple(piece(text, Tone.NOTE) for text in found if text)

    def _of_rule(self, spec: s.Spec, family: Family, table: str) -> Iterator[str]:
        for match in spec.matches:
            match match:
                case s.AddressMatch():
                    yield self.of_addresses(match.family, match.numbers)
                case s.InterfaceMatch(prefix=False):
                    yield self.of_interface(match.name)
                case s.PortMatch(field=s.PortField.DST) if table in ("raw", "nat"):
                    yield from self._of_ports(match, spec)
                case s.ConntrackMatch():
                    for port in match.ports:
                        if port.field is s.PortField.ORIG_DST:
                            yield from self._of_ports(port, spec)
                case s.SetMatch():
                    yield f"{match.name}: {self.of_ipset(match.name)}"
                case _:
                    pass
        match spec.target:
            case s.Dnat(addresses=(low, high)) if low == high:
                yield self.of_address(family, low)

    def _of_ports(self, match: s.PortMatch, spec: s.Spec) -> Iterator[str]:
        """Who publishes the single port a rule names."""
        if match.ports.size != 1 or match.negated:
            return
        names = [
            self.of_host_port(protocol, match.ports.spans[0][0])
            for protocol, number in (("tcp", 6), ("udp", 17), ("sctp", 132))
            if _takes_protocol(spec, number)
        ]
        yield ", ".join(dict.fromkeys(name for name in names if name))


NO_NAMES = Names()


def names_of(snapshot: Snapshot) -> Names:
    """The names a snapshot gives."""
    return Names(snapshot.docker, snapshot.addresses or (), snapshot.ipsets)


def _takes_protocol(spec: s.Spec, number: int) -> bool:
    return all(
        (match.number == number) is not match.negated
        for match in spec.matches
        if isinstance(match, s.ProtocolMatch)
    )


def _number(text: str) -> tuple[Family, int] | None:
    try:
        return parse_address(text.partition("/")[0])
    except ValueError:
        return None


def _add_network(found: dict[tuple[Family, Intervals], str], text: str, name: str) -> None:
    try:
        network = AddressSet.parse(str(ipaddress.ip_interface(text).network))
    except ValueError:
        return
    if network.numbers.size > 1:
        found[network.family, network.numbers] = name
