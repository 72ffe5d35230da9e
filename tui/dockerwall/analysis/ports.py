"""The ports that rules speak of, and one that stands for all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dockerwall.analysis.world import World
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import ConntrackMatch, PortMatch, Spec


def named_ports(world: World, family: Family) -> tuple[Intervals, ...]:
    """What each match of a family's rules names of ports, of whichever packet and direction."""
    found: list[Intervals] = []
    for (_, each), saved in world.snapshot.rules.items():
        if each is not family:
            continue
        for table in saved.ruleset.tables.values():
            for chain in table.chains.values():
                for rule in chain.rules:
                    found += ports_of(parse_spec(rule.text, family))
    return tuple(found)


def ports_of(spec: Spec) -> Iterator[Intervals]:
    """What each match of a rule names of ports."""
    for match in spec.matches:
        if isinstance(match, PortMatch):
            yield match.ports
        elif isinstance(match, ConntrackMatch):
            yield from (port.ports for port in match.ports)


def is_narrow(ports: Intervals) -> bool:
    """Whether they are not more than half of all ports; more are meant for ports that nobody
    speaks of.
    """
    return ports.size <= 32768


def unnamed_port(world: World, named: Iterable[Intervals]) -> int:
    """A port outside every narrow range that rules name, and that no container serves."""
    taken = Intervals.of(
        [
            *(span for ports in named if is_narrow(ports) for span in ports),
            *((p.container_port, p.container_port) for c in world.containers for p in c.ports),
            *((port, port) for c in world.containers for _, port in c.exposed),
            (0, 1023),
        ]
    )
    free = taken.complement(65535)
    return free.spans[-1][1] if free else 65535
