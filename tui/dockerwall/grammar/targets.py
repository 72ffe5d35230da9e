"""The target of a rule, `-j` or `-g` and what follows it → a target value."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from dockerwall.grammar import values
from dockerwall.grammar.options import Option, Options
from dockerwall.grammar.words import quote_word
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family
from dockerwall.model.spec import (
    Connmark,
    Continue,
    Dnat,
    Jump,
    Netmap,
    NoTrack,
    Redirect,
    Return,
    SetMark,
    Snat,
    Stop,
    Target,
    UnknownTarget,
)

ALTERING = {"DSCP": "dscp", "TOS": "dscp", "TTL": "ttl", "HL": "ttl"}
"""Targets that change what the sender chose, by the field: what it was says no more after them."""
PASSING = frozenset(
    [
        "LOG",
        "NFLOG",
        "ULOG",
        "TRACE",
        "TCPMSS",
        "TCPOPTSTRIP",
        "CHECKSUM",
        "CLASSIFY",
        "AUDIT",
        "LED",
        "IDLETIMER",
        "RATEEST",
        "SECMARK",
        "CONNSECMARK",
        "SET",
        "TEE",
        "ECN",
        *ALTERING,
    ]
)
"""Targets that leave a packet's addresses, ports, marks and way as they are."""
OPAQUE = frozenset(
    ["QUEUE", "NFQUEUE", "TPROXY", "SYNPROXY", "TARPIT", "DELUDE", "CHAOS", "ECHO", "STEAL"]
)
"""Targets that need no options, and do what is not modelled; the last five are xtables-addons'."""
FULL = 0xFFFFFFFF
_LASTING = 32
"""A TTL that lasts to any container, and back over any usual way."""


def read_target(options: Options, family: Family, unparsed: list[str]) -> Target:
    """Take the target with its options from the words; what is not understood is noted."""
    goto = options.take() in ("-g", "--goto")
    if not options:
        unparsed.append("-j")
        return UnknownTarget("", "-j")
    name = options.take()
    if goto:
        return Jump(name, goto=True)
    given = _options(options)
    text = " ".join(["-j", quote_word(name), *(option.text for option in given)])
    try:
        return _target(name, given, family, text)
    except (ValueError, KeyError, IndexError):
        unparsed.append(text)
        return UnknownTarget(name, text)


def _options(options: Options) -> list[Option]:
    given = []
    while options and options.peek() not in ("-m", "-j", "-g", "--match"):
        option = options.option()
        if option is None:
            option = Option(options.take(), (), False)
        given.append(option)
    return given


def _target(name: str, given: list[Option], family: Family, text: str) -> Target:
    if name in ("ACCEPT", "DROP", "RETURN"):
        _expect(given, ())
        return Return() if name == "RETURN" else Stop(name)
    if name == "REJECT":
        _expect(given, ("--reject-with",))
        return Stop("REJECT", given[0].values[0] if given else "")
    if name in PASSING:
        _expect_passing(name, given)
        return Continue(name, text)
    if name in _READERS:
        return _READERS[name](given, family)
    if given or name in OPAQUE:
        return UnknownTarget(name, text)
    return Jump(name)


def _expect_passing(name: str, given: list[Option]) -> None:
    """ValueError where such a target might change a mark, or let packets grow too old to pass."""
    for option in given:
        if option.name == "--map-mark":
            raise ValueError("a mark out of a set")
        if ALTERING.get(name) != "ttl" or option.name.endswith("-inc"):
            continue
        if not option.name.endswith("-set") or values.number(option.values[0]) < _LASTING:
            raise ValueError("the packet may not get far")


@lru_cache(maxsize=1 << 12)
def plain_target(name: str, family: Family) -> Target:
    """The target `-j NAME` without options; ValueError where such a target needs some."""
    return _target(name, [], family, f"-j {quote_word(name)}")


def _expect(given: list[Option], allowed: tuple[str, ...]) -> None:
    if any(option.name not in allowed or option.negated for option in given):
        raise ValueError("an option that is not understood")


def _value(given: list[Option], name: str) -> str:
    """The value of an option that has to be there once; ValueError where it is not.

    An iptables that is older than the rule prints `--to-destination :0 --to-destination :0`.
    """
    found = [option for option in given if option.name == name]
    if len(found) != 1:
        raise ValueError(f"{name} once is expected")
    return found[0].values[0]


