"""Packets worth sending through a rule set: at every bound of every constant, and at random."""

from __future__ import annotations

import random

from tests.kernel.packet import Packet
from tests.kernel.random_rules.chance import DESTINATIONS, PORTS, Chance
from tests.kernel.random_rules.tables import RandomRules

# Sources that routing, not rules, may refuse.
ODD_SOURCES = {
    4: (
        "0.0.0.0",
        "0.0.0.1",
        "10.0.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "172.17.0.1",
        "203.0.113.1",
        "203.0.113.255",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
    ),
    6: (
        "::1",
        "fd00:a::1",
        "2001:db8:113::1",
        "2001:db8:113::",
        "ff02::1",
        "fe80::5",
        "fd00:17::1",
    ),
}
ODD_DESTINATIONS = {
    4: ("127.0.0.1", "203.0.113.255", "172.17.255.255", "203.0.113.200", "172.17.0.20"),
    6: ("::1", "fd00:17::", "2001:db8:113::c8", "fd00:17::14", "fe80::ff:fe00:1"),
}
PROTOCOLS = {
    4: ("tcp", "tcp", "tcp", "udp", "udp", "sctp", "icmp"),
    6: ("tcp", "tcp", "tcp", "udp", "udp", "sctp", "icmpv6"),
}
# The wire a packet comes by: the Internet oftenest.
LINKS = ("eth0", "eth0", "eth0", "eth1", "eth1", "eth", "docker0a", "brapp0")
SPORTS = (1023, 1024, 39999, 40000, 40010, 40011, 65535, 80, 443)


def interesting_sources(rules: RandomRules) -> list[str]:
    """Every bound of every address constant, one below and one above it, and odd ones."""
    chance = Chance(rules.seed, rules.version)
    last = (1 << chance.bits) - 1
    numbers = {number + step for number in rules.addresses for step in (-1, 0, 1)}
    found = {chance.text(number) for number in numbers if 0 <= number <= last}
    return sorted(found | set(ODD_SOURCES[rules.version]))


def interesting_ports(rules: RandomRules) -> list[int]:
    """Every bound of every port constant, one below and one above it."""
    numbers = {number + step for number in rules.ports for step in (-1, 0, 1)}
    return sorted(number for number in numbers | set(PORTS) if 0 <= number <= 65535)


def random_probes(rules: RandomRules, queries: int, sources: int) -> list[Packet]:
    """So many different queries, each from so many sources."""
    chance = random.Random(f"probes:{rules.version}:{rules.seed}")
    pool = interesting_sources(rules)
    ports = interesting_ports(rules)
    found = []
    for _ in range(queries):
        link = chance.choice(LINKS)
        odd = chance.random() < 0.06
        usual = DESTINATIONS[rules.version]
        dst = chance.choice(ODD_DESTINATIONS[rules.version] if odd else usual)
        proto = chance.choice(PROTOCOLS[rules.version])
        dport = chance.choice(ports) if chance.random() < 0.6 else chance.choice(PORTS)
        sport = chance.choice(SPORTS) if chance.random() < 0.4 else chance.randint(1024, 65535)
        chosen = chance.sample(pool, min(len(pool), sources * 4 // 5))
        extra = Chance(chance.randint(0, 1 << 30), rules.version)
        chosen += [extra.source() for _ in range(max(0, sources - len(chosen)))]
        for src in dict.fromkeys(chosen):
            found.append(Packet(link, src, dst, proto, sport, dport))
    return found
