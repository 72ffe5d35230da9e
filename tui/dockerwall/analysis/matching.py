"""Whether a match holds for a box of packets: yes, no, unknown, or only for some clients.

Each match of a rule is made once into a test, a function of a packet. Its answer is True, False,
None for unknown, `Some` clients, or `Part` of the sender's choice. Doubt is never resolved here.
Source: iptables-extensions(8) and net/netfilter/xt_*.c as named at each test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, assert_never

from dockerwall.analysis import ipsets
from dockerwall.analysis.cells import Cells
from dockerwall.analysis.packet import (
    ANY,
    CHOSEN,
    CLIENT,
    ICMP,
    ICMPV6,
    SCTP,
    TCP,
    UDP,
    Packet,
)
from dockerwall.analysis.routing import Fib
from dockerwall.model.addresses import format_address
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import (
    AddressField,
    AddressMatch,
    AddrTypeMatch,
    ConntrackMatch,
    FragmentMatch,
    IcmpMatch,
    InterfaceMatch,
    MarkMatch,
    Match,
    Negatable,
    PhysdevMatch,
    PktTypeMatch,
    PortField,
    PortMatch,
    ProtocolMatch,
    RpfilterMatch,
    SenderMatch,
    SetMatch,
    TcpFlagsMatch,
    UnknownMatch,
)

PORTED = (TCP, UDP, SCTP, 33, 136)
"""Protocols with ports: also DCCP and UDP-Lite."""


class Some(NamedTuple):
    """It holds for these clients (a mask of cells), and for no others."""

    clients: int


class Part(NamedTuple):
    """It holds for these values of one of the sender's choices."""

    field: str
    values: Intervals


Answer = bool | Some | Part | None
Test = Callable[[Packet], Answer]


@dataclass(frozen=True)
class Surroundings:
    """What matches need to know of the host."""

    family: Family
    cells: Cells
    fib: Fib
    sets: dict[str, ipsets.ResolvedSet]
    sets_read: bool
    changing_sets: frozenset[str]
    """Sets that rules themselves add to or delete from: they cannot be relied on."""
    bridges: frozenset[str]
    bridge_netfilter: bool | None
    """Whether bridged packets pass these tables (net.bridge.bridge-nf-call-*); None: not known."""


def make_test(match: Match, around: Surroundings) -> Test:
    """The test of one match."""
    match match:
        case AddressMatch():
            return _address(match, around)
        case InterfaceMatch():
            return _interface(match)
        case ProtocolMatch():
            number, negated = match.number, match.negated
            return lambda packet: (packet.proto == number) is not negated
        case FragmentMatch():
            negated = match.negated
            return lambda packet: negated
        case PortMatch():
            return _port(match)
        case TcpFlagsMatch():
            mask, wanted, negated = match.mask, match.set, match.negated
            return lambda packet: (packet.flags & mask == wanted) is not negated
        case IcmpMatch():
            codes, negated = match.codes, match.negated
            return lambda packet: (packet.dport in codes) is not negated
        case ConntrackMatch():
            return _conntrack(match, around)
        case SetMatch():
            return _set(match, around)
        case MarkMatch():
            return _mark(match)
        case AddrTypeMatch():
            return _addrtype(match, around)
        case PhysdevMatch():
            return _physdev(match, around)
        case RpfilterMatch():
            return _rpfilter(match, around)
        case PktTypeMatch():
            return _pkttype(match)
        case SenderMatch():
            return _sender(match)
        case UnknownMatch():
            return _never_known
        case _:
            assert_never(match)


def _never_known(_packet: Packet) -> Answer:
    return None


def invert(answer: Answer, cells: Cells) -> Answer:
    """The answer of the same match with `!` before it."""
    if answer is None or isinstance(answer, bool):
        return None if answer is None else not answer
    if isinstance(answer, Some):
        return Some(cells.everything & ~answer.clients)
    return Part(answer.field, answer.values.complement(65535))


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


def _address(match: AddressMatch, around: Surroundings) -> Test:
    numbers, negated = match.numbers, match.negated
    cells = around.cells
    read = _ADDRESS[match.field]
    single = numbers.spans[0][0] if len(numbers.spans) == 1 else None
    if single is not None and numbers.spans[0][1] != single:
        single = None

    def test(packet: Packet) -> Answer:
        number = read(packet)
        if number is None:
            return None
        if number == CLIENT:
            clients = cells.mask(numbers)
            return Some(cells.everything & ~clients if negated else clients)
        inside = number == single if single is not None else number in numbers
        return inside is not negated

    return test


def _interface(match: InterfaceMatch) -> Test:
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


def _port(match: PortMatch) -> Test:
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


def _words_hold(words: Negatable, has: set[str]) -> bool:
    return bool(words.words & has) is not words.negated


def _conntrack(match: ConntrackMatch, around: Surroundings) -> Test:
    """xt_conntrack.c: without an entry only the states are compared, the rest is not looked at."""
    tests: list[Test] = [_address(each, around) for each in match.addresses]
    tests += [_port(each) for each in match.ports]
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


