"""One bit for each rule of a chain: which of them name a value, and which compare the client alone.

Where a few rules of a long chain change, the bits of all others are only moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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

DST, DPORT, IIF, OIF, PROTO, SRC, ORIG_DPORT = range(7)
FIELDS = 7
"""Fields of a packet, by number, that are indexed."""


@dataclass(frozen=True)
class Bits:
    """The rules of one chain; bit n is for the rule at place n."""

    exact: tuple[dict[object, int], ...]
    """By field: the rules that name a value, by that value."""
    named: tuple[int, ...]
    """By field: the rules that name any value."""
    of_client: dict[AddressField, int]
    """The rules that compare the client's address beside nothing but indexed fields."""

    def changed(self, first: int, last: int, specs: Sequence[Spec]) -> Bits:
        """The same with other rules in the place of those from `first` on and before `last`."""
        below, end = (1 << first) - 1, first + len(specs)
        new = bits_of(specs, first)

        def moved(bits: int) -> int:
            return bits & below | bits >> last << end

        exact = []
        for old, added in zip(self.exact, new.exact, strict=True):
            kept = {value: left for value, bits in old.items() if (left := moved(bits))}
            for value, bits in added.items():
                kept[value] = kept.get(value, 0) | bits
            exact.append(kept)
        named = [moved(old) | added for old, added in zip(self.named, new.named, strict=True)]
        client = {
            field: moved(bits) | new.of_client[field] for field, bits in self.of_client.items()
        }
        return Bits(tuple(exact), tuple(named), client)


def bits_of(specs: Sequence[Spec], first: int = 0) -> Bits:
    """The bits of some rules, the first of which stands at a place."""
    exact: tuple[dict[object, int], ...] = tuple({} for _ in range(FIELDS))
    named = [bytearray(len(specs) // 8 + 1) for _ in range(FIELDS)]
    client = {
        field: bytearray(len(specs) // 8 + 1) for field in (AddressField.SRC, AddressField.DST)
    }
    for place, spec in enumerate(specs):
        byte, bit, whole = place >> 3, 1 << (place & 7), 1 << first + place
        for number, value in _named(spec.matches):
            if not named[number][byte] & bit:
                of_field = exact[number]
                of_field[value] = of_field.get(value, 0) | whole
                named[number][byte] |= bit
        field = _of_client(spec)
        if field is not None:
            client[field][byte] |= bit
    return Bits(
        exact,
        tuple(int.from_bytes(each, "little") << first for each in named),
        {field: int.from_bytes(each, "little") << first for field, each in client.items()},
    )


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


def _named(matches: tuple[Match, ...]) -> list[tuple[int, object]]:
    """The fields, by number, of which a rule names exactly one value.

    A field named twice is only entered once: the other match is tested as it is met.
    """
    found: list[tuple[int, object]] = []
    for match in matches:
        if isinstance(match, ConntrackMatch):
            if match.states is None:
                for port in match.ports:
                    if port.field is PortField.ORIG_DST and not port.negated:
                        found.append((ORIG_DPORT, port.ports.only))
        elif isinstance(match, AddressMatch):
            if not match.negated:
                place = DST if match.field is AddressField.DST else SRC
                found.append((place, match.numbers.only))
        elif isinstance(match, ProtocolMatch):
            if not match.negated:
                found.append((PROTO, match.number))
        elif isinstance(match, PortMatch):
            if match.field is PortField.DST and not match.negated:
                found.append((DPORT, match.ports.only))
        elif isinstance(match, InterfaceMatch) and not (match.prefix or match.negated):
            found.append((OIF if match.outgoing else IIF, match.name))
    return [each for each in found if each[1] is not None]
