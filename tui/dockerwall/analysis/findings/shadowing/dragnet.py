"""Conversations with every source at once, for rules that no picked packet came to.

What answers a connection meets rules only if its first packet got through, and which do is easier
tried than told: to a few addresses behind every interface, at the edges of every port rules name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain, islice, product

from dockerwall.analysis.findings.shadowing.chains import Rows
from dockerwall.analysis.findings.shadowing.conversation import Act, Conversation, Place
from dockerwall.analysis.findings.shadowing.possible import devices
from dockerwall.analysis.hits import told_apart
from dockerwall.analysis.journey import Query, follow, follow_error
from dockerwall.analysis.packet import TCP, UDP
from dockerwall.analysis.routing import LINK_LOCAL_6
from dockerwall.analysis.world import World
from dockerwall.model.spec import AddressMatch, PortField, PortMatch

MOST_JOURNEYS = 2000
MOST_PORTS = 8
_SOURCE_PORTS, _TARGET_PORTS = (40000, 80, 1023), (35957, 80)
"""Tried in any case."""


def dragnet(world: World, rows: Rows, wanted: Collection[Place]) -> Iterator[Conversation]:
    """Conversations that surely come to some of the wanted rules; asked until none is wanted."""
    family = rows.domain.family
    cells = world.sides[family].cells
    sports = _ports(rows, PortField.SRC, _SOURCE_PORTS)
    dports = _ports(rows, PortField.DST, _TARGET_PORTS)
    ways = product(devices(world), _targets(world, rows), (TCP, UDP), dports, sports)
    asked = chain.from_iterable(
        ((Act.ANSWERED, *way), (Act.REFUSED, *way)) for way in islice(ways, MOST_JOURNEYS)
    )
    for act, iif, dst, proto, dport, sport in asked:
        if not wanted:
            return
        query = Query(family, iif, dst, proto, dport, sport)
        code = 3 << 8 | 3 if family.bits == 32 else 1 << 8 | 4
        if act is Act.REFUSED:
            journey = follow_error(world, query, code, cells.everything)
        else:
            journey = follow(world, query)
        for hit in told_apart((*journey.hits, *journey.reply_hits)):
            if hit.rule is not None and (hit.key, hit.chain, hit.rule.number) in wanted:
                source = cells.member(hit.clients)
                yield Conversation(family, iif, source, dst, proto, sport, dport, act, code)


def _ports(rows: Rows, field: PortField, usual: tuple[int, ...]) -> list[int]:
    """Ports on both sides of every edge that rules name."""
    found = dict.fromkeys(usual)
    for row in rows.rows.values():
        for entry in row.entries:
            for match in entry.rule.spec.matches:
                if isinstance(match, PortMatch) and match.field in (field, PortField.EITHER):
                    for low, high in match.ports.spans:
                        found |= dict.fromkeys((low, high, min(high + 1, 65535)))
    return list(found)[:MOST_PORTS]


def _targets(world: World, rows: Rows) -> list[int]:
    """The host's own addresses, a few behind every interface, and those that rules name."""
    side = world.sides[rows.domain.family]
    found: dict[int, None] = {}
    for row in rows.rows.values():
        for entry in row.entries:
            for match in entry.rule.spec.matches:
                if isinstance(match, AddressMatch) and match.numbers.size == 1:
                    found[match.numbers.spans[0][0]] = None
    for hops in side.fib.tables.values():
        for hop in hops:
            low, high = hop.numbers.spans[0]
            if hop.way.type == "unicast" and high > low + 3 and low not in LINK_LOCAL_6:
                found[low + 2] = None
    for low, _ in (side.own - LINK_LOCAL_6).spans:
        found[low] = None
    return list(found)
