"""`-m set`: whether a packet is in an ipset."""

from __future__ import annotations

from dockerwall.analysis import ipsets
from dockerwall.analysis.answers import (
    PORTED,
    Answer,
    Some,
    Surroundings,
    Test,
    invert,
    never_known,
)
from dockerwall.analysis.packet import (
    ANY,
    CLIENT,
    ICMP,
    ICMPV6,
    Packet,
)
from dockerwall.model.spec import (
    SetMatch,
)


def membership(match: SetMatch, around: Surroundings) -> Test:
    """`-m set --match-set`."""
    name, negated = match.name, match.negated
    cells, family, sets = around.cells, around.family, around.sets
    if name in around.changing_sets or not around.sets_read:
        return never_known
    known: dict[tuple[ipsets.Asked, ipsets.Asked], Answer] = {}

    def test(packet: Packet) -> Answer:
        if ANY in (packet.sport, packet.dport):
            return None
        shown = (_shown(packet, True), _shown(packet, False))
        if shown not in known:
            source = {"src": shown[0], "dst": shown[1]}
            asked = ipsets.Question(match.directions, source, match.nomatch)
            found = ipsets.lookup(sets, name, family, asked)
            answer: Answer = found if isinstance(found, bool | None) else Some(cells.mask(found))
            known[shown] = invert(answer, cells) if negated else answer
        return known[shown]

    return test


def _shown(packet: Packet, source: bool) -> ipsets.Asked:
    number, port = (packet.src, packet.sport) if source else (packet.dst, packet.dport)
    if packet.proto in (ICMP, ICMPV6):
        port = packet.dport  # type and code stand for both ports
    elif packet.proto not in PORTED:
        port = 0
    return ipsets.Asked(
        None if number == CLIENT else number,
        packet.proto,
        None if port < 0 else port,
        packet.iif if source else packet.oif,
    )
