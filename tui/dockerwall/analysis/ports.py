"""A port that stands for all ports nobody speaks of."""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.analysis.world import World
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import ConntrackMatch, PortMatch


def unnamed_port(world: World, family: Family) -> int:
    """A port outside every narrow range that a rule names, and that no container serves.

    Wide ranges (more than half of all ports) are meant for ports nobody speaks of.
    """
    named = Intervals.of(
        [
            *(span for ports in _ports(world, family) if ports.size <= 32768 for span in ports),
            *((p.container_port, p.container_port) for c in world.containers for p in c.ports),
            *((port, port) for c in world.containers for _, port in c.exposed),
            (0, 1023),
        ]
    )
    free = named.complement(65535)
    return free.spans[-1][1] if free else 65535


def _ports(world: World, family: Family) -> Iterator[Intervals]:
    for (_, each), saved in world.snapshot.rules.items():
        if each is not family:
            continue
        for table in saved.ruleset.tables.values():
            for chain in table.chains.values():
                for rule in chain.rules:
                    for match in parse_spec(rule.text, family).matches:
                        if isinstance(match, PortMatch):
                            yield match.ports
                        elif isinstance(match, ConntrackMatch):
                            yield from (port.ports for port in match.ports)