def both(answers: list[Answer], unknown: bool, cells: Cells) -> Answer:
    """All of the answers together; a choice of the sender's beside clients stays unknown."""
    if False in answers:
        return False
    clients, parts = cells.everything, []
    for answer in answers:
        if answer is None:
            unknown = True
        elif isinstance(answer, Some):
            clients &= answer.clients
        elif isinstance(answer, Part):
            parts.append(answer)
    if not clients:
        return False
    if unknown or len(parts) > 1 or (parts and clients != cells.everything):
        return None
    if parts:
        return parts[0]
    return True if clients == cells.everything else Some(clients)


def _set(match: SetMatch, around: Surroundings) -> Test:
    name, negated = match.name, match.negated
    cells, family, sets = around.cells, around.family, around.sets
    if name in around.changing_sets or not around.sets_read:
        return _never_known
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


def _mark(match: MarkMatch) -> Test:
    value, mask, negated = match.value, match.mask, match.negated
    if not match.connection:
        return lambda packet: (packet.mark & mask == value) is not negated

    def test(packet: Packet) -> Answer:
        """xt_connmark.c: without an entry it never holds, negated or not."""
        if packet.conn is None:
            return False
        return (packet.conn.mark & mask == value) is not negated

    return test


def _addrtype(match: AddrTypeMatch, around: Surroundings) -> Test:
    known: dict[tuple[int, Negatable, str | None], Answer] = {}

    def of(number: int, words: Negatable, limit: str | None) -> Answer:
        key = (number, words, limit)
        if key not in known:
            known[key] = _type_answer(number, words, limit, around)
        return known[key]

    def test(packet: Packet) -> Answer:
        limit = None
        if match.limit == "in":
            limit = packet.iif
        elif match.limit == "out":
            limit = packet.oif
        answers = [
            of(number, words, limit)
            for number, words in ((packet.src, match.source), (packet.dst, match.destination))
            if words is not None
        ]
        return both(answers, False, around.cells)

    return test


def _type_answer(number: int, words: Negatable, limit: str | None, around: Surroundings) -> Answer:
    """xt_addrtype.c: what the local table says of an address."""
    if not words.words <= {"UNICAST", "LOCAL", "BROADCAST", "MULTICAST", "ANYCAST"}:
        return None
    if not around.fib.known and not around.fib.tables:
        return None
    wanted = wanted_types(words.words, around, limit)
    if number != CLIENT:
        return (number in wanted) is not words.negated
    clients = around.cells.mask(wanted)
    return Some(around.cells.everything & ~clients if words.negated else clients)


MULTICAST = {
    Family.IPV4: Intervals(((0xE0000000, 0xEFFFFFFF),)),
    Family.IPV6: Intervals(((0xFF << 120, (1 << 128) - 1),)),
}
LINK_LOCAL_6 = Intervals(((0xFE80 << 112, (0xFEC0 << 112) - 1),))
IPV4_BROADCAST = Intervals(((0, 0), (0xFFFFFFFF, 0xFFFFFFFF)))
"""0.0.0.0 and 255.255.255.255 count as broadcast (inet_addr_type)."""


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


def _physdev(match: PhysdevMatch, around: Surroundings) -> Test:
    """xt_physdev.c: a packet that came through no bridge has no port, so only `!` can hold."""
    plain = all(negated for _, _, negated in match.options)

    def test(packet: Packet) -> Answer:
        if packet.iif in around.bridges and around.bridge_netfilter is not False:
            return None
        return plain

    return test


def _rpfilter(match: RpfilterMatch, around: Surroundings) -> Test:
    """xt_rpfilter.c: would a packet to this source leave by where this one came in?"""

    unasked = around.cells.mask(Intervals.single(0)) if around.family is Family.IPV6 else 0

    def on_link(interface: str) -> int:
        """Link-local IPv6 sources are looked up on the incoming interface alone."""
        hops = around.fib.tables.get("main", ()) if around.family is Family.IPV6 else ()
        found = 0
        for hop in hops:
            if interface in hop.way.interfaces and LINK_LOCAL_6.covers(hop.numbers):
                found |= around.cells.mask(hop.numbers)
        return found

    def test(packet: Packet) -> Answer:
        if packet.iif == "lo":
            return not match.inverted
        mark = packet.mark if match.validmark else 0
        cells = around.cells
        if packet.src == CLIENT:
            back = None if packet.dst == CLIENT else packet.dst
            ways = around.fib.client_ways(back, cells, cells.everything, "lo", mark)
        else:
            ways = around.fib.destination_ways(
                packet.src, cells, cells.everything, "lo", mark, packet.dst
            )
        good = unasked | on_link(packet.iif) if packet.src == CLIENT else 0
        for way, clients in ways:
            if way.type == "unknown" or (len(way.interfaces) > 1 and not match.loose):
                return None
            if way.type == "unicast" or (way.type == "local" and match.accept_local):
                good |= clients if match.loose or packet.iif in way.interfaces else 0
        clients = cells.everything & ~good if match.inverted else good
        return True if clients == cells.everything else Some(clients) if clients else False

    return test


def _pkttype(match: PktTypeMatch) -> Test:
    """xt_pkttype.c: a packet of a connection is sent to one host."""
    holds = (match.type in ("unicast", "host")) is not match.negated
    return lambda packet: holds


def _sender(match: SenderMatch) -> Test:
    """The sender may choose, so a packet that fits can be sent; a reply's is not ours to know."""
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


def describe(number: int, family: Family) -> str:
    """An address for an error message, `the client` for an open one."""
    return "the client" if number == CLIENT else format_address(family, number)
