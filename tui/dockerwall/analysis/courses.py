"""Base chains that remember: packets that answer alike take the same course through them.

Whatever a rule says of a box of packets it says by its answers (`answers.Test`), and which rules
of a chain are met is one answer too (`index.Plan`). A course is kept only where the packet came
out as it went in; one that is marked, untracked or split is walked each time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dockerwall.analysis.boxes import Boxes, boxed
from dockerwall.analysis.hits import Doubt, Hit, Notes, Stretch
from dockerwall.analysis.packet import Packet
from dockerwall.analysis.side import Base
from dockerwall.analysis.walk import NatTarget, Outcome, Walker

Part = tuple[bool, int]
"""Whether the packets surely came there, and the clients."""


class Course(NamedTuple):
    """Where one packet of certain clients went from a base chain, and what it met."""

    hits: tuple[Hit | Stretch, ...]
    doubts: tuple[Doubt, ...]
    passed: tuple[Part, ...]
    dropped: tuple[Part, ...]
    rejected: tuple[Part, ...]
    natted: tuple[tuple[bool, int, NatTarget], ...]
    astray: tuple[Part, ...]
    whole: bool
    """Whether all of them surely came out at the end."""

    @property
    def end(self) -> tuple[tuple[Part, ...], ...]:
        """Where the packets come out, in a table that translates nothing."""
        return self.passed, self.dropped, self.rejected


def through(base: Base, hook: str, notes: Notes, boxes: Boxes) -> Outcome:
    """Boxes of packets through one base chain, walked or remembered."""
    if len(boxes) != 1 or not boxes[0][0].sure:
        return Walker(base.table, hook, notes).run(base.chain, boxes)
    packet, clients = boxes[0]
    beginning = (hook, clients)
    course = base.table.memory.find(beginning, packet)
    if isinstance(course, Course):
        notes.hits += course.hits
        notes.doubts += course.doubts
        return Outcome(boxes, (), (), (), ()) if course.whole else _again(course, packet)
    walker = Walker(base.table, hook, Notes())
    outcome = walker.run(base.chain, boxes)
    notes.hits += walker.notes.hits
    notes.doubts += walker.notes.doubts
    if not walker.changed:
        base.table.memory.keep(beginning, walker.asked, _course(walker.notes, outcome, clients))
    return outcome


def is_passed(base: Base, hook: str, packet: Packet, clients: int) -> bool:
    """Whether packets surely come out at the end of a base chain, as they went in."""
    course = base.table.memory.find((hook, clients), packet) if packet.sure else None
    if isinstance(course, Course):
        return course.whole
    outcome = through(base, hook, Notes(), boxed(packet, clients))
    return outcome.passed == [(packet, clients)] and not (outcome.dropped or outcome.rejected)


def is_same_end(bases: tuple[Base, Base], hook: str, packet: Packet, clients: int) -> bool:
    """Whether packets surely come out of two base chains alike."""
    if packet.sure:
        one, other = (base.table.memory.find((hook, clients), packet) for base in bases)
        if isinstance(one, Course) and isinstance(other, Course):
            return one.end == other.end
    ends = [through(base, hook, Notes(), boxed(packet, clients)) for base in bases]
    one, other = ([list(boxes) for boxes in (o.passed, o.dropped, o.rejected)] for o in ends)
    return one == other


def _course(notes: Notes, outcome: Outcome, clients: int) -> Course:
    passed = _parts(outcome.passed)
    lost = _parts(outcome.dropped), _parts(outcome.rejected)
    natted = tuple([(packet.sure, part, target) for packet, part, target in outcome.natted])
    astray = _parts(outcome.astray)
    whole = passed == ((True, clients),) and not any((*lost, natted, astray))
    return Course(tuple(notes.hits), tuple(notes.doubts), passed, *lost, natted, astray, whole)


def _parts(boxes: Iterable[tuple[Packet, int]]) -> tuple[Part, ...]:
    return tuple([(packet.sure, clients) for packet, clients in boxes])


def _again(course: Course, packet: Packet) -> Outcome:
    """The outcome of a course for another packet."""
    return Outcome(
        Boxes([(_as(packet, sure), clients) for sure, clients in course.passed]),
        [(_as(packet, sure), clients) for sure, clients in course.dropped],
        [(_as(packet, sure), clients) for sure, clients in course.rejected],
        [(_as(packet, sure), clients, target) for sure, clients, target in course.natted],
        [(_as(packet, sure), clients) for sure, clients in course.astray],
    )


def _as(packet: Packet, sure: bool) -> Packet:
    return packet if sure else packet._replace(sure=False)
