"""Which packets an ipset matches, with the kernel's rules of precedence.

Source: ipset(8) and net/netfilter/ipset: the most specific prefix decides, `nomatch` makes it a
refusal, a lookup with fewer dimensions than the set's type or of the other family never matches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dockerwall.grammar.values import PROTOCOLS, icmp_codes
from dockerwall.model.addresses import AddressSet
from dockerwall.model.intervals import Intervals
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family
from dockerwall.model.value import value

ADDRESS_KINDS = ("ip", "net")
_EMPTY = Intervals()


@value
class Part:
    """One dimension of an entry: addresses, or ports of a protocol, or an interface."""

    numbers: Intervals = _EMPTY
    prefix: int = 0
    protocol: int = 0
    interface: str = ""
    wildcard: bool = False


@value
class Entry:
    """One element."""

    parts: tuple[Part, ...]
    nomatch: bool

    @property
    def specificity(self) -> tuple[int, ...]:
        """Longer prefixes first, the first dimension before the second."""
        return tuple(-part.prefix for part in self.parts)


@value
class ResolvedSet:
    """A set ready to be asked; `problem` says why it cannot be."""

    name: str
    kinds: tuple[str, ...]
    """What each dimension is: ip, net, port, iface, set."""
    family: Family | None
    """None for sets without a family (bitmap:port, list:set)."""
    entries: tuple[Entry, ...]
    members: tuple[str, ...] = ()
    problem: str = ""


def resolve_sets(sets: Sequence[IpSet]) -> dict[str, ResolvedSet]:
    """Every set by name."""
    return {each.name: _resolve(each) for each in sets}


def addresses_named(sets: Mapping[str, ResolvedSet], family: Family) -> list[Intervals]:
    """Every address constant in the sets of a family, to cut cells by."""
    return [
        part.numbers
        for each in sets.values()
        if each.family is family
        for entry in each.entries
        for part, kind in zip(entry.parts, each.kinds, strict=False)
        if kind in ADDRESS_KINDS
    ]


def _resolve(each: IpSet) -> ResolvedSet:
    method, _, kinds_text = each.type.partition(":")
    kinds = tuple(kinds_text.split(","))
    if method == "list":
        members = tuple(entry.split()[0] for entry in each.entries if entry)
        return ResolvedSet(each.name, ("set",), None, (), members)
    family = None
    if "ip" in kinds or "net" in kinds:
        family = Family.IPV6 if each.option("family") == "inet6" else Family.IPV4
    if any(kind not in ("ip", "net", "port", "iface") for kind in kinds):
        return ResolvedSet(each.name, kinds, family, (), problem=f"type {each.type}")
    try:
        netmask = int(each.option("netmask") or 0)
        if each.option("bitmask"):
            raise ValueError("bitmask")
        entries = tuple(_entry(text, kinds, family, netmask) for text in each.entries)
    except (ValueError, KeyError, IndexError):
        return ResolvedSet(each.name, kinds, family, (), problem="an element cannot be read")
    return ResolvedSet(each.name, kinds, family, entries)


def _entry(text: str, kinds: tuple[str, ...], family: Family | None, netmask: int) -> Entry:
    words = text.split()
    values = words[0].split(",")
    if len(values) != len(kinds):
        raise ValueError("dimensions")
    parts = tuple(
        _part(value, kind, family, netmask) for value, kind in zip(values, kinds, strict=True)
    )
    flags = _flags(words[1:])
    if "wildcard" in flags:
        parts = tuple(replace(part, wildcard=bool(part.interface)) for part in parts)
    return Entry(parts, "nomatch" in flags)


def _flags(words: list[str]) -> set[str]:
    """The words of an element outside its quoted comment."""
    found = set()
    quoted = False
    for word in words:
        if not quoted:
            found.add(word)
        if word.count('"') % 2:
            quoted = not quoted
    return found


def _part(value: str, kind: str, family: Family | None, netmask: int) -> Part:
    if kind == "iface":
        return Part(interface=value)
    if kind == "port":
        return _ports(value, family)
    assert family is not None
    if netmask and "/" not in value and "-" not in value:
        value = f"{value}/{netmask}"
    found = AddressSet.parse(value)
    if found.family is not family:
        raise ValueError("family")
    prefix = int(value.partition("/")[2]) if "/" in value else family.bits
    return Part(found.numbers, prefix)


def _ports(value: str, family: Family | None) -> Part:
    name, colon, ports = value.rpartition(":")
    protocol = PROTOCOLS[name] if colon and not name.isdigit() else int(name) if colon else 0
    if name in ("icmp", "icmpv6", "ipv6-icmp"):
        return Part(icmp_codes(ports, family or Family.IPV4), protocol=protocol)
    low, _, high = ports.partition("-")
    return Part(Intervals.of([(int(low), int(high or low))]), protocol=protocol)


@value
class Asked:
    """What a packet shows for one dimension; `open_to` is the family's whole range for a client."""

    address: int | None = None
    """None when the client's address is what is asked."""
    protocol: int = 0
    port: int | None = 0
    """None when the port is not known."""
    interface: str = ""


