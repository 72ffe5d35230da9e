"""A proof on the tree: which lines the packet's way goes through, and which of them decides."""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.analysis.hits import Hit
from dockerwall.analysis.trace import Trace
from dockerwall.app.search import Way
from dockerwall.app.wayfinding import node_at, ways_of
from dockerwall.present.outline import Outline
from dockerwall.present.proof import deciding


class Step(NamedTuple):
    """One line of the way."""

    number: int
    """Its place on the way, from 1; 0 where only the reply passes."""
    certain: bool
    """Whether the rule matches for sure."""
    decides: bool


class Trail(NamedTuple):
    """The way of one packet through a tree."""

    steps: dict[str, Step]
    """By the key of the line; a line passed twice counts as first passed."""
    around: frozenset[str]
    """Keys of the lines the steps hang on: hooks and base chains."""
    ways: tuple[Way, ...]
    """The lines in the order of the way."""
    decided: Way | None
    """The line that decides."""


def trail_of(trace: Trace, outline: Outline) -> Trail:
    """The way of a traced packet through the tree as it is drawn now."""
    decider = _decider(trace)
    steps: dict[str, Step] = {}
    around: set[str] = set()
    ways: list[Way] = []
    decided: Way | None = None
    for number, (hit, way) in enumerate(
        zip(trace.steps, ways_of(trace.steps, outline), strict=True), 1
    ):
        if way is None:
            continue
        key = node_at(outline.roots, way).key
        if hit is decider:
            decided = way
        if key not in steps:
            steps[key] = Step(number, hit.certain, hit is decider)
            ways.append(way)
            around.update(node_at(outline.roots, way[:depth]).key for depth in (1, 2))
    if decided is None and decider is not None:
        decided = _in_reply(trace, outline, decider, steps)
        ways += [] if decided is None else [decided]
    return Trail(steps, frozenset(around), tuple(ways), decided)


def _in_reply(trace: Trace, outline: Outline, decider: Hit, steps: dict[str, Step]) -> Way | None:
    """The line that ends the reply's way, entered among the steps."""
    replies = zip(trace.reply_steps, ways_of(trace.reply_steps, outline), strict=True)
    for hit, way in replies:
        if hit is decider and way is not None:
            steps[node_at(outline.roots, way).key] = Step(0, hit.certain, True)
            return way
    return None


def _decider(trace: Trace) -> Hit | None:
    """The rule that ended the way; of an open way, the last that let the packet through."""
    ended = deciding(trace)
    if ended is not None:
        return ended
    if trace.verdict == "unknown":
        doubtful = [hit for hit in trace.steps if not hit.certain]
        return doubtful[0] if doubtful else None
    letting = [hit for hit in trace.steps if hit.action == "ACCEPT" and hit.key.table == "filter"]
    ruled = [hit for hit in letting if hit.rule is not None]
    letting = ruled or letting
    return letting[-1] if letting else None
