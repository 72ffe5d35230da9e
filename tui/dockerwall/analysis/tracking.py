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


def _words_hold(words: Negatable, has: set[str]) -> bool:
    return bool(words.words & has) is not words.negated


def conntrack(match: ConntrackMatch, around: Surroundings) -> Test:
    """xt_conntrack.c: without an entry only the states are compared, the rest is not looked at."""
    tests: list[Test] = [address(each, around) for each in match.addresses]
    tests += [port(each) for each in match.ports]
    states, status, direction = match.states, match.status, match.direction
    protocol, unknown = match.protocol, bool(match.unknown)
    cells = around.cells

    def test(packet: Packet) -> Answer:
        conn = packet.conn
        if states is not None:
            has = {packet.state}
            if conn is not None:
                if conn.dnat:
                    has.add("DNAT")
                if conn.snat:
                    has.add("SNAT")
            if not _words_hold(states, has):
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
            if not _words_hold(status, held):
                return False
        return both([each(packet) for each in tests], unknown, cells)

    return test
