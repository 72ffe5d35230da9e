"""Random chains from few constants, so that many rules leave others nothing to match."""

from __future__ import annotations

import random

CHAINS = ("FORWARD", "INPUT", "OUTPUT", "one", "two", "three")
BASES = 3
_SOURCES = {
    4: (
        "0.0.0.0/1", "128.0.0.0/1", "198.51.100.0/24", "198.51.100.0/25", "198.51.100.128/25",
        "198.51.100.7/32", "10.0.0.0/8", "10.0.0.0/9", "192.0.2.0/24",
    ),
    6: (
        "::/1", "8000::/1", "2001:db8:51::/48", "2001:db8:51::/49", "2001:db8:51:8000::/49",
        "2001:db8:51::7/128", "fd00:a::/32", "2001:db8::/32",
    ),
}  # fmt: skip
_DESTINATIONS = {
    4: ("172.17.0.2/32", "172.17.0.0/16", "172.18.0.2/32", "172.16.0.0/12", "203.0.113.1/32"),
    6: ("fd00:17::2/128", "fd00:17::/64", "fd00:18::2/128", "fd00::/16", "2001:db8:113::1/128"),
}
_RANGES = {
    4: ("198.51.100.0-198.51.100.99", "198.51.100.100-198.51.100.255", "1.0.0.0-223.255.255.255"),
    6: ("2001:db8:51::-2001:db8:51::ff", "2001:db8:51::100-2001:db8:51:ffff::"),
}
_PORTS = ("80", "443", "1:79", "80:65535", "0:1023", "1024:65535", "0:65535")
_MANY = ("80,443", "1:79,80", "81:65535", "0:80,443")
_SPORTS = ("1024:65535", "0:1023", "40000")
_INTERFACES = ("eth0", "eth1", "eth+", "docker0", "br-app", "eth")
_STATES = ("NEW", "INVALID", "RELATED,ESTABLISHED", "NEW,ESTABLISHED", "INVALID,UNTRACKED")


class Shadows:
    """One random filter table."""

    def __init__(self, seed: int, version: int) -> None:
        self.chance = random.Random(f"shadows:{seed}:{version}")
        self.version = version

    def text(self) -> str:
        """The table, as `iptables-restore` reads it."""
        policy = self.chance.choice(("ACCEPT", "DROP"))
        lines = ["*filter", ":INPUT ACCEPT [0:0]", f":FORWARD {policy} [0:0]"]
        lines.insert(2, ":OUTPUT ACCEPT [0:0]")
        lines += [f":{name} - [0:0]" for name in CHAINS[BASES:]]
        for place, name in enumerate(CHAINS):
            below = CHAINS[max(place + 1, BASES) :]
            for _ in range(self.chance.randint(4, 12)):
                lines.append(f"-A {name} {self.matches(name)}{self.target(below)}")
        return "\n".join([*lines, "COMMIT", ""])

    def maybe(self, likely: float) -> bool:
        return self.chance.random() < likely

    def negated(self, text: str, likely: float = 0.25) -> str:
        return f"! {text}" if self.maybe(likely) else text

    def matches(self, chain: str) -> str:
        pick = self.chance.choice
        found: list[str] = []
        if self.maybe(0.35):
            found.append(self.negated(f"-s {pick(_SOURCES[self.version])}"))
        elif self.maybe(0.1):
            option = self.negated(f"--src-range {pick(_RANGES[self.version])}")
            found.append(f"-m iprange {option}")
        if self.maybe(0.25):
            found.append(self.negated(f"-d {pick(_DESTINATIONS[self.version])}"))
        if chain != "OUTPUT" and self.maybe(0.25):
            found.append(self.negated(f"-i {pick(_INTERFACES)}"))
        if chain in ("FORWARD", "OUTPUT") and self.maybe(0.15):
            found.append(self.negated(f"-o {pick(_INTERFACES)}"))
        if self.maybe(0.5):
            found += self.ports()
        if self.maybe(0.2):
            found.append(f"-m conntrack {self.negated(f'--ctstate {pick(_STATES)}')}")
        if self.maybe(0.1):
            found.append(f"-m addrtype {self.negated('--dst-type LOCAL')}")
        if self.maybe(0.1):
            found.append(f"-m set {self.negated('--match-set shadows src')}")
        return " ".join([*found, ""] if found else found)

    def ports(self) -> list[str]:
        protocol = self.chance.choice(("tcp", "tcp", "udp"))
        pick = self.chance.choice
        found = [f"-p {protocol}"]
        if self.maybe(0.15):
            option = self.negated(f"--{pick(('dports', 'ports'))} {pick(_MANY)}")
            return [*found, f"-m multiport {option}"]
        if self.maybe(0.7):
            port = pick(_PORTS)
            # iptables-legacy-save prints nothing of `! --dport 0:65535`, so no snapshot shows it.
            likely = 0 if port == "0:65535" else 0.25
            found.append(f"-m {protocol} {self.negated(f'--dport {port}', likely)}")
        if self.maybe(0.15):
            # Two negated ports mean something else to iptables-nft 1.8.9, printed the same.
            likely = 0 if "!" in found[-1] else 0.25
            found.append(self.negated(f"--sport {pick(_SPORTS)}", likely))
        if protocol == "tcp" and self.maybe(0.1):
            found.append("--tcp-flags FIN,SYN,RST,ACK SYN")
        return found

    def target(self, below: tuple[str, ...]) -> str:
        if below and self.maybe(0.25):
            return f"-{self.chance.choice('jjjg')} {self.chance.choice(below)}"
        choice = self.chance.random()
        if choice < 0.1:
            return ""
        if choice < 0.4:
            return "-j ACCEPT"
        return "-j DROP" if choice < 0.75 else "-j RETURN"


