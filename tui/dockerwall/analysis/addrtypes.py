"""`-m addrtype`: what kind of address the routing tables say it is (xt_addrtype.c)."""

from __future__ import annotations

from collections.abc import Callable

from dockerwall.analysis.answers import Answer, Some, Surroundings, Test, both
from dockerwall.analysis.packet import (
    CLIENT,
    Packet,
)
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import (
    AddrTypeMatch,
    Negatable,
)

MULTICAST = {
    Family.IPV4: Intervals(((0xE0000000, 0xEFFFFFFF),)),
    Family.IPV6: Intervals(((0xFF << 120, (1 << 128) - 1),)),
}


IPV4_BROADCAST = Intervals(((0, 0), (0xFFFFFFFF, 0xFFFFFFFF)))
"""0.0.0.0 and 255.255.255.255 count as broadcast (inet_addr_type)."""


def addrtype(match: AddrTypeMatch, around: Surroundings) -> Test:
    """`-m addrtype`."""
    source = None if match.source is None else _of_type(match.source, around)
    destination = None if match.destination is None else _of_type(match.destination, around)

    def test(packet: Packet) -> Answer:
        limit = None
        if match.limit == "in":
            limit = packet.iif
        elif match.limit == "out":
            limit = packet.oif
        answers = []
        if source is not None:
            answers.append(source(packet.src, limit))
        if destination is not None:
            answers.append(destination(packet.dst, limit))
        return both(answers, False, around.cells)

    return test


def _of_type(words: Negatable, around: Surroundings) -> Callable[[int, str | None], Answer]:
    """Whether an address is of these types, by the local routes of one interface or of all."""
    known: dict[str | None, Intervals | None] = {}

    def test(number: int, limit: str | None) -> Answer:
        if limit not in known:
            known[limit] = _held(words, limit, around)
        wanted = known[limit]
        if wanted is None:
            return None
        if number != CLIENT:
            return (number in wanted) is not words.negated
        clients = around.cells.mask(wanted)
        return Some(around.cells.everything & ~clients if words.negated else clients)

    return test


def _held(words: Negatable, limit: str | None, around: Surroundings) -> Intervals | None:
    """The addresses of these types; None where it cannot be told."""
    if not words.words <= {"UNICAST", "LOCAL", "BROADCAST", "MULTICAST", "ANYCAST"}:
        return None
    if not around.fib.known and not around.fib.tables:
        return None
    return wanted_types(words.words, around, limit)


def wanted_types(words: frozenset[str], around: Surroundings, limit: str | None) -> Intervals:
    """The addresses of which one of the types holds; for IPv6, of which all kinds of test hold.

    IPv6 asks what sort of address it is, and then of which local type (match_type6).
    """
    types = address_types(around, limit)
    if around.family is Family.IPV4:
        kinds = [numbers for kind, numbers in types.items() if kind.upper() in words]
        return Intervals.of(span for numbers in kinds for span in numbers)
    wanted = Intervals.upto(around.family.last)
    if "MULTICAST" in words:
        wanted = wanted & MULTICAST[around.family]
    if "UNICAST" in words:
        wanted = wanted - (MULTICAST[around.family] | Intervals.single(0))
    if words & {"LOCAL", "ANYCAST"}:
        kinds = [types.get(word.lower(), Intervals()) for word in words & {"LOCAL", "ANYCAST"}]
        wanted = wanted & Intervals.of(span for numbers in kinds for span in numbers)
    return wanted


def address_types(around: Surroundings, limit: str | None) -> dict[str, Intervals]:
    """Every address by type; types of no address are left out."""
    last = around.family.last
    fixed = {"multicast": MULTICAST[around.family]}
    if around.family is Family.IPV4:
        fixed["broadcast"] = IPV4_BROADCAST
    taken = Intervals()
    for numbers in fixed.values():
        taken = taken | numbers
    for kind, numbers in around.fib.typed(limit).items():
        new = numbers - taken
        fixed[kind] = fixed.get(kind, Intervals()) | new
        taken = taken | new
    fixed["unicast"] = fixed.get("unicast", Intervals()) | taken.complement(last)
    return fixed
