"""The options of each match module → match values.

`MODULES` names, for each module that is understood, the options it knows; an option outside that
list makes the whole module unknown, never silently ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import NamedTuple

from dockerwall.grammar import values
from dockerwall.grammar.conntrack import CONNTRACK, STATE, conntrack_match, state_match
from dockerwall.grammar.options import Option, Pending
from dockerwall.model.addresses import AddressSet
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import (
    AddressField,
    AddressMatch,
    AddrTypeMatch,
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

PLAIN = frozenset(
    [
        "-s",
        "--source",
        "--src",
        "-d",
        "--destination",
        "--dst",
        "-p",
        "--protocol",
        "--proto",
        "-i",
        "--in-interface",
        "-o",
        "--out-interface",
        "-f",
        "--fragment",
        "-4",
        "-6",
        "--ipv4",
        "--ipv6",
    ]
)
_PORTS = {
    "--sport": PortField.SRC, "--source-port": PortField.SRC,
    "--dport": PortField.DST, "--destination-port": PortField.DST,
    "--sports": PortField.SRC, "--source-ports": PortField.SRC,
    "--dports": PortField.DST, "--destination-ports": PortField.DST,
    "--ports": PortField.EITHER,
}  # fmt: skip
_ONE_PORT = frozenset({"--sport", "--source-port", "--dport", "--destination-port"})
MODULES: dict[str, frozenset[str]] = {
    "tcp": _ONE_PORT | {"--tcp-flags", "--syn"},
    "udp": _ONE_PORT,
    "udplite": _ONE_PORT,
    "sctp": _ONE_PORT,
    "dccp": _ONE_PORT,
    "multiport": frozenset(_PORTS),
    "icmp": frozenset({"--icmp-type"}),
    "icmp6": frozenset({"--icmpv6-type"}),
    "ipv6-icmp": frozenset({"--icmpv6-type"}),
    "icmpv6": frozenset({"--icmpv6-type"}),
    "iprange": frozenset({"--src-range", "--dst-range"}),
    "comment": frozenset({"--comment"}),
    "conntrack": CONNTRACK,
    "state": STATE,
    "set": frozenset(
        {"--match-set", "--set", "--return-nomatch", "--update-counters", "--update-subcounters"}
    ),
    "mark": frozenset({"--mark"}),
    "connmark": frozenset({"--mark"}),
    "addrtype": frozenset({"--src-type", "--dst-type", "--limit-iface-in", "--limit-iface-out"}),
    "physdev": frozenset(
        {
            "--physdev-in",
            "--physdev-out",
            "--physdev-is-in",
            "--physdev-is-out",
            "--physdev-is-bridged",
        }
    ),
    "rpfilter": frozenset({"--loose", "--validmark", "--accept-local", "--invert"}),
    "pkttype": frozenset({"--pkt-type"}),
    "ttl": frozenset({"--ttl-eq", "--ttl-gt", "--ttl-lt", "--ttl"}),
    "hl": frozenset({"--hl-eq", "--hl-gt", "--hl-lt", "--hl"}),
    "length": frozenset({"--length"}),
    "dscp": frozenset({"--dscp"}),
    "rt": frozenset({"--rt-type", "--rt-segsleft", "--rt-len"}),
    "hbh": frozenset({"--hbh-len", "--hbh-opts"}),
    "dst": frozenset({"--dst-len", "--dst-opts"}),
    "frag": frozenset({"--fragid", "--fraglen", "--fragres", "--fragfirst", "--fragmore"}),
}
_HEADERS = {"hbh": 0, "rt": 43, "frag": 44, "dst": 60}
"""IPv6 extension headers (RFC 8200), which no sender has to use."""
UNDECIDABLE = frozenset(
    [
        *("recent", "limit", "hashlimit", "connlimit", "connbytes", "quota", "time", "string"),
        *("u32", "bpf", "geoip", "statistic", "owner", "mac", "socket", "policy", "cgroup", "tos"),
        *("helper", "realm", "ecn", "osf", "rateest", "cluster", "cpu", "devgroup", "nfacct"),
        *("tcpmss", "esp", "ah", "eui64", "ipv6header", "connlabel"),
        *("ipcomp", "l2tp", "mh", "srh", "u32", "quota2", "psd", "fuzzy", "condition"),
    ]
)
"""Modules that are known, and known to depend on what a snapshot does not hold."""


class Finished(NamedTuple):
    """What a module's options came to."""

    matches: list[Match]
    comments: list[str]


