"""The ports that rules speak of, and one that stands for all others."""

from __future__ import annotations

from collections.abc import Iterable

from dockerwall.analysis.world import World
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import ConntrackMatch, PortMatch


def named_ports(world: World, family: Family) -> tuple[Intervals, ...]:
    """What each match of a family's rules names of ports, of whichever packet and direction."""
    found: list[Intervals] = []
    for (_, each), saved in world.snapshot.rules.items():
        if each is not family:
            continue
        for table in saved.ruleset.tables.values():
            for chain in table.chains.values():
                for rule in chain.rules:
                    for match in parse_spec(rule.text, family).matches:
                        if isinstance(match, PortMatch):
                            found.append(match.ports)
                        elif isinstance(match, ConntrackMatch):
                            found += [port.ports for port in match.ports]
    return tuple(found)


def unnamed_port(world: World, named: Iterable[Intervals]) -> int:
    """A port outside every narrow range that rules name, and that no container serves.

    Wide ranges (more than half of all ports) are meant for ports nobody speaks of.
    """
    taken = Intervals.of(
        [
            *(span for ports in named if ports.size <= 32768 for span in ports),
            *((p.container_port, p.container_port) for c in world.containers for p in c.ports),
            *((port, port) for c in world.containers for _, port in c.exposed),
            (0, 1023),
        ]
    )
    free = taken.complement(65535)
    return free.spans[-1][1] if free else 65535
