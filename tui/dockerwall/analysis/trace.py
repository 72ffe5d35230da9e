"""What becomes of one packet that opens a new connection, step by step."""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.analysis.hits import Hit, told_apart
from dockerwall.analysis.journey import Delivery, Journey, Query, follow, follow_from_host
from dockerwall.analysis.side import LOOPBACK
from dockerwall.analysis.verdict import reached
from dockerwall.analysis.world import World
from dockerwall.model.addresses import parse_address
from dockerwall.model.kinds import Family

NOWHERE = Delivery("none", None, "", 0, "listen")


class Probe(NamedTuple):
    """A packet to be traced, arriving from outside."""

    family: Family
    iif: str
    src: int
    dst: int
    proto: int
    sport: int | None
    dport: int

    @property
    def destination(self) -> tuple[Family, int, int, int]:
        """Where it is sent: address, protocol, port."""
        return self.family, self.dst, self.proto, self.dport


class Trace(NamedTuple):
    """The answer, with its proof."""

    verdict: str
    """accept, drop, reject or unknown."""
    delivered: Delivery
    steps: tuple[Hit, ...]
    """The rules and policies the first packet met, in order."""
    reply_steps: tuple[Hit, ...]
    """Those that later packets met: the reply, and TCP's third packet."""
    unknowns: tuple[str, ...]
    """What could not be decided."""
    reasons: tuple[str, ...]
    """Why it was lost where no rule did it, in sentences."""


ECHO_REQUEST = {1: 8 << 8, 58: 128 << 8}
"""An ICMP packet that opens a connection is taken for an echo request."""


def make_probe(
    iif: str, src: str, dst: str, proto: int, sport: int | None = None, dport: int | None = None
) -> Probe:
    """A probe from texts; ValueError names what is wrong with them."""
    family, source = parse_address(src)
    other, destination = parse_address(dst)
    if family is not other:
        raise ValueError(f"{src} and {dst} are not of one address family")
    if proto in ECHO_REQUEST:
        if (proto == 1) is not (family is Family.IPV4):
            raise ValueError("icmp goes with IPv4, icmpv6 with IPv6")
        return Probe(family, iif, source, destination, proto, sport, ECHO_REQUEST[proto])
    if dport is None:
        raise ValueError("a destination port is needed")
    return Probe(family, iif, source, destination, proto, sport, dport)


def trace(world: World, probe: Probe) -> Trace:
    """Follow one packet and its reply; one from an address of the host by `lo` is its own."""
    client = world.sides[probe.family].cells.cell(probe.src)
    iif = world.entered_by(probe.iif)
    query = Query(probe.family, iif, probe.dst, probe.proto, probe.dport, probe.sport)
    side = world.sides[probe.family]
    if iif == "lo" and (probe.src in side.own or probe.src in LOOPBACK[probe.family]):
        return trace_of(follow_from_host(world, query._replace(iif=""), probe.src))
    return trace_of(follow(world, query, client))


def trace_of(journey: Journey) -> Trace:
    """The answer of a journey made for a single client."""
    unknowns = tuple(dict.fromkeys(doubt.text for doubt in journey.doubts))
    return Trace(
        _verdict(journey),
        _delivered(journey),
        tuple(told_apart(journey.hits)),
        tuple(told_apart(journey.reply_hits)),
        unknowns,
        tuple(dict.fromkeys(loss.why for loss in journey.losses if loss.why)),
    )


def _delivered(journey: Journey) -> Delivery:
    """Where it comes to: where a connection opens, if several ways are possible."""
    ends = (*journey.opened, *journey.delivered)
    return ends[0].delivery if ends else NOWHERE


def _verdict(journey: Journey) -> str:
    found = reached(journey)
    takers = {
        (each.delivery.container, each.delivery.address, each.delivery.port)
        for each in journey.opened
    }
    if found.accept and len(takers) == 1:
        return "accept"
    if found.accept or found.unknown:
        return "unknown"
    rejected = all(loss.how == "reject" for loss in journey.losses)
    return "reject" if rejected and journey.losses else "drop"
