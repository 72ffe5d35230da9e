"""Answers of matches: yes, no, unknown, only for some clients, or for a part of a choice.

A test is a function of a packet that gives one. Doubt is never resolved here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from dockerwall.analysis import ipsets
from dockerwall.analysis.cells import Cells
from dockerwall.analysis.packet import (
    SCTP,
    TCP,
    UDP,
    Packet,
)
from dockerwall.analysis.routing import Fib
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family

PORTED = (TCP, UDP, SCTP, 33, 136)
"""Protocols with ports: also DCCP and UDP-Lite."""


class Some(NamedTuple):
    """It holds for these clients (a mask of cells), and for no others."""

    clients: int


class Part(NamedTuple):
    """It holds for these values of one of the sender's choices."""

    field: str
    values: Intervals


Answer = bool | Some | Part | None


Test = Callable[[Packet], Answer]


@dataclass(frozen=True)
class Surroundings:
    """What matches need to know of the host."""

    family: Family
    cells: Cells
    fib: Fib
    sets: dict[str, ipsets.ResolvedSet]
    sets_read: bool
    changing_sets: frozenset[str]
    """Sets that rules themselves add to or delete from: they cannot be relied on."""
    altered: frozenset[str]
    """Fields of the sender's choice that rules themselves change: as little."""
    bridges: frozenset[str]
    bridge_netfilter: bool | None
    """Whether bridged packets pass these tables (net.bridge.bridge-nf-call-*); None: not known."""


def invert(answer: Answer, cells: Cells) -> Answer:
    """The answer of the same match with `!` before it."""
    if answer is None or isinstance(answer, bool):
        return None if answer is None else not answer
    if isinstance(answer, Some):
        return Some(cells.everything & ~answer.clients)
    return Part(answer.field, answer.values.complement(65535))


def both(answers: list[Answer], unknown: bool, cells: Cells) -> Answer:
    """All of the answers together; a choice of the sender's beside clients stays unknown."""
    if False in answers:
        return False
    clients, parts = cells.everything, []
    for answer in answers:
        if answer is None:
            unknown = True
        elif isinstance(answer, Some):
            clients &= answer.clients
        elif isinstance(answer, Part):
            parts.append(answer)
    if not clients:
        return False
    if unknown or len(parts) > 1 or (parts and clients != cells.everything):
        return None
    if parts:
        return parts[0]
    return True if clients == cells.everything else Some(clients)


def never_known(_packet: Packet) -> Answer:
    """The test of a match that nobody can decide."""
    return None