def finish(pending: Pending, family: Family) -> Finished:
    """The matches of one module; an UnknownMatch with its text where anything is not understood."""
    if pending.module == "comment" and _known(pending):
        return Finished([], [value for option in pending.options for value in option.values])
    try:
        if not _known(pending):
            raise ValueError("not understood")
        read = _plain if pending.module == "" else _READERS[pending.module]
        return Finished(read(pending, family), [])
    except (ValueError, KeyError, IndexError):
        return Finished([UnknownMatch(pending.module, pending.text)], [])


def _known(pending: Pending) -> bool:
    known = PLAIN if pending.module == "" else MODULES.get(pending.module, frozenset())
    return (
        pending.module in ("", *MODULES)
        and all(option.name in known for option in pending.options)
        and (pending.module != "comment" or all(len(o.values) == 1 for o in pending.options))
    )


def _one(option: Option) -> str:
    if len(option.values) != 1:
        raise ValueError(f"{option.name} takes one value")
    return option.values[0]


def _none(option: Option) -> None:
    if option.values:
        raise ValueError(f"{option.name} takes no value")


def _plain(pending: Pending, family: Family) -> list[Match]:
    matches: list[Match] = []
    for option in pending.options:
        name, negated = option.name, option.negated
        if name in ("-s", "--source", "--src"):
            matches += _address(AddressField.SRC, option, family)
        elif name in ("-d", "--destination", "--dst"):
            matches += _address(AddressField.DST, option, family)
        elif name in ("-p", "--protocol", "--proto"):
            number = values.protocol(_one(option))
            if number or negated:
                matches.append(ProtocolMatch(number, negated))
        elif name in ("-i", "--in-interface", "-o", "--out-interface"):
            device = _one(option)
            outgoing = name in ("-o", "--out-interface")
            prefix = device.endswith("+")
            matches.append(InterfaceMatch(outgoing, device.removesuffix("+"), prefix, negated))
        elif name in ("-f", "--fragment"):
            _none(option)
            matches.append(FragmentMatch(negated))
        else:
            _none(option)  # -4, -6: the family of the file says it already
    return matches


def _address(where: AddressField, option: Option, family: Family) -> list[Match]:
    numbers = AddressSet.of(family, _one(option).split(",")).numbers
    if not numbers:
        raise ValueError("an address of the other family")
    return [AddressMatch(where, family, numbers, option.negated)]


def _ports(pending: Pending, _family: Family) -> list[Match]:
    matches: list[Match] = []
    for option in pending.options:
        if option.name == "--tcp-flags":
            mask, wanted = option.values
            matches.append(
                TcpFlagsMatch(values.tcp_flags(mask), values.tcp_flags(wanted), option.negated)
            )
        elif option.name == "--syn":
            _none(option)
            matches.append(TcpFlagsMatch(0x17, 0x02, option.negated))
        else:
            read = values.ports(_one(option))
            matches.append(PortMatch(_PORTS[option.name], read, option.negated))
    return matches


def _icmp(pending: Pending, family: Family) -> list[Match]:
    return [IcmpMatch(values.icmp_codes(_one(o), family), o.negated) for o in pending.options]


def _iprange(pending: Pending, family: Family) -> list[Match]:
    matches: list[Match] = []
    for option in pending.options:
        where = AddressField.SRC if option.name == "--src-range" else AddressField.DST
        first, _, last = _one(option).partition("-")
        if int(ip_address(first)) > int(ip_address(last or first)):
            matches.append(AddressMatch(where, family, Intervals(), option.negated))
            continue  # loads, and holds for no address
        found = AddressSet.parse(_one(option))
        if found.family is not family:
            raise ValueError("an address of the other family")
        matches.append(AddressMatch(where, family, found.numbers, option.negated))
    return matches


