"""For each rule a real packet that comes to it: one this host can receive, followed to the rule.

The search for packets that escape is done again with those that can really arrive: by an
interface of the host, from a source that is believed there, to where the routes lead. What it
picks is then followed through every table; only a packet that meets the rule is a witness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dockerwall.analysis.compiled import CompiledTable
from dockerwall.analysis.crossing import Crossing
from dockerwall.analysis.findings.shadowing.chains import Rows, read_table
from dockerwall.analysis.findings.shadowing.fields import (
    NO_INTERFACE,
    STAGE_BITS,
    STATES,
    Stage,
    state_bits,
)
from dockerwall.analysis.findings.shadowing.judging import (
    Judge,
    Judged,
    Life,
    hook_region,
)
from dockerwall.analysis.findings.shadowing.point import Point
from dockerwall.analysis.findings.shadowing.region import Region, overlap
from dockerwall.analysis.findings.shadowing.search import Search
from dockerwall.analysis.hits import told_apart
from dockerwall.analysis.journey import Query, follow
from dockerwall.analysis.packet import CLIENT, ICMP, ICMPV6, TCP, UDP, Packet
from dockerwall.analysis.passage import Passage
from dockerwall.analysis.routing import Way
from dockerwall.analysis.trace import ECHO_REQUEST, Probe
from dockerwall.analysis.world import Side, World
from dockerwall.model.addresses import AddressSet
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family

MOST_PATHS, MOST_TRIES, MOST_PICKS = 200, 20000, 1_000_000
"""Much is tried here: packets of many kinds arrive, by many ways."""
_NO_SOURCES = {
    Family.IPV4: Intervals(),
    Family.IPV6: AddressSet.of(
        Family.IPV6, ["::/127", "::ffff:0:0/96", "fe80::/10", "ff00::/8"]
    ).numbers,
}
_NO_DESTINATIONS = {
    family: AddressSet.of(family, ["127.0.0.0/8", "::1/128", "fe80::/10"]).numbers
    for family in Family
}
"""Addresses that packets from a wire are not picked with."""
SYN = 1 << 2
"""TCP's first packet, among the values of the field `flags`."""


class Witness(NamedTuple):
    """A packet of a new connection that comes to a rule and matches it."""

    judged: Judged
    probe: Probe


def witnesses(world: World, table: CompiledTable) -> Iterator[Witness]:
    """A witness for every rule of a table that a first packet can be shown to meet."""
    rows = read_table(table, world)
    entries = realistic(world, rows)
    search = Search(rows, MOST_PICKS, MOST_TRIES)
    for judged in Judge(rows, search, entries, MOST_PATHS).judge():
        if judged.life is Life.ALIVE and judged.point is not None:
            probe = probe_of(judged.point, rows)
            if probe is not None and meets(world, judged, probe):
                yield Witness(judged, probe)


def realistic(world: World, rows: Rows) -> dict[str, list[Region]]:
    """The first packets of connections that can come to each base chain, before any NAT."""
    side = world.sides[rows.table.key.family]
    found: dict[str, list[Region]] = {}
    for link in world.snapshot.links or ():
        if link.name == "lo" or not link.up or link.master is not None:
            continue
        sources = believed_sources(world, side, link.name)
        if not sources:
            continue
        arriving: Region = {
            "iif": rows.domain.named(link.name, False),
            "oif": rows.domain.named(NO_INTERFACE, False),
            "src": sources,
        }
        ways = side.fib.client_ways(None, side.cells, side.cells.everything, link.name, 0)
        for protocol in _protocols(side.family, rows.table.key.table):
            for hook, region in _routed(rows, side, arriving, ways):
                held = hook_region(rows.table.key.table, hook, rows.domain)
                whole = overlap({**region, **protocol}, _without_interfaces(held))
                if whole is not None:
                    found.setdefault(hook, []).append(whole)
    return found


def _without_interfaces(region: Region) -> Region:
    return {field: value for field, value in region.items() if field not in ("iif", "oif")}


def _protocols(family: Family, table: str) -> Iterator[Region]:
    """First packets of connections, by protocol; in raw, conntrack has not seen them yet."""
    new = state_bits([STATES[0]]) if table == "raw" else STAGE_BITS[Stage.NEW]
    echo = ICMP if family is Family.IPV4 else ICMPV6
    yield {"proto": Intervals.single(TCP), "flags": SYN, "ct": new}
    yield {"proto": Intervals.single(UDP), "ct": new}
    codes = Intervals.single(ECHO_REQUEST[echo])
    yield {"proto": Intervals.single(echo), "icmp": codes, "ct": new}


def _routed(
    rows: Rows, side: Side, arriving: Region, ways: Iterable[tuple[Way, int]]
) -> Iterator[tuple[str, Region]]:
    """What comes to each hook: everything to PREROUTING, the rest by where it is routed."""
    yield "PREROUTING", arriving
    for way, clients in ways:
        numbers = side.cells.numbers(clients) - _NO_DESTINATIONS[side.family]
        if not numbers:
            continue
        if way.type in ("local", "broadcast", "anycast"):
            yield "INPUT", {**arriving, "dst": numbers}
        elif way.type == "unicast" and len(way.interfaces) == 1:
            out = rows.domain.named(way.interfaces[0], False)
            yield "FORWARD", {**arriving, "dst": numbers, "oif": out}


def believed_sources(world: World, side: Side, interface: str) -> Intervals:
    """The sources whose packets are not taken for impossible on an interface."""
    crossing = Crossing(world, side, Passage(world, side))
    packet = Packet(CLIENT, side.own.spans[0][0] if side.own else 1, UDP, 1, 1, interface)
    clients = crossing.validated(packet, side.cells.everything)
    return side.cells.numbers(clients) - _NO_SOURCES[side.family]


def probe_of(point: Point, rows: Rows) -> Probe | None:
    """The packet as it arrives; None for one that no new connection begins with."""
    if point.stage not in (Stage.NEW, Stage.ENTRYLESS):
        return None
    proto = point.get("proto")
    icmp = proto in (ICMP, ICMPV6)
    return Probe(
        rows.domain.family,
        rows.domain.names[point.get("iif")],
        point.get("src"),
        point.get("dst"),
        proto,
        None if icmp else point.get("sport"),
        point.get("icmp") if icmp else point.get("dport"),
    )


def meets(world: World, judged: Judged, probe: Probe) -> bool:
    """Whether the packet, followed through every table, surely meets the rule."""
    key, rule = judged.row.chain.key, judged.entry.rule.rule
    client = world.sides[probe.family].cells.cell(probe.src)
    query = Query(probe.family, probe.iif, probe.dst, probe.proto, probe.dport, probe.sport)
    return any(
        hit.rule is not None
        and (hit.key, hit.chain, hit.rule.number) == (key, rule.chain, rule.number)
        and hit.certain
        for hit in told_apart(follow(world, query, client).hits)
    )
