"""A kernel fact as data: rules, packets, and what the kernel was measured to do with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.kernel.packet import Packet
from tests.kernel.rules import VARIANTS, Variant

# Addresses that most facts use; the topology explains them.
STRANGER = "198.51.100.7"
HOST = "203.0.113.1"
WEB = "172.17.0.2"
DB = "172.17.0.3"
APP = "172.18.0.2"
STRANGER6 = "2001:db8:51::7"
HOST6 = "2001:db8:113::1"
WEB6 = "fd00:17::2"


@dataclass(frozen=True, slots=True)
class Probe:
    """One packet, where it ends (Outcome.short), and which rules count it.

    A hit is `TABLE CHAIN NUMBER`, with `legacy ` or `nft ` before it where a case loads both
    variants; policies are not listed. None: not stated.
    """

    packet: Packet
    expected: str
    hits: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A named kernel fact.

    `rules` is `iptables-save` text for each of `variants` in turn; `other` is loaded after it
    into the other variant. `commands` are lines for `ip`, run in the host first. With
    `tracking` off nothing starts connection tracking but the rules. Where `chain` is given
    (`mangle FORWARD`), hits are stated for that chain alone.
    """

    name: str
    says: str
    rules: str
    probes: tuple[Probe, ...]
    version: int = 4
    ipsets: str = ""
    sysctls: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = VARIANTS
    other: str = ""
    tracking: bool = True
    dialogue: bool = False
    chain: str = ""


def packet(
    dst: str = WEB,
    dport: int = 80,
    *,
    link: str = "eth0",
    src: str = STRANGER,
    proto: str = "tcp",
    sport: int = 40000,
    **more: str | int | bool,
) -> Packet:
    """A packet of a stranger on the Internet wire to the web container, unless told otherwise."""
    return Packet(link, src, dst, proto, sport, dport, **more)  # type: ignore[arg-type]


def expect(sent: Packet, expected: str, hits: str | None = None) -> Probe:
    """A probe; hits are given as one comma-separated text."""
    if hits is None:
        return Probe(sent, expected)
    return Probe(sent, expected, tuple(hit.strip() for hit in hits.split(",") if hit.strip()))


def truth(
    name: str,
    says: str,
    chain: str,
    packets: Sequence[Packet],
    rows: Mapping[str, str],
    *,
    before: str = "",
    after: str = "",
    version: int = 4,
    ipsets: str = "",
    sysctls: tuple[tuple[str, str], ...] = (),
    variants: tuple[Variant, ...] = VARIANTS,
    expected: Sequence[str] | None = None,
    commands: tuple[str, ...] = (),
) -> Case:
    """A truth table of matches: each row is a rule without a target, each column a packet.

    A row's text holds one digit for every packet, 1 where the rule counts it. `before` and
    `after` are texts of further tables. Where a packet ends is not part of the fact unless
    `expected` says so.
    """
    table, hook = chain.split()
    body = "".join(f"-A {hook} {match}\n" for match in rows)
    columns = [text.replace(" ", "") for text in rows.values()]
    probes = []
    for index, sent in enumerate(packets):
        hits = [f"{chain} {row}" for row, text in enumerate(columns, 1) if text[index] == "1"]
        ends = expected[index] if expected else "any"
        probes.append(Probe(sent, ends, tuple(hits)))
    return Case(
        name,
        says,
        f"{before}*{table}\n{body}COMMIT\n{after}",
        tuple(probes),
        version=version,
        ipsets=ipsets,
        sysctls=sysctls,
        commands=commands,
        variants=variants,
        chain=chain,
    )