def _set(pending: Pending, _family: Family) -> list[Match]:
    named = [o for o in pending.options if o.name in ("--match-set", "--set")]
    if len(named) != 1:
        raise ValueError("one set is expected")
    name, directions = named[0].values
    parts = tuple(directions.split(","))
    if any(part not in ("src", "dst") for part in parts):
        raise ValueError("directions are src and dst")
    flags = [option for option in pending.options if option not in named]
    for option in flags:
        _none(option)
        if option.negated is not option.name.startswith("--update-"):
            raise ValueError("only ! goes with --update-...")
    nomatch = any(option.name == "--return-nomatch" for option in flags)
    return [SetMatch(name, parts, named[0].negated, nomatch)]


def _mark(pending: Pending, _family: Family) -> list[Match]:
    found: list[Match] = []
    for option in pending.options:
        value, mask = values.value_and_mask(_one(option))
        found.append(MarkMatch(pending.module == "connmark", value, mask, option.negated))
    return found


def _addrtype(pending: Pending, _family: Family) -> list[Match]:
    source = destination = limit = None
    for option in pending.options:
        if option.name in ("--limit-iface-in", "--limit-iface-out"):
            limit = option.name.removeprefix("--limit-iface-")
            continue
        words = Negatable(frozenset(_one(option).split(",")), option.negated)
        if option.name == "--src-type":
            source = words
        else:
            destination = words
    return [AddrTypeMatch(source, destination, limit)]


def _physdev(pending: Pending, _family: Family) -> list[Match]:
    return [
        PhysdevMatch(
            tuple(
                (o.name.removeprefix("--physdev-"), o.values[0] if o.values else "", o.negated)
                for o in pending.options
            )
        )
    ]


def _rpfilter(pending: Pending, _family: Family) -> list[Match]:
    on = {option.name for option in pending.options}
    return [
        RpfilterMatch(
            "--loose" in on, "--validmark" in on, "--accept-local" in on, "--invert" in on
        )
    ]


def _pkttype(pending: Pending, _family: Family) -> list[Match]:
    return [PktTypeMatch(_one(option), option.negated) for option in pending.options]


def _sender(pending: Pending, _family: Family) -> list[Match]:
    matches: list[Match] = []
    for option in pending.options:
        text = _one(option)
        if option.name == "--length":
            found = SenderMatch("length", values.number_range(text, 65535), option.negated)
        elif option.name == "--dscp":
            found = SenderMatch("dscp", Intervals.single(values.number(text)), option.negated)
        else:
            kind = option.name.rpartition("-")[2]
            value = values.number(text)
            span = {"gt": (value + 1, 255), "lt": (0, value - 1)}.get(kind, (value, value))
            found = SenderMatch("ttl", Intervals.of([span]), option.negated)
        matches.append(found)
    return matches


def _header(pending: Pending, _family: Family) -> list[Match]:
    if any(option.negated for option in pending.options):
        raise ValueError("a header that must not be so")
    return [SenderMatch("header", Intervals.single(_HEADERS[pending.module]))]


_READERS: dict[str, Callable[[Pending, Family], list[Match]]] = {
    "tcp": _ports,
    "udp": _ports,
    "udplite": _ports,
    "sctp": _ports,
    "dccp": _ports,
    "multiport": _ports,
    "icmp": _icmp,
    "icmp6": _icmp,
    "ipv6-icmp": _icmp,
    "icmpv6": _icmp,
    "iprange": _iprange,
    "conntrack": conntrack_match,
    "state": state_match,
    "set": _set,
    "mark": _mark,
    "connmark": _mark,
    "addrtype": _addrtype,
    "physdev": _physdev,
    "rpfilter": _rpfilter,
    "pkttype": _pkttype,
    "ttl": _sender,
    "hl": _sender,
    "length": _sender,
    "dscp": _sender,
    "rt": _header,
    "hbh": _header,
    "dst": _header,
    "frag": _header,
}
