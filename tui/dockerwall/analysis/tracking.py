"""`-m conntrack` and `-m state`: what the connection's entry says of a packet (xt_conntrack.c)."""

from __future__ import annotations

from dockerwall.analysis.answers import Answer, Surroundings, Test, both
from dockerwall.analysis.fields import (
    address,
    port,
)
from dockerwall.analysis.packet import (
    Packet,
)
from dockerwall.model.spec import (
    ConntrackMatch,
    Negatable,
)


def _in_state(states: Negatable, packet: Packet) -> bool:
    words, conn = states.words, packet.conn
    found = packet.state in words
    if not found and conn is not None:
        found = (conn.dnat and "DNAT" in words) or (conn.snat and "SNAT" in words)
    return found is not states.negated


def conntrack(match: ConntrackMatch, around: Surroundings) -> Test:
    """xt_conntrack.c: without an entry only the states are compared, the rest is not looked at."""
    tests: list[Test] = [address(each, around) for each in match.addresses]
    tests += [port(each) for each in match.ports]
    states, status, direction = match.states, match.status, match.direction
    protocol, unknown = match.protocol, bool(match.unknown)
    cells = around.cells

    def test(packet: Packet) -> Answer:
        conn = packet.conn
        if states is not None and not _in_state(states, packet):
            return False
        if conn is None:
            return states is not None
        if direction is not None and (direction == "REPLY") is not packet.reply:
            return False
        if protocol is not None and (packet.proto == protocol.number) is protocol.negated:
            return False
        if status is not None:
            held = {"SEEN_REPLY", "CONFIRMED"} if packet.state == "ESTABLISHED" else set()
            if packet.assured:
                held.add("ASSURED")
            if bool(status.words & held) is status.negated:
                return False
        return both([each(packet) for each in tests], unknown, cells)

    return test
