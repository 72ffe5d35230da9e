"""Ending established connections that new rules forbid: rules do not end what conntrack knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dockerwall.programs import find_program, run

if TYPE_CHECKING:  # the watchdog judges nothing, and is up the sooner
    from dockerwall.editing.preview import ReachChange


class OwnConnections:
    """This host's own, ended by its conntrack program."""

    def can_end(self) -> bool:
        """Whether the program is there that can."""
        return find_program("conntrack") is not None

    def end(self, commands: Iterable[Sequence[str]]) -> int:
        """Run commands of `endings`; how many connections were ended. One that finds none fails,
        and may.
        """
        answers = [run(argv, patience=10) for argv in commands]
        return sum(len(answer.text.splitlines()) for answer in answers)


def can_end() -> bool:
    """Whether this host can end connections."""
    return OwnConnections().can_end()


def endings(reaches: Iterable[ReachChange]) -> tuple[tuple[str, ...], ...]:
    """The commands that end the connections of everybody who loses a way in.

    conntrack does not know by which interface somebody came: only those count who honestly come by
    the one that is shut, or a neighbour's connections by another would be ended with theirs.
    """
    found: dict[tuple[str, ...], None] = {}
    for reach in reaches:
        offer = reach.exposure.offer
        port = offer.host_port if reach.via in ("dnat", "proxy") else offer.container_port
        base = ("conntrack", "-D", "-f", offer.family.value, "-p", offer.protocol)
        lost = reach.lost if reach.among is None else reach.lost & reach.among
        for network in lost.cidrs():
            source = () if network.endswith("/0") else ("--orig-src", network)
            found[(*base, *source, "--orig-port-dst", str(port))] = None
    return tuple(found)


def end(commands: Iterable[Sequence[str]]) -> int:
    """End connections of this host; how many were ended."""
    return OwnConnections().end(commands)
