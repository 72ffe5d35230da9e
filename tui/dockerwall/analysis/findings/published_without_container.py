"""DNAT to an address that no container has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.findings import commands
from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground
from dockerwall.analysis.findings.stale_rule import taken_addresses
from dockerwall.model.addresses import format_address
from dockerwall.model.kinds import Family
from dockerwall.model.spec import Dnat

IDS: Mapping[str, str] = {
    "published-without-container": "A port is passed on to an address no running container has.",
}


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each such rule."""
    docker = ground.world.snapshot.docker
    if docker is None or docker.containers is None:
        return
    taken = {family: taken_addresses(ground, family) for family in Family}
    for placed in ground.places:
        target = placed.spec.target
        if not isinstance(target, Dnat) or target.addresses is None:
            continue
        low, high = target.addresses
        number = low
        if low != high or number not in ground.subnets[placed.family]:
            continue
        if number not in taken[placed.family]:
            text = format_address(placed.family, number)
            yield Finding(
                "published-without-container",
                Level.WARNING,
                f"{placed.title} passes packets on to {text}, an address of a Docker network "
                "that no running container has: the next container that gets this address is "
                "published by it.",
                placed.ref,
                fix="Restart Docker, which writes its rules anew, or delete the rule.",
                commands=commands.delete(placed.ref),
            )
