"""A packet in the abstract → conversations in which such a packet is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.findings.shadowing import icmp
from dockerwall.analysis.findings.shadowing.conversation import Act, Conversation
from dockerwall.analysis.findings.shadowing.fields import STAGE_BITS, STATES, Stage, state_bits
from dockerwall.analysis.findings.shadowing.point import Point
from dockerwall.analysis.findings.shadowing.possible import devices
from dockerwall.analysis.findings.shadowing.region import Region
from dockerwall.analysis.packet import ICMP, ICMPV6, RST, SCTP, TCP, UDP
from dockerwall.analysis.routing import Way
from dockerwall.analysis.world import World
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family

OPENING = 1 << 2
"""TCP's SYN, among the values of the field `flags`."""
_GRE = 47
SPARE_PORT = 40000
STAGES = (Stage.NEW, Stage.TRANSLATED, Stage.ENTRYLESS, Stage.FURTHER, Stage.REPLY, Stage.ERROR)
_INVALID = state_bits(state for state in STATES if state[0] == "INVALID")
_PORTED = (TCP, UDP, SCTP)


def _echo(family: Family) -> int:
    return ICMP if family is Family.IPV4 else ICMPV6


def _only(number: int) -> Intervals:
    return Intervals.single(number)


def casts(family: Family, stage: Stage, raw: bool) -> Iterator[Region]:
    """What packets of a stage look like when they are really sent."""
    echo = _echo(family)
    request, reply = (8 << 8, 0) if echo == ICMP else (128 << 8, 129 << 8)
    bits = STAGE_BITS[stage]
    opens = _only(request)
    opening: tuple[Region, ...] = (
        {"proto": _only(TCP), "flags": OPENING},
        {"proto": _only(UDP)},
        {"proto": _only(echo), "icmp": _only(request)},
        {"proto": _only(SCTP)},
        {"proto": _only(_GRE)},
    )
    answering: tuple[Region, ...] = (
        {"proto": _only(TCP), "flags": 1 << 0x12},
        {"proto": _only(UDP)},
        {"proto": _only(echo), "icmp": _only(reply)},
    )
    shapes: Mapping[Stage, tuple[Region, ...]] = {
        Stage.NEW: opening,
        Stage.TRANSLATED: opening,
        Stage.ENTRYLESS: opening,
        Stage.FURTHER: ({"proto": _only(TCP), "flags": 1 << 0x10},),
        Stage.REPLY: answering,
        Stage.ERROR: ({"proto": _only(echo), "icmp": icmp.errors(family)},),
    }
    for shape in shapes[stage]:
        yield {**shape, "ct": bits}
    if stage is Stage.ENTRYLESS:
        later = bits if raw else _INVALID
        yield {"proto": _only(TCP), "flags": 1 << RST, "ct": later}
        yield {"proto": _only(UDP), "ct": later}
        yield {"proto": _only(echo), "icmp": _only(reply), "ct": later}
        yield {"proto": _only(echo), "icmp": Intervals.upto(65535) - opens, "ct": bits}
        if raw:  # there nothing has an entry, so later packets are among these
            for shape in (*answering, *shapes[Stage.FURTHER], *shapes[Stage.ERROR]):
                yield {**shape, "ct": bits}


def conversations(world: World, point: Point, names: tuple[str, ...]) -> Iterator[Conversation]:
    """The conversations that the packet may be part of."""
    family = point.unusual.domain.family
    iif, oif = names[point.get("iif")], names[point.get("oif")]
    forward = _forwards(family, point, iif)
    stage = point.stage
    if stage is Stage.TRANSLATED:
        yield forward._replace(dst=point.get("origdst"), dport=point.get("origdstport"))
    elif stage in (Stage.REPLY, Stage.ERROR):
        yield from _backwards(world, family, point, oif)
    elif stage is Stage.ENTRYLESS:
        if not _cannot_open(point):
            yield forward
        yield forward._replace(act=Act.STRAY)
        yield from _backwards(world, family, point, oif)
    else:
        yield forward


def _cannot_open(point: Point) -> bool:
    proto = point.get("proto")
    if proto == TCP:
        return point.get("flags") != 2
    return proto in (ICMP, ICMPV6) and point.get("icmp") not in (8 << 8, 128 << 8)


def _forwards(family: Family, point: Point, iif: str) -> Conversation:
    """The packet itself begins it, or goes the same way."""
    proto = point.get("proto")
    echoing = proto in (ICMP, ICMPV6)
    return Conversation(
        family,
        "" if iif == "lo" else iif,
        point.get("src"),
        point.get("dst"),
        proto,
        SPARE_PORT if echoing else point.get("sport"),
        point.get("icmp") if echoing else point.get("dport") if proto in _PORTED else 0,
    )


def _backwards(world: World, family: Family, point: Point, oif: str) -> Iterator[Conversation]:
    """The packet answers it: it was begun where this one is going."""
    proto, act = point.get("proto"), Act.ANSWERED
    echo = _echo(family)
    sport, dport = point.get("dport"), point.get("sport")
    code = 0
    if proto == echo and point.get("icmp") in icmp.errors(family):
        act, code = Act.REFUSED, point.get("icmp")
        proto = point.get("ctproto") if point.get("ctproto") in _PORTED else UDP
        sport, dport = point.get("origsrcport"), point.get("origdstport")
    elif proto == echo:
        sport, dport = SPARE_PORT, 8 << 8 if echo == ICMP else 128 << 8
    for name in _openers(world, family, point.get("dst"), oif):
        yield Conversation(
            family, name, point.get("dst"), point.get("src"), proto, sport, dport, act, code
        )


def _openers(world: World, family: Family, opener: int, oif: str) -> Iterator[str]:
    """By where the one who began it may have come in."""
    if oif:
        yield "" if oif == "lo" else oif
        return
    side = world.sides[family]
    if opener in side.own:
        yield ""
    ways: list[tuple[Way, int]] = side.fib.destination_ways(opener, side.cells, 1, "lo", 0, None)
    for way, _ in ways:
        yield from (name for name in way.interfaces if name in devices(world))
