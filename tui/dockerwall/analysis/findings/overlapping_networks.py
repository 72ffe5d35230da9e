"""Docker networks that overlap each other, or what the host reaches elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground
from dockerwall.model.addresses import AddressSet
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family

IDS: Mapping[str, str] = {
    "overlapping-networks": "A Docker network overlaps another network this host reaches.",
}


class _Net(NamedTuple):
    family: Family
    text: str
    numbers: Intervals
    name: str
    device: str


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each pair of networks that hold the same addresses."""
    nets = list(_docker(ground))
    others = [*nets, *_routed(ground)]
    told: set[frozenset[str]] = set()
    for place, net in enumerate(nets):
        for other in others[place + 1 :]:
            pair = frozenset((net.name, other.name))
            same = net.family is other.family and net.device != other.device
            if same and pair not in told and net.numbers & other.numbers:
                told.add(pair)
                yield Finding(
                    "overlapping-networks",
                    Level.WARNING,
                    f"{net.name} ({net.text}) and {other.name} ({other.text}) hold the same "
                    "addresses: packets for one may be routed to the other, and rules by address "
                    "mean both.",
                    fix="Give one of them other addresses: `docker network create --subnet`, or "
                    '"default-address-pools" in /etc/docker/daemon.json.',
                )


def _docker(ground: Ground) -> Iterator[_Net]:
    for network in ground.world.networks.values():
        for text in network.subnets if network.driver == "bridge" else ():
            found = AddressSet.parse(text)
            device = network.bridge or network.id
            name = f"Docker's network {network.name}"
            yield _Net(found.family, text, found.numbers, name, device)


def _routed(ground: Ground) -> Iterator[_Net]:
    """What the host routes by interfaces that are no Docker bridges, host routes left out."""
    for family, side in ground.world.sides.items():
        for hop in side.fib.tables.get("main", ()):
            name = next(iter(hop.way.interfaces), "")
            if hop.prefix and hop.way.type == "unicast" and name not in ground.bridges:
                text = ", ".join(AddressSet(family, hop.numbers).cidrs())
                yield _Net(family, text, hop.numbers, f"what is routed by {name}", name)
