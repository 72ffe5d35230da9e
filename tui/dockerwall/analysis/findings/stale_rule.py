"""Rules for containers, bridges and interfaces that no longer exist, or never did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.findings import commands
from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground, Placed
from dockerwall.model.addresses import format_address, parse_address
from dockerwall.model.kinds import Family
from dockerwall.model.spec import AddressMatch, ConntrackMatch, InterfaceMatch

IDS: Mapping[str, str] = {
    "stale-rule": "A rule names a container address or an interface that does not exist.",
}
_COMING_AND_GOING = ("wg", "tun", "tap", "ppp", "tailscale", "zt", "vnet", "usb", "wl", "ipsec")
"""Interfaces that exist only while a tunnel or a device is up."""


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each of the operator's rules that names what is not there."""
    taken = {family: taken_addresses(ground, family) for family in Family}
    for placed in ground.operators:
        for match in placed.spec.matches:
            if isinstance(match, InterfaceMatch):
                finding = _interface(ground, placed, match)
            elif isinstance(match, AddressMatch):
                finding = _address(ground, placed, match, taken[placed.family])
            elif isinstance(match, ConntrackMatch):
                found = (_address(ground, placed, m, taken[placed.family]) for m in match.addresses)
                finding = next((each for each in found if each is not None), None)
            else:
                continue
            if finding is not None:
                yield finding
                break


def _interface(ground: Ground, placed: Placed, match: InterfaceMatch) -> Finding | None:
    links = ground.links
    if links is None or not match.name:
        return None
    if match.name in links or (match.prefix and any(n.startswith(match.name) for n in links)):
        return None
    option = "-o" if match.outgoing else "-i"
    name = match.name + ("+" if match.prefix else "")
    effect = (
        "so this part of the rule excludes nothing" if match.negated else "so it matches nothing"
    )
    opens = placed.closes and not match.negated
    passing = name.startswith(_COMING_AND_GOING)
    level = Level.NOTICE if passing else Level.CRITICAL if opens and ground.exposures else None
    return Finding(
        "stale-rule",
        level or Level.WARNING,
        f"{placed.title} names the interface {name} ({option}), and this host has none of that "
        f"name: {effect}.",
        placed.ref,
        fix=f"Name an interface of this host ({_some(ground)}), or delete the rule.",
        commands=commands.delete(placed.ref),
    )


def _some(ground: Ground) -> str:
    outward = [name for names in ground.outward.values() for name in names]
    names = list(dict.fromkeys([*outward, *sorted(ground.links or ())]))
    return ", ".join(name for name in names if name != "lo" and not name.startswith("veth"))[:60]


def _address(
    ground: Ground, placed: Placed, match: AddressMatch, taken: frozenset[int]
) -> Finding | None:
    """One address inside a Docker network that neither a container nor the host has."""
    if match.numbers.size != 1 or ground.world.snapshot.docker is None:
        return None
    docker = ground.world.snapshot.docker
    number = match.numbers.spans[0][0]
    if docker.containers is None or number not in ground.subnets[placed.family]:
        return None
    if number in taken:
        return None
    text = format_address(placed.family, number)
    return Finding(
        "stale-rule",
        Level.WARNING,
        f"{placed.title} names {text}, an address of a Docker network that no running container "
        "has: Docker gives addresses anew, so the rule may one day meet another container.",
        placed.ref,
        fix="Delete the rule, or match what stays the same: the published port "
        "(-m conntrack --ctorigdstport) or the network.",
        commands=commands.delete(placed.ref),
    )


def taken_addresses(ground: Ground, family: Family) -> frozenset[int]:
    """Addresses that someone has: containers, sandboxes, gateways, the host itself."""
    numbers = {number for each, number in ground.world.by_address if each is family}
    texts = [
        text
        for network in ground.world.networks.values()
        for text in (*network.gateways, *(a for member in network.members for a in member[1:]))
        if text
    ]
    for text in texts:
        each, number = parse_address(text.partition("/")[0])
        if each is family:
            numbers.add(number)
    own = ground.world.sides[family].own
    return frozenset(numbers | {low for low, _ in own} | {high for _, high in own})
