"""One seeded source of choices, and every constant that was chosen so that probes can aim at it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TypeVar

T = TypeVar("T")

SOURCES = {
    4: ("198.51.100.0/24", "10.0.0.0/24", "203.0.113.0/24", "192.168.7.0/24", "172.17.0.0/24"),
    6: ("2001:db8:51::/64", "fd00:a::/64", "2001:db8:113::/64", "fd00:7::/64", "fd00:17::/64"),
}
ANYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
# Every address a packet may be sent or translated to: the host's own, containers, beyond.
DESTINATIONS = {
    4: (
        "203.0.113.1",
        "10.0.0.1",
        "172.17.0.1",
        "172.17.0.2",
        "172.17.0.3",
        "172.17.0.4",
        "172.18.0.2",
        "10.0.0.7",
        "203.0.113.9",
        "8.8.8.8",
    ),
    6: (
        "2001:db8:113::1",
        "fd00:a::1",
        "fd00:17::1",
        "fd00:17::2",
        "fd00:17::3",
        "fd00:17::4",
        "fd00:18::2",
        "fd00:a::7",
        "2001:db8:113::9",
        "2001:db8:8::8",
    ),
}
PORTS = (22, 53, 80, 81, 443, 5432, 8080, 8443)


@dataclass
class Chance:
    """Choices for one rule set of one address family."""

    seed: int
    version: int
    prefix: str = "s"
    """What the names of sets begin with."""
    random: random.Random = field(init=False)
    addresses: set[int] = field(default_factory=set)
    """First and last address of every interval that some rule or set names."""
    ports: set[int] = field(default_factory=set)
    """First and last port of the same."""

    kernel_chooses: bool = False
    """Whether some translation leaves the destination to the kernel."""

    def __post_init__(self) -> None:
        """Start the source; version and seed together name the rule set."""
        self.random = random.Random(f"{self.version}:{self.seed}")

    def maybe(self, probability: float) -> bool:
        """True as often as told."""
        return self.random.random() < probability

    def pick(self, choices: Sequence[T]) -> T:
        """One of several."""
        return self.random.choice(choices)

    def some(self, choices: Sequence[T], most: int) -> list[T]:
        """One to `most` different ones, in their order."""
        count = self.random.randint(1, min(most, len(choices)))
        chosen = set(self.random.sample(range(len(choices)), count))
        return [choice for index, choice in enumerate(choices) if index in chosen]

    def negation(self) -> str:
        """`! ` now and then."""
        return "! " if self.maybe(0.25) else ""

    @property
    def bits(self) -> int:
        """Length of an address."""
        return 32 if self.version == 4 else 128

    def note_addresses(self, first: int, last: int) -> None:
        """Remember the ends of an interval."""
        self.addresses |= {first, last}

    def note_ports(self, first: int, last: int) -> None:
        """Remember the ends of an interval."""
        self.ports |= {first, last}

    def source_number(self) -> int:
        """An address out of the usual networks, rarely from anywhere."""
        pool = ANYWHERE if self.maybe(0.05) else SOURCES
        text = pool[self.version]
        network = ip_network(text if isinstance(text, str) else self.pick(text))
        low = int(network.network_address)
        return self.random.randint(low, low + min(network.num_addresses, 1 << 40) - 1)

    def text(self, number: int) -> str:
        """A number as an address of this family."""
        return str(ip_address(number.to_bytes(self.bits // 8, "big")))

    def source(self) -> str:
        """One source address."""
        number = self.source_number()
        self.note_addresses(number, number)
        return self.text(number)

    def network(self, shortest: int = 16) -> str:
        """A network around a usual source."""
        longest = 128 if self.version == 6 else 32
        usual = (16, 20, 24, 25, 26, 28, 30, 31, 32) if self.version == 4 else (48, 64, 120, 127)
        length = max(shortest, min(longest, self.pick(usual)))
        network = ip_network((self.source_number(), length), strict=False)
        if self.version == 6:
            packed = self.source_number().to_bytes(16, "big")
            network = ip_network((packed, length), strict=False)
        first = int(network.network_address)
        self.note_addresses(first, int(network.broadcast_address))
        return str(network)

    def interval(self) -> tuple[str, str]:
        """Two addresses in order, near to each other."""
        low = self.source_number()
        high = min(low + self.random.randint(0, 40), (1 << self.bits) - 1)
        self.note_addresses(low, high)
        return self.text(low), self.text(high)

    def destination(self) -> str:
        """An address packets are sent to."""
        return self.pick(DESTINATIONS[self.version])

    def port(self) -> int:
        """One port."""
        number = self.pick(PORTS) if self.maybe(0.9) else self.random.randint(0, 65535)
        self.note_ports(number, number)
        return number

    def port_interval(self) -> tuple[int, int]:
        """Two ports in order."""
        low = self.pick(PORTS) if self.maybe(0.8) else self.random.randint(0, 65000)
        high = min(low + self.random.randint(1, 500), 65535)
        self.note_ports(low, high)
        return low, high

    def port_text(self) -> str:
        """A port or a range of ports as rules write it."""
        if self.maybe(0.6):
            return str(self.port())
        low, high = self.port_interval()
        return f"{low}:{high}"
