"""Matches of single fields: addresses, interfaces, ports, marks, and what a sender may choose."""

from __future__ import annotations

from collections.abc import Callable

from dockerwall.analysis.answers import (
    PORTED,
    Answer,
    Part,
    Some,
    Surroundings,
    Test,
    never_known,
)
from dockerwall.analysis.packet import (
    ANY,
    CHOSEN,
    CLIENT,
    Packet,
)
from dockerwall.model.intervals import Intervals
from dockerwall.model.spec import (
    AddressField,
    AddressMatch,
    InterfaceMatch,
    MarkMatch,
    PhysdevMatch,
    PktTypeMatch,
    PortField,
    PortMatch,
    SenderMatch,
)

_ADDRESS: dict[AddressField, Callable[[Packet], int | None]] = {
    AddressField.SRC: lambda packet: packet.src,
    AddressField.DST: lambda packet: packet.dst,
    AddressField.ORIG_SRC: lambda packet: packet.conn.src if packet.conn else None,
    AddressField.ORIG_DST: lambda packet: packet.conn.dst if packet.conn else None,
    AddressField.REPL_SRC: lambda packet: packet.conn.reply_src if packet.conn else None,
    AddressField.REPL_DST: lambda packet: packet.conn.reply_dst if packet.conn else None,
}


_PORT: dict[PortField, Callable[[Packet], int | None]] = {
    PortField.SRC: lambda packet: packet.sport,
    PortField.DST: lambda packet: packet.dport,
    PortField.ORIG_SRC: lambda packet: packet.conn.sport if packet.conn else None,
    PortField.ORIG_DST: lambda packet: packet.conn.dport if packet.conn else None,
    PortField.REPL_SRC: lambda packet: packet.conn.reply_sport if packet.conn else None,
    PortField.REPL_DST: lambda packet: packet.conn.reply_dport if packet.conn else None,
}


def address(match: AddressMatch, around: Surroundings) -> Test:
    """`-s`, `-d`, ranges and the connection's addresses."""
    numbers, negated = match.numbers, match.negated
    cells = around.cells
    read = _ADDRESS[match.field]
    answer: list[Some] = []  # the one for clients, once asked: sets of them are large numbers
    single = numbers.spans[0][0] if len(numbers.spans) == 1 else None
    if single is not None and numbers.spans[0][1] != single:
        single = None

    def test(packet: Packet) -> Answer:
        number = read(packet)
        if number is None:
            return None
        if number == CLIENT:
            if not answer:
                clients = cells.mask(numbers)
                answer.append(Some(cells.everything & ~clients if negated else clients))
            return answer[0]
        inside = number == single if single is not None else number in numbers
        return inside is not negated

    return test


def interface(match: InterfaceMatch) -> Test:
    """`-i`, `-o`."""
    name, negated, outgoing = match.name, match.negated, match.outgoing
    if match.prefix:
        if outgoing:
            return lambda packet: packet.oif.startswith(name) is not negated
        return lambda packet: packet.iif.startswith(name) is not negated
    if outgoing:
        return lambda packet: (packet.oif == name) is not negated
    return lambda packet: (packet.iif == name) is not negated


def port_answer(number: int | None, packet: Packet, ports: Intervals, negated: bool) -> Answer:
    """Whether a port is one of `ports`, when it may be the sender's to choose."""
    if number is None:
        return None
    if number == CHOSEN:
        wanted = ports.complement(65535) if negated else ports
        here = packet.choice.sport & wanted
        if not here:
            return False
        return True if here == packet.choice.sport else Part("sport", here)
    if number == ANY:
        return None
    return (number in ports) is not negated


def port(match: PortMatch) -> Test:
    """`--sport`, `--dport`, multiport and the connection's ports."""
    ports, negated = match.ports, match.negated
    if match.field is not PortField.EITHER:
        read = _PORT[match.field]
        if match.field in (PortField.SRC, PortField.DST):
            return lambda packet: (
                port_answer(read(packet), packet, ports, negated)
                if packet.proto in PORTED
                else None  # `! -p tcp --dport` compares bytes that are no port
            )
        return lambda packet: port_answer(read(packet), packet, ports, negated)

    def either(packet: Packet) -> Answer:
        """multiport --ports: the source or the destination port is among them."""
        if packet.sport == CHOSEN or packet.dport == CHOSEN:
            fixed = packet.dport if packet.sport == CHOSEN else packet.sport
            if fixed in ports:
                return not negated
            return port_answer(CHOSEN, packet, ports, negated)
        answers = [port_answer(p, packet, ports, False) for p in (packet.sport, packet.dport)]
        if True in answers:
            return not negated
        return None if None in answers else negated

    return either


def mark(match: MarkMatch) -> Test:
    """`-m mark`, `-m connmark`."""
    value, mask, negated = match.value, match.mask, match.negated
    if not match.connection:
        return lambda packet: (packet.mark & mask == value) is not negated

    def test(packet: Packet) -> Answer:
        """xt_connmark.c: without an entry it never holds, negated or not."""
        if packet.conn is None:
            return False
        return (packet.conn.mark & mask == value) is not negated

    return test


def physdev(match: PhysdevMatch, around: Surroundings) -> Test:
    """xt_physdev.c: a packet that came through no bridge has no port, so only `!` can hold."""
    plain = all(negated for _, _, negated in match.options)

    def of_bridge(packet: Packet) -> bool | None:
        """For what came in by a bridge: by a port of it, and not out by one where it is routed."""
        answer: bool | None = True
        for kind, _, negated in match.options:
            if kind == "is-in":
                holds = True
            elif kind == "in" or packet.oif == packet.iif:
                answer = None  # which port it is was not asked
                continue
            else:
                holds = False
            if holds is negated:
                return False
        return answer

    def test(packet: Packet) -> Answer:
        if packet.iif not in around.bridges or around.bridge_netfilter is False:
            return plain
        inside = of_bridge(packet)
        return inside if around.bridge_netfilter or inside is plain else None

    return test


def pkttype(match: PktTypeMatch) -> Test:
    """xt_pkttype.c: a packet of a connection is sent to one host."""
    holds = (match.type in ("unicast", "host")) is not match.negated
    return lambda packet: holds


def sender(match: SenderMatch, around: Surroundings) -> Test:
    """The sender may choose, so a packet that fits can be sent; a reply's is not ours to know."""
    if match.field in around.altered:
        return never_known
    values = match.values.complement(65535) if match.negated else match.values

    def test(packet: Packet) -> Answer:
        if packet.src != CLIENT:
            return 255 in values if match.field == "header" else None
        left: Intervals = getattr(packet.choice, match.field)
        here = left & values
        if not here:
            return False
        return True if here == left else Part(match.field, here)

    return test
