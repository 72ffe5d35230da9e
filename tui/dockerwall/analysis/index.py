"""Which rules of a chain a packet has to meet, found without looking at each.

A rule that names one destination, port, interface or protocol is only met by packets that have
it: for each such field a whole number holds one bit a rule, and what is left for a packet is what
all fields leave (the bit-vector scheme of Lakshman and Stiliadis). Rules that look at nothing but
the client's address are gathered in blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from operator import itemgetter

from dockerwall.analysis.blocks import Block
from dockerwall.analysis.cells import Cells
from dockerwall.analysis.packet import CLIENT, Packet
from dockerwall.model.spec import (
    AddressField,
    AddressMatch,
    ConntrackMatch,
    InterfaceMatch,
    Match,
    PortField,
    PortMatch,
    ProtocolMatch,
    Return,
    Spec,
    Stop,
)

_PLAIN = ("dst", "dport", "iif", "oif", "proto", "src")
"""Fields of a packet, in the order of their numbers below."""
DST, DPORT, IIF, OIF, PROTO, SRC, ORIG_DPORT = range(7)
_FIELDS = 7
_SHORTEST_BLOCK = 4
_MOST_PLANS = 1 << 15
_FEW = 12


class Plan:
    """What a packet meets in a chain; of one index, the very same value for the same rules."""

    __slots__ = ("block", "others")

    def __init__(self, block: Block | None, others: tuple[int, ...]) -> None:
        """The rules that compare only the client's address, and the places of others to meet."""
        self.block = block
        self.others = others


class Index:
    """The index of one chain."""

    def __init__(self, specs: Sequence[Spec], cells: Cells) -> None:
        self._specs = specs
        self._cells = cells
        self._all = (1 << len(specs)) - 1
        exacts: list[dict[object, int]] = [{} for _ in range(_FIELDS)]
        self._of_client = {AddressField.SRC: 0, AddressField.DST: 0}
        self._blocks: dict[tuple[AddressField, int], Block] = {}
        self._known: dict[tuple[object, ...], Plan] = {}
        self._plans: dict[tuple[AddressField | None, int, int], Plan] = {}
        named = [bytearray(len(specs) // 8 + 1) for _ in range(_FIELDS)]
        client = {field: bytearray(len(specs) // 8 + 1) for field in self._of_client}
        for place, spec in enumerate(specs):
            byte, bit = place >> 3, 1 << (place & 7)
            for number, value in _named(spec.matches):
                if not named[number][byte] & bit:
                    exact = exacts[number]
                    exact[value] = exact.get(value, 0) | 1 << place
                    named[number][byte] |= bit
            field = _of_client(spec)
            if field is not None:
                client[field][byte] |= bit
        others = [self._all ^ int.from_bytes(each, "little") for each in named]
        used = [number for number, exact in enumerate(exacts) if exact]
        self._read = _reader(used)
        self._fields = [(exacts[number], others[number]) for number in used]
        self._of_client = {f: int.from_bytes(each, "little") for f, each in client.items()}

    def plan(self, packet: Packet) -> Plan:
        """What this packet meets; the same for every packet with the same indexed fields."""
        values = self._read(packet)
        key = (values, packet.dst == CLIENT, packet.src == CLIENT)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_PLANS:
                self._known.clear()
                self._plans.clear()
            known = self._known[key] = self._plan(values, packet)
        return known

    def _plan(self, values: tuple[object, ...], packet: Packet) -> Plan:
        left = self._all
        for value, (exact, others) in zip(values, self._fields, strict=True):
            if not isinstance(value, int) or value >= 0:
                left &= others | exact.get(value, 0)
        field, blocked = None, 0
        if CLIENT in (packet.src, packet.dst):
            field = AddressField.DST if packet.dst == CLIENT else AddressField.SRC
            blocked = left & self._of_client[field]
            if blocked.bit_count() < _SHORTEST_BLOCK:
                field, blocked = None, 0
        key = (field, blocked, left)
        plan = self._plans.get(key)
        if plan is None:
            block = self._block(field, blocked) if field is not None else None
            plan = self._plans[key] = Plan(block, tuple(_bits(left ^ blocked)))
        return plan

    def _block(self, field: AddressField, places: int) -> Block:
        key = (field, places)
        if key not in self._blocks:
            listed = list(_bits(places))
            self._blocks[key] = Block(
                listed,
                [self._mask(self._specs[place], field) for place in listed],
                [_action(self._specs[place]) for place in listed],
            )
        return self._blocks[key]

    def _mask(self, spec: Spec, field: AddressField) -> int:
        mask = self._cells.everything
        for match in spec.matches:
            if isinstance(match, AddressMatch) and match.field is field:
                named = self._cells.mask(match.numbers)
                mask &= ~named if match.negated else named
        return mask


def _reader(used: Sequence[int]) -> Callable[[Packet], tuple[object, ...]]:
    """A function that gives a packet's values of these fields, in order."""
    places = [Packet._fields.index(_PLAIN[number]) for number in used if number != ORIG_DPORT]
    plain: Callable[[Packet], tuple[object, ...]]
    plain = itemgetter(*places) if len(places) > 1 else partial(_few, places)
    if ORIG_DPORT not in used:
        return plain
    return lambda packet: (*plain(packet), packet.conn.dport if packet.conn else None)


def _few(places: Sequence[int], packet: Packet) -> tuple[object, ...]:
    return tuple([packet[place] for place in places])


def _bits(number: int) -> list[int]:
    """The places of the bits of a number, in order."""
    if number.bit_count() < _FEW:
        few = []
        while number:
            low = number & -number
            few.append(low.bit_length() - 1)
            number ^= low
        return few
    text = bin(number)
    last = len(text) - 1
    found = []
    place = text.rfind("1")
    while place > 1:
        found.append(last - place)
        place = text.rfind("1", 0, place)
    return found


def _of_client(spec: Spec) -> AddressField | None:
    """The client's address field that a rule compares beside nothing but indexed fields."""
    if not isinstance(spec.target, Stop | Return):
        return None
    found: AddressField | None = None
    for match in spec.matches:
        if isinstance(match, AddressMatch):
            if found not in (None, match.field):
                return None
            found = match.field
        elif isinstance(match, InterfaceMatch):
            if match.prefix or match.negated:
                return None
        elif not isinstance(match, ProtocolMatch) or match.negated:
            return None
    return found


def _action(spec: Spec) -> str:
    return spec.target.verdict if isinstance(spec.target, Stop) else "RETURN"


def _named(matches: tuple[Match, ...]) -> Iterator[tuple[int, object]]:
    """The fields, by number, of which a rule names exactly one value.

    A field named twice is only entered once: the other match is tested as it is met.
    """
    for match in matches:
        if isinstance(match, ConntrackMatch):
            if match.states is None:
                for port in match.ports:
                    if port.field is PortField.ORIG_DST and not port.negated:
                        yield from _single(ORIG_DPORT, port.ports.spans)
        elif isinstance(match, AddressMatch):
            if not match.negated:
                place = DST if match.field is AddressField.DST else SRC
                yield from _single(place, match.numbers.spans)
        elif isinstance(match, ProtocolMatch):
            if not match.negated:
                yield PROTO, match.number
        elif isinstance(match, PortMatch):
            if match.field is PortField.DST and not match.negated:
                yield from _single(DPORT, match.ports.spans)
        elif isinstance(match, InterfaceMatch) and not (match.prefix or match.negated):
            yield (OIF if match.outgoing else IIF), match.name


def _single(place: int, spans: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, object]]:
    if len(spans) == 1 and spans[0][0] == spans[0][1]:
        yield place, spans[0][0]
