"""The usual rules, read in one go: addresses, interfaces, a protocol, its ports, a plain target.

The law: `read_usual` gives exactly what the whole reading of options gives (`grammar.spec`), or
None. Nearly every rule of a long list is of this kind, and this is what makes long lists cheap.
"""

from __future__ import annotations

from functools import lru_cache

from dockerwall.grammar import values
from dockerwall.grammar.targets import plain_target
from dockerwall.model.addresses import parse_addresses
from dockerwall.model.kinds import Family
from dockerwall.model.spec import (
    AddressField,
    AddressMatch,
    Dnat,
    InterfaceMatch,
    Match,
    PortField,
    PortMatch,
    ProtocolMatch,
    Spec,
    Target,
)

_ADDRESSES = {"-s": AddressField.SRC, "-d": AddressField.DST}
_INTERFACES = {"-i": False, "-o": True}
_PORTS = {"--sport": PortField.SRC, "--dport": PortField.DST}
_PORTED = frozenset({"tcp", "udp", "sctp", "dccp", "udplite"})


def read_usual(text: str, family: Family) -> Spec | None:
    """What a usual rule means; None for any other, and for any doubt."""
    if '"' in text:
        return None
    words = text.split()
    if len(words) < 4 or words[0] != "-A":
        return None
    try:
        return _read(words, family)
    except (ValueError, KeyError, IndexError):
        return None


def _read(words: list[str], family: Family) -> Spec | None:
    matches: list[Match] = []
    module, opened = "", 0
    negated = False
    place, last = 2, len(words) - 1
    while place < last:
        word, value = words[place], words[place + 1]
        if word == "!":
            if negated:
                return None
            negated = True
            place += 1
            continue
        if value[0] in "-!":
            return None
        if word in _ADDRESSES:
            named, numbers = parse_addresses(value)
            if named is not family:
                return None
            matches.append(AddressMatch(_ADDRESSES[word], family, numbers, negated))
        elif word in _PORTS:
            if not module or len(matches) != opened:
                return None
            matches.append(_port(word, value, negated))
            opened += 1
        elif word in _INTERFACES:
            matches.append(_interface(word, value, negated))
        elif word == "-p":
            protocol = _protocol(value, negated)
            if protocol is None:
                return None
            matches.append(protocol)
        elif negated:
            return None
        elif word == "-m":
            if module or value not in _PORTED:
                return None
            module, opened = value, len(matches)
        elif word == "-j":
            target = _target(words[place + 1 :], family)
            return None if target is None else Spec(words[1], tuple(matches), target)
        else:
            return None
        negated = False
        place += 2
    return None


@lru_cache(maxsize=1 << 12)
def _interface(word: str, name: str, negated: bool) -> InterfaceMatch:
    outgoing = _INTERFACES[word]
    return InterfaceMatch(outgoing, name.removesuffix("+"), name.endswith("+"), negated)


@lru_cache(maxsize=1 << 10)
def _protocol(name: str, negated: bool) -> ProtocolMatch | None:
    number = values.protocol(name)
    return ProtocolMatch(number, negated) if number else None


@lru_cache(maxsize=1 << 14)
def _port(word: str, text: str, negated: bool) -> PortMatch:
    return PortMatch(_PORTS[word], values.ports(text), negated)


def _target(words: list[str], family: Family) -> Target | None:
    """A target without options, or DNAT to one place."""
    if len(words) == 1:
        return plain_target(words[0], family)
    if len(words) == 3 and words[:2] == ["DNAT", "--to-destination"] and "/" not in words[2]:
        return Dnat(*values.address_and_ports(words[2], family))
    return None
