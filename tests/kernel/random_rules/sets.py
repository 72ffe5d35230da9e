"""Random ipsets."""

from __future__ import annotations

from dataclasses import dataclass

from tests.kernel.random_rules.chance import Chance

PROTOCOLS = ("tcp", "udp", "sctp")
INTERFACES = ("eth0", "eth1", "eth", "docker0", "br-app")


@dataclass(frozen=True, slots=True)
class NamedSet:
    """A set by name, and how many dimensions its type has."""

    name: str
    dimensions: int
    nomatch: bool = False
    """Whether its type knows elements that say no."""


def _element(chance: Chance, kind: str) -> str:
    """One element of a set of a kind, with its options."""
    nomatch = " nomatch" if chance.maybe(0.25) else ""
    icmp = "icmp:8/0" if chance.version == 4 else "icmpv6:128/0"
    protocol_port = f"{chance.pick(PROTOCOLS)}:{chance.port()}"
    if chance.maybe(0.1):
        protocol_port = icmp
    both = chance.source() if chance.maybe(0.7) else chance.destination()
    match kind:
        case "hash:ip":
            return both
        case "hash:net":
            return chance.network() + nomatch
        case "hash:ip,port":
            return f"{both},{protocol_port}"
        case "hash:net,port":
            return f"{chance.network()},{protocol_port}{nomatch}"
        case "hash:net,iface":
            return f"{chance.network()},{chance.pick(INTERFACES)}{nomatch}"
        case "bitmap:port":
            return str(chance.port())
        case _:
            number = chance.random.randint(0, 255)
            address = (198 << 24) + (51 << 16) + (100 << 8) + number
            chance.note_addresses(address, address)
            return chance.text(address)


KINDS = {
    "hash:ip": 1,
    "hash:net": 1,
    "hash:ip,port": 2,
    "hash:net,port": 2,
    "hash:net,iface": 2,
    "bitmap:port": 1,
    "bitmap:ip": 1,
}


def random_sets(chance: Chance) -> tuple[str, list[NamedSet]]:
    """The text that `ipset restore` reads, and the sets it makes."""
    lines: list[str] = []
    made: list[NamedSet] = []
    kinds = [kind for kind in KINDS if chance.version == 4 or kind != "bitmap:ip"]
    for index in range(chance.random.randint(1, 5)):
        kind = chance.pick(kinds)
        name = f"{chance.prefix}{index}"
        lines.append(f"create {name} {kind}{_options(chance, kind)}")
        elements = {_element(chance, kind) for _ in range(chance.random.randint(0, 6))}
        seen = set()
        for element in sorted(elements):
            plain = element.removesuffix(" nomatch")
            if plain not in seen:
                lines.append(f"add {name} {element}")
            seen.add(plain)
        made.append(NamedSet(name, KINDS[kind], "net" in kind))
    if chance.maybe(0.4):
        members = chance.some(made, 3)
        name = f"{chance.prefix}l"
        lines.append(f"create {name} list:set size 8")
        lines.extend(f"add {name} {member.name}" for member in members)
        made.append(NamedSet(name, max(member.dimensions for member in members)))
    return "\n".join(lines) + "\n", made


def _options(chance: Chance, kind: str) -> str:
    """What a set of a kind must be told."""
    if kind == "bitmap:port":
        return " range 0-65535"
    if kind == "bitmap:ip":
        return " range 198.51.100.0/24"
    return f" family {'inet' if chance.version == 4 else 'inet6'}"
