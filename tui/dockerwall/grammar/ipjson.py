"""What `ip -j` prints (addr, -d link, rule, route) as links, addresses, policy rules and routes.

Source: iproute2's ipaddress.c, iprule.c and iproute.c, for the names of the fields.
"""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.grammar.jsontext import (
    MisshapenError,
    Object,
    number_of,
    object_of,
    objects_of,
    optional_text,
    read_entries,
    text_of,
    texts_of,
)
from dockerwall.model.addresses import AddressSet, parse_address
from dockerwall.model.kinds import Family
from dockerwall.model.network import Address, Link, PolicyRule, Route

_FAMILIES = {"inet": Family.IPV4, "inet6": Family.IPV6}
_ACTIONS = ("goto", "nop", "masquerade", "nat_gateway")
_HELD = {
    *("priority", "src", "srclen", "dst", "dstlen", "table", "iif", "oif", "fwmark", "fwmask"),
    *("not", "action", "suppress_prefixlen", "protocol", "to", *_ACTIONS),
}


def parse_links(text: str, source: str = "link.json") -> tuple[Link, ...]:
    """Links of `ip -j -d link`; GrammarError where the text is none."""
    return read_entries(text, source, _links)


def parse_addresses(text: str, source: str = "addr.json") -> tuple[Address, ...]:
    """Addresses of `ip -j addr`; GrammarError where the text is none."""
    return read_entries(text, source, _addresses)


def parse_policy_rules(
    text: str, source: str = "rule.json", family: Family = Family.IPV4
) -> tuple[PolicyRule, ...]:
    """Policy rules of `ip -j rule`; a rule that names an IPv6 network is of that family."""
    return read_entries(text, source, lambda entry: _policy_rules(entry, family))


def parse_routes(text: str, family: Family, source: str = "route4.json") -> tuple[Route, ...]:
    """Routes of `ip -j route show table all`; GrammarError where the text is none."""
    return read_entries(text, source, lambda entry: _routes(entry, family))


def _links(entry: Object) -> Iterator[Link]:
    yield Link(
        name=text_of(entry, "ifname"),
        index=number_of(entry, "ifindex"),
        up="flags" not in entry or "UP" in texts_of(entry, "flags"),
        kind=_link_kind(entry),
        master=optional_text(entry, "master"),
        parent=optional_text(entry, "link"),
        mac=text_of(entry, "address", ""),
        hairpin=_hairpin(entry),
    )


def _hairpin(entry: Object) -> bool:
    slave = object_of(object_of(entry, "linkinfo"), "info_slave_data")
    return slave.get("hairpin") is True


def _link_kind(entry: Object) -> str:
    kind = optional_text(object_of(entry, "linkinfo"), "info_kind")
    if kind is None:
        kind = "loopback" if entry.get("link_type") == "loopback" else ""
    return kind


def _addresses(entry: Object) -> Iterator[Address]:
    interface = text_of(entry, "ifname")
    for each in objects_of(entry, "addr_info"):
        family = _FAMILIES.get(text_of(each, "family", ""))
        if family is None:  # such as an MPLS or DECnet address, or {} left by a filter
            continue
        yield Address(
            interface=interface,
            family=family,
            address=_checked(text_of(each, "local"), family),
            prefix=_prefix(number_of(each, "prefixlen", family.bits), family),
            scope=str(each.get("scope", "global")),
            broadcast=optional_text(each, "broadcast"),
            peer=optional_text(each, "address"),
        )


def _checked(address: str, family: Family) -> str:
    if parse_address(address)[0] is not family:
        raise MisshapenError(f"{address} is no {family} address")
    return address


def _prefix(length: int, family: Family) -> int:
    if not 0 <= length <= family.bits:
        raise MisshapenError(f"no prefix length: {length}")
    return length


def _spread(network: str, family: Family, everything: str) -> str:
    """A network of a family, or the word for all of it."""
    if network != everything and AddressSet.parse(network).family is not family:
        raise MisshapenError(f"{network} is no {family} network")
    return network


def _policy_rules(entry: Object, family: Family) -> Iterator[PolicyRule]:
    source = _network(entry, "src")
    destination = _network(entry, "dst")
    if ":" in source + destination:
        family = Family.IPV6
    action, table = _action(entry)
    yield PolicyRule(
        family=family,
        priority=number_of(entry, "priority"),
        source=_spread(source, family, "all"),
        destination=_spread(destination, family, "all"),
        table=table,
        action=action,
        in_interface=optional_text(entry, "iif"),
        out_interface=optional_text(entry, "oif"),
        mark=_hexadecimal(entry, "fwmark"),
        mark_mask=_hexadecimal(entry, "fwmask"),
        inverted="not" in entry,
        unmodelled=tuple(sorted(key for key in entry if key not in _HELD)),
        suppress_prefix=(
            number_of(entry, "suppress_prefixlen") if "suppress_prefixlen" in entry else None
        ),
    )


def _network(entry: Object, key: str) -> str:
    """`all`, `ADDRESS` or `ADDRESS/LENGTH`."""
    address = text_of(entry, key, "all")
    length = entry.get(f"{key}len")
    return address if length is None or "/" in address else f"{address}/{length}"


def _action(entry: Object) -> tuple[str, str]:
    """The action's name, and the table if it is a look-up."""
    for name in _ACTIONS:
        if name in entry:
            return name, ""
    action = optional_text(entry, "action") or optional_text(entry, "to")
    if action is not None and action != "lookup":
        return action, ""
    return "lookup", "" if "table" not in entry else str(entry["table"])


def _hexadecimal(entry: Object, key: str) -> int | None:
    value = entry.get(key)
    if value is None:
        return None
    if isinstance(value, int):
        return value
    try:
        return int(str(value), 0)
    except ValueError:
        raise MisshapenError(f"expected a number in {key!r}") from None


def _routes(entry: Object, family: Family) -> Iterator[Route]:
    yield Route(
        family=family,
        table=str(entry.get("table", "main")),
        destination=_spread(text_of(entry, "dst"), family, "default"),
        type=text_of(entry, "type", "unicast"),
        interface=optional_text(entry, "dev"),
        gateway=_gateway(entry),
        metric=number_of(entry, "metric", 0),
        source=_preferred(entry, family),
        scope=str(entry.get("scope", "")),
        dead=_dead(entry),
        nexthops=tuple(
            (interface, _gateway(hop))
            for hop in objects_of(entry, "nexthops")
            if not _dead(hop) and (interface := optional_text(hop, "dev")) is not None
        ),
    )


def _preferred(entry: Object, family: Family) -> str | None:
    address = optional_text(entry, "prefsrc")
    return None if address is None else _checked(address, family)


def _gateway(entry: Object) -> str | None:
    return optional_text(entry, "gateway") or optional_text(object_of(entry, "via"), "host")


def _dead(entry: Object) -> bool:
    return not {"dead", "linkdown"}.isdisjoint(texts_of(entry, "flags"))
