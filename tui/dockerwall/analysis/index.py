"""Which rules of a chain a packet has to meet, found without looking at each.

A rule that names one destination, port, interface or protocol is only met by packets that have
it: for each such field a whole number holds one bit a rule, and what is left for a packet is what
all fields leave (the bit-vector scheme of Lakshman and Stiliadis). Rules that look at nothing but
the client's address are gathered in blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter

from dockerwall.analysis.bits import ORIG_DPORT, Bits, bits_of
from dockerwall.analysis.blocks import Block
from dockerwall.analysis.cells import Cells
from dockerwall.analysis.packet import CLIENT, Packet
from dockerwall.model.spec import AddressField, AddressMatch, Spec, Stop

_PLAIN = ("dst", "dport", "iif", "oif", "proto", "src")
"""Fields of a packet, in the order of their numbers (`bits`)."""
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

    def __init__(self, specs: Sequence[Spec], cells: Cells, bits: Bits | None = None) -> None:
        """`bits` are those of the rules, where they are known."""
        self._specs = specs
        self._cells = cells
        self._bits = bits or bits_of(specs)
        self._all = (1 << len(specs)) - 1
        self._blocks: dict[tuple[AddressField, int], Block] = {}
        self._known: dict[tuple[object, ...], Plan] = {}
        self._plans: dict[tuple[AddressField | None, int, int], Plan] = {}
        used = [number for number, exact in enumerate(self._bits.exact) if exact]
        self._read = _reader(used)
        self._fields = [
            (self._bits.exact[number], self._all ^ self._bits.named[number]) for number in used
        ]

    def for_cells(self, cells: Cells) -> Index:
        """The index of the same rules where addresses are cut otherwise."""
        return Index(self._specs, cells, self._bits)

    def changed(self, specs: Sequence[Spec]) -> Index:
        """The index of the chain once some of its rules are others."""
        old = self._specs
        first = _alike(old, specs)
        last = _alike(old[first:][::-1], specs[first:][::-1])
        middle = specs[first : len(specs) - last]
        return Index(specs, self._cells, self._bits.changed(first, len(old) - last, middle))

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
            blocked = left & self._bits.of_client[field]
            if blocked.bit_count() < _SHORTEST_BLOCK:
                field, blocked = None, 0
        key = (field, blocked, left)
        plan = self._plans.get(key)
        if plan is None:
            block = self._block(field, blocked) if field is not None else None
            plan = self._plans[key] = Plan(block, tuple(_places(left ^ blocked)))
        return plan

    def _block(self, field: AddressField, places: int) -> Block:
        key = (field, places)
        if key not in self._blocks:
            listed = _places(places)
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


def _alike(some: Sequence[Spec], others: Sequence[Spec]) -> int:
    """How many at the beginning are the very same."""
    most = min(len(some), len(others))
    return next((place for place in range(most) if some[place] is not others[place]), most)


def _reader(used: Sequence[int]) -> Callable[[Packet], tuple[object, ...]]:
    """A function that gives a packet's values of these fields, in order."""
    places = [Packet._fields.index(_PLAIN[number]) for number in used if number != ORIG_DPORT]
    plain: Callable[[Packet], tuple[object, ...]]
    if len(places) > 1:
        plain = itemgetter(*places)
    else:  # of one place, too, a tuple
        place = places[0] if places else 0
        plain = itemgetter(slice(place, place + len(places)))
    if ORIG_DPORT not in used:
        return plain
    return lambda packet: (*plain(packet), packet.conn.dport if packet.conn else None)


def _places(number: int) -> list[int]:
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


def _action(spec: Spec) -> str:
    return spec.target.verdict if isinstance(spec.target, Stop) else "RETURN"