def _dnat(given: list[Option], family: Family) -> Target:
    _expect(given, ("--to-destination", "--persistent", "--random"))
    to = _value(given, "--to-destination")
    where, slash, base = to.rpartition("/")
    if not slash:
        addresses, ports = values.address_and_ports(to, family)
        _expect_one(given, ports)
        return Dnat(addresses, ports)
    _expect_one(given, (0, 1))
    return Dnat(*values.address_and_ports(where, family), values.port(base))


def _redirect(given: list[Option], _family: Family) -> Target:
    _expect(given, ("--to-ports", "--random"))
    to = [option.values[0] for option in given if option.name == "--to-ports"]
    ports = values.port_range(to[0], "-") if to else None
    _expect_one(given, ports)
    return Redirect(ports)


def _expect_one(given: list[Option], ports: tuple[int, int] | None) -> None:
    """ValueError where `--random` has a choice: without a range of ports it has none."""
    if ports is not None and ports[0] != ports[1]:
        _expect(given, ("--to-destination", "--to-ports", "--persistent"))


def _netmap(given: list[Option], family: Family) -> Target:
    _expect(given, ("--to",))
    text = given[0].values[0]
    numbers = AddressSet.parse(text).numbers
    if len(numbers.spans) != 1:
        raise ValueError("not a network")
    low, high = numbers.spans[0]
    return Netmap(low, family.last ^ (high - low))


def _snat(given: list[Option], family: Family) -> Target:
    _expect(given, ("--to-source", "--random", "--random-fully", "--persistent"))
    to = _value(given, "--to-source")
    addresses, ports = values.address_and_ports(to, family)
    return Snat(addresses, ports)


def _masquerade(given: list[Option], _family: Family) -> Target:
    _expect(given, ("--to-ports", "--random", "--random-fully"))
    to = [option.values[0] for option in given if option.name == "--to-ports"]
    return Snat(None, values.port_range(to[0], "-") if to else None, masquerade=True)


def _mark_change(option: Option) -> tuple[int, int]:
    """Value and mask of the form mark = (mark & ~mask) ^ value, from any spelling of it."""
    value, mask = values.value_and_mask(option.values[0])
    forms = {
        "--set-xmark": (value, mask),
        "--set-mark": (value, mask | value),
        "--and-mark": (0, FULL ^ value),
        "--or-mark": (value, value),
        "--xor-mark": (value, 0),
    }
    return forms[option.name]


def _mark(given: list[Option], _family: Family) -> Target:
    if len(given) != 1:
        raise ValueError("one option is expected")
    return SetMark(*_mark_change(given[0]))


def _connmark(given: list[Option], _family: Family) -> Target:
    options = {option.name: option for option in given}
    for action in ("save", "restore"):
        if f"--{action}-mark" in options:
            _expect(given, (f"--{action}-mark", "--nfmask", "--ctmask", "--mask"))
            both = options.get("--mask")
            ct = options.get("--ctmask", both)
            packet = options.get("--nfmask", both)
            return Connmark(
                action,
                values.number(ct.values[0]) if ct else FULL,
                values.number(packet.values[0]) if packet else FULL,
            )
    if len(given) != 1:
        raise ValueError("one option is expected")
    return Connmark("set", *_mark_change(given[0]))


def _ct(given: list[Option], _family: Family) -> Target:
    names = {option.name for option in given}
    if names == {"--notrack"}:
        return NoTrack()
    if names <= {"--helper", "--timeout", "--ctevents", "--expevents"}:
        return Continue("CT", "")
    raise ValueError("a zone changes which connection is meant")


def _notrack(given: list[Option], _family: Family) -> Target:
    _expect(given, ())
    return NoTrack()


_READERS: dict[str, Callable[[list[Option], Family], Target]] = {
    "DNAT": _dnat,
    "REDIRECT": _redirect,
    "NETMAP": _netmap,
    "SNAT": _snat,
    "MASQUERADE": _masquerade,
    "MARK": _mark,
    "CONNMARK": _connmark,
    "CT": _ct,
    "NOTRACK": _notrack,
}
