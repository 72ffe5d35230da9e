"""The options of `-m conntrack` and `-m state` → one ConntrackMatch."""

from __future__ import annotations

from dataclasses import replace

from dockerwall.grammar import values
from dockerwall.grammar.options import Option, Pending
from dockerwall.model.addresses import AddressSet
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import (
    AddressField,
    AddressMatch,
    ConntrackMatch,
    Match,
    Negatable,
    PortField,
    PortMatch,
    ProtocolMatch,
)

_ADDRESSES = {
    "--ctorigsrc": AddressField.ORIG_SRC,
    "--ctorigdst": AddressField.ORIG_DST,
    "--ctreplsrc": AddressField.REPL_SRC,
    "--ctrepldst": AddressField.REPL_DST,
}
_PORTS = {
    "--ctorigsrcport": PortField.ORIG_SRC,
    "--ctorigdstport": PortField.ORIG_DST,
    "--ctreplsrcport": PortField.REPL_SRC,
    "--ctrepldstport": PortField.REPL_DST,
}
_STATES = frozenset(["INVALID", "NEW", "ESTABLISHED", "RELATED", "UNTRACKED", "SNAT", "DNAT"])
_STATUS = frozenset(["NONE", "EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED"])
CONNTRACK = frozenset(
    {"--ctstate", "--ctstatus", "--ctdir", "--ctproto", "--ctexpire", *_ADDRESSES, *_PORTS}
)
STATE = frozenset({"--state"})


def state_match(pending: Pending, _family: Family) -> list[Match]:
    """`-m state --state ...`: conntrack's states and nothing else."""
    return [ConntrackMatch(states=_words(option, _STATES)) for option in pending.options]


def conntrack_match(pending: Pending, family: Family) -> list[Match]:
    """`-m conntrack ...`, every option of it in one value."""
    match = ConntrackMatch()
    for option in pending.options:
        match = _with(match, option, family)
    return [match]


def _with(match: ConntrackMatch, option: Option, family: Family) -> ConntrackMatch:
    name, negated = option.name, option.negated
    if len(option.values) != 1:
        raise ValueError(f"{name} takes one value")
    value = option.values[0]
    if name == "--ctstate":
        return replace(match, states=_words(option, _STATES))
    if name == "--ctstatus":
        return replace(match, status=_words(option, _STATUS))
    if name == "--ctdir":
        if value not in ("ORIGINAL", "REPLY"):
            raise ValueError(f"unknown direction {value}")
        other = "REPLY" if value == "ORIGINAL" else "ORIGINAL"
        return replace(match, direction=other if negated else value)
    if name == "--ctproto":
        return replace(match, protocol=ProtocolMatch(values.protocol(value), negated))
    if name in _ADDRESSES:
        numbers = AddressSet.of(family, [value]).numbers
        if not numbers:
            raise ValueError("an address of the other family")
        found = AddressMatch(_ADDRESSES[name], family, numbers, negated)
        return replace(match, addresses=(*match.addresses, found))
    if name in _PORTS:
        span = Intervals.of([values.port_range(value)])
        return replace(match, ports=(*match.ports, PortMatch(_PORTS[name], span, negated)))
    return replace(match, unknown=(*match.unknown, option.text))


def _words(option: Option, known: frozenset[str]) -> Negatable:
    words = frozenset(option.values[0].split(",")) if len(option.values) == 1 else frozenset()
    if not words or not words <= known:
        raise ValueError(f"unknown words for {option.name}")
    return Negatable(words, option.negated)
