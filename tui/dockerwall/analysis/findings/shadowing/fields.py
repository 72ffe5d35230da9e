"""The fields of a packet that rules look at, and what each can hold.

Numbers (`src`, `dport`...) are Intervals; interfaces, TCP flags, the conntrack state and every
opaque condition are bits. An opaque condition is one that is true or false of a packet and stays
so, but that is not taken apart: two rules with the same one can still be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum

from dockerwall.analysis.findings.shadowing.region import Value
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import InterfaceMatch

ADDRESSES = ("src", "dst", "origsrc", "origdst", "replsrc", "repldst")
PORTS = ("sport", "dport", "origsrcport", "origdstport", "replsrcport", "repldstport")
NO_INTERFACE = ""
"""The name that stands for having no incoming, or no outgoing, interface at this hook."""

STATES: tuple[tuple[str, bool, bool, bool], ...] = (
    ("INVALID", False, False, False),
    ("UNTRACKED", False, False, False),
    *((state, dnat, snat, reply)
      for state, replies in (("NEW", (False,)), ("ESTABLISHED", (False, True)),
                             ("RELATED", (False, True)))
      for dnat in (False, True) for snat in (False, True) for reply in replies),
)  # fmt: skip
"""What conntrack can say of a packet: (state, DNAT, SNAT, whether it is in the reply direction)."""


def state_bits(states: Iterable[tuple[str, bool, bool, bool]]) -> int:
    """The value of the field `ct` for some of the states."""
    return sum(1 << STATES.index(state) for state in states)


class Stage(Enum):
    """Packets told apart by what their connection's addresses must be equal to."""

    NEW = "new"
    """First packets without NAT so far: the connection's fields are the packet's own."""
    TRANSLATED = "translated"
    """First packets whose destination has been changed."""
    ENTRYLESS = "entryless"
    """Packets without a conntrack entry."""
    LATER = "later"
    """Any later packet, related ones, and those whose source has been changed."""
    FURTHER = "further"
    """Of the later ones: from the opener, without NAT."""
    REPLY = "reply"
    """Of the later ones: from the other end, without NAT."""
    ERROR = "error"
    """Of the later ones: an ICMP error from the other end, without NAT."""

    __hash__ = object.__hash__  # each is the only one of its kind; Enum's own is in Python


STAGE_BITS: dict[Stage, int] = {
    Stage.NEW: state_bits(s for s in STATES if s == ("NEW", False, False, False)),
    Stage.TRANSLATED: state_bits(s for s in STATES if s == ("NEW", True, False, False)),
    Stage.ENTRYLESS: state_bits(s for s in STATES if s[0] in ("INVALID", "UNTRACKED")),
    Stage.LATER: state_bits(s for s in STATES if s[0] in ("ESTABLISHED", "RELATED") or s[2]),
    Stage.FURTHER: state_bits([("ESTABLISHED", False, False, False)]),
    Stage.REPLY: state_bits([("ESTABLISHED", False, False, True)]),
    Stage.ERROR: state_bits([("RELATED", False, False, True)]),
}
ALL_STAGES = (Stage.NEW, Stage.TRANSLATED, Stage.ENTRYLESS, Stage.LATER)
"""Stages that together hold every packet, each once."""

_BACKWARDS = {"origsrc": "dst", "repldst": "dst", "origdst": "src", "replsrc": "src"}

SAME: dict[Stage, dict[str, str]] = {
    Stage.NEW: {
        "origsrc": "src", "repldst": "src", "origdst": "dst", "replsrc": "dst",
        "origsrcport": "sport", "repldstport": "sport",
        "origdstport": "dport", "replsrcport": "dport", "ctproto": "proto",
    },
    Stage.TRANSLATED: {
        "origsrc": "src", "repldst": "src", "replsrc": "dst",
        "origsrcport": "sport", "repldstport": "sport", "replsrcport": "dport",
        "ctproto": "proto",
    },
    Stage.ENTRYLESS: {},
    Stage.LATER: {},
    Stage.FURTHER: {
        "origsrc": "src", "repldst": "src", "origdst": "dst", "replsrc": "dst",
        "origsrcport": "sport", "repldstport": "sport",
        "origdstport": "dport", "replsrcport": "dport", "ctproto": "proto",
    },
    Stage.REPLY: {
        **_BACKWARDS,
        "origsrcport": "dport", "repldstport": "dport",
        "origdstport": "sport", "replsrcport": "sport", "ctproto": "proto",
    },
    Stage.ERROR: {
        **_BACKWARDS, "repldstport": "origsrcport", "replsrcport": "origdstport",
    },
}  # fmt: skip
"""Fields that cannot differ from another one at a stage (nf_conntrack_tuple, before SNAT)."""


STRANGER = "\x00another"
"""Any interface that is not the host's and that no rule names."""


class Domain(Mapping[str, Value]):
    """What each field holds when it is unrestricted, for one family and its interface names."""

    def __init__(self, family: Family, names: Iterable[str]) -> None:
        self.family = family
        self.names = tuple(dict.fromkeys((NO_INTERFACE, *names, STRANGER)))
        self.place = {name: place for place, name in enumerate(self.names)}
        everywhere = (1 << len(self.names)) - 1
        port, address = Intervals.upto(65535), Intervals.upto(family.last)
        self._whole: dict[str, Value] = {
            **dict.fromkeys(ADDRESSES, address),
            **dict.fromkeys(PORTS, port),
            "icmp": port, "proto": Intervals.upto(255), "ctproto": Intervals.upto(255),
            "iif": everywhere, "oif": everywhere, "ct": (1 << len(STATES)) - 1,
            "flags": (1 << 64) - 1, "ttl": Intervals.upto(255), "length": port,
            "dscp": Intervals.upto(63),
        }  # fmt: skip

    def __getitem__(self, field: str) -> Value:
        found = self._whole.get(field)
        if found is not None:
            return found
        return _MARK if field.startswith("mark=") else _EITHER

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole)

    def __len__(self) -> int:
        return len(self._whole)

    def knows(self, match: InterfaceMatch) -> bool:
        """Whether the interfaces that a match names are told from strangers."""
        return (f"{match.name}\x00" if match.prefix else match.name) in self.place

    def named(self, name: str, prefix: bool) -> int:
        """The bits of the interfaces that a name, or a name's beginning, means."""
        stranger = 1 << self.place[STRANGER]
        if not prefix:
            place = self.place.get(name)
            return stranger if place is None else 1 << place
        known = sum(1 << n for n, each in enumerate(self.names) if each.startswith(name))
        return known or stranger


_EITHER = 3
"""An opaque condition: bit 0 where it does not hold, bit 1 where it does."""
_MARK = Intervals.upto(0xFFFFFFFF)