@value
class Question:
    """What a rule asks a set: which directions, what the packet shows for each."""

    directions: tuple[str, ...]
    shown: Mapping[str, Asked]
    nomatch: bool = False
    """Whether the elements marked `nomatch` are the ones asked for (--return-nomatch)."""


Answer = Intervals | bool | None
"""Yes, no, unknown, or yes for exactly these client addresses."""


def lookup(
    sets: Mapping[str, ResolvedSet],
    name: str,
    family: Family,
    question: Question,
    depth: int = 0,
) -> Answer:
    """Whether the set matches."""
    directions = question.directions
    found = sets.get(name)
    if found is None or found.problem or depth > 8:
        return None
    if len(directions) < len(found.kinds):
        return False
    if found.kinds == ("set",):
        answer: Answer = False
        for member in found.members:
            answer = _either(answer, lookup(sets, member, family, question, depth + 1))
        return answer
    if found.family is not None and found.family is not family:
        return False
    asked = [question.shown[direction] for direction in directions[: len(found.kinds)]]
    return _in_entries(found, asked, family, question.nomatch)


def _either(one: Answer, other: Answer) -> Answer:
    if one is True or other is True:
        return True
    if one is False:
        return other
    if other is False:
        return one
    if isinstance(one, Intervals) and isinstance(other, Intervals):
        return one | other
    return None


def _in_entries(found: ResolvedSet, asked: list[Asked], family: Family, nomatch: bool) -> Answer:
    if found.kinds == ("net", "iface"):
        return _by_network_first(found.entries, asked, family, nomatch)
    open_places = [
        place
        for place, kind in enumerate(found.kinds)
        if kind in ADDRESS_KINDS and asked[place].address is None
    ]
    if len(open_places) > 1:
        return None
    if found.kinds == ("port",) and asked[0].protocol not in (6, 17):
        return False
    fitting = []
    for entry in found.entries:
        fits = _fits(entry, found, asked)
        if fits is None:
            return None
        if fits:
            fitting.append(entry)
    if not open_places:
        first = min(fitting, key=lambda entry: entry.specificity, default=None)
        return first is not None and first.nomatch is nomatch
    place = open_places[0]
    if not nomatch and not any(entry.nomatch for entry in fitting):
        return Intervals.of(span for entry in fitting for span in entry.parts[place].numbers)
    return _most_specific(fitting, place, family, nomatch)


def _by_network_first(
    entries: tuple[Entry, ...], asked: list[Asked], family: Family, nomatch: bool
) -> Answer:
    """hash:net,iface: the longest prefix of any interface decides, no shorter one is asked."""
    yes, left = Intervals(), Intervals.upto(family.last)
    levels: dict[int, list[Entry]] = {}
    for entry in entries:
        if entry.parts[1].interface.startswith("physdev:"):
            return None
        levels.setdefault(-entry.parts[0].prefix, []).append(entry)
    for level in sorted(levels):
        here = left & Intervals.of(s for e in levels[level] for s in e.parts[0].numbers)
        left = left - here
        fitting = [e for e in levels[level] if _is_by(e.parts[1], asked[1].interface)]
        for entry in fitting:
            if entry.nomatch is nomatch:
                yes = yes | (here & entry.parts[0].numbers)
    number = asked[0].address
    return yes if number is None else number in yes


def _is_by(part: Part, interface: str) -> bool:
    if part.wildcard:
        return interface.startswith(part.interface)
    return part.interface == interface


def _most_specific(fitting: list[Entry], place: int, family: Family, wanted: bool) -> Intervals:
    yes, left = Intervals(), Intervals.upto(family.last)
    levels: dict[tuple[int, ...], list[Entry]] = {}
    for entry in fitting:
        levels.setdefault(entry.specificity, []).append(entry)
    for level in sorted(levels):
        for nomatch in (True, False):
            part = left & Intervals.of(
                span
                for entry in levels[level]
                if entry.nomatch is nomatch
                for span in entry.parts[place].numbers
            )
            left = left - part
            if nomatch is wanted:
                yes = yes | part
    return yes


def _fits(entry: Entry, found: ResolvedSet, asked: list[Asked]) -> bool | None:
    """Whether every dimension but an open one fits."""
    for part, kind, shown in zip(entry.parts, found.kinds, asked, strict=True):
        if kind in ADDRESS_KINDS:
            if shown.address is not None and shown.address not in part.numbers:
                return False
        elif kind == "iface":
            if part.interface.startswith("physdev:"):
                return None
            if not _is_by(part, shown.interface):
                return False
        elif part.protocol not in (shown.protocol, 0 if found.kinds == ("port",) else -1):
            return False
        elif shown.port is None:
            return None
        elif shown.port not in part.numbers:
            return False
    return True