def ipsets(version: int) -> str:
    """The set that rules may name."""
    family = "inet" if version == 4 else "inet6"
    members = ("198.51.100.0/24", "10.0.0.0/9") if version == 4 else ("2001:db8:51::/48",)
    lines = [f"create shadows hash:net family {family}"]
    return "\n".join([*lines, *(f"add shadows {each}" for each in members), ""])


def sources(version: int) -> list[str]:
    """Sources on either side of every edge."""
    if version == 4:
        return [
            "1.2.3.4", "127.255.255.255", "128.0.0.0", "198.51.99.255", "198.51.100.0",
            "198.51.100.6", "198.51.100.7", "198.51.100.8", "198.51.100.99", "198.51.100.100",
            "198.51.100.127", "198.51.100.128", "198.51.100.255", "198.51.101.0", "9.255.255.255",
            "10.0.0.9", "10.127.255.255", "10.128.0.0", "10.255.255.255", "11.0.0.0", "192.0.2.0",
            "192.0.2.255", "192.0.3.0", "223.255.255.255",
        ]  # fmt: skip
    return [
        "2001:db8:50:ffff::1", "2001:db8:51::", "2001:db8:51::7", "2001:db8:51::8",
        "2001:db8:51::ff", "2001:db8:51::100", "2001:db8:51:7fff::1", "2001:db8:51:8000::1",
        "2001:db8:52::1", "fd00:a::9", "fd00:b::1", "2001:db9::1", "7fff::1", "9000::1",
    ]  # fmt: skip


def destinations(version: int) -> list[str]:
    """Containers, the host itself, and somewhere beyond."""
    if version == 4:
        return ["172.17.0.2", "172.17.0.3", "172.18.0.2", "203.0.113.1", "10.0.0.77"]
    return ["fd00:17::2", "fd00:17::3", "fd00:18::2", "2001:db8:113::1", "fd00:a::77"]


PORTS = (0, 1, 79, 80, 81, 443, 444, 1023, 1024, 65535)
LINKS = ("eth0", "eth1", "eth", "docker0a", "brapp0")
