"""A conversation that a witness consists of, and the rules that its packets surely meet."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from dockerwall.analysis.boxes import boxed
from dockerwall.analysis.compiled import Key
from dockerwall.analysis.crossing import Crossing
from dockerwall.analysis.findings.shadowing.icmp import NEIGHBOURS
from dockerwall.analysis.hits import Hit, Notes, Stretch, told_apart
from dockerwall.analysis.journey import Journey, Query, follow, follow_error, follow_from_host
from dockerwall.analysis.packet import CLIENT, ICMPV6, RST, Packet
from dockerwall.analysis.passage import Passage
from dockerwall.analysis.sending import Sending
from dockerwall.analysis.world import World
from dockerwall.model.kinds import Family

Place = tuple[Key, str, int]
"""A rule: its table, its chain, its number."""


class Act(Enum):
    """How a conversation goes on after its first packet."""

    ANSWERED = "answered"
    """The other end answers, and for TCP the opener completes the handshake."""
    REFUSED = "refused"
    """The other end answers with an ICMP error."""
    STRAY = "stray"
    """The packet opens nothing: a reset, an ICMP reply, or a broken UDP packet."""


class Conversation(NamedTuple):
    """A first packet and what follows it. TTL, length and DSCP are as a rule wants them."""

    family: Family
    iif: str
    """Where the first packet arrives; empty where the host itself sends it."""
    src: int
    dst: int
    proto: int
    sport: int
    dport: int
    """For ICMP: type * 256 + code."""
    act: Act = Act.ANSWERED
    code: int = 0
    """Of the ICMP error that refuses it: type * 256 + code."""


class Met(NamedTuple):
    """Rules that packets of a conversation meet."""

    surely: frozenset[Place]
    perhaps: frozenset[Place]


def met(world: World, talk: Conversation) -> Met:
    """Every rule that a packet of the conversation meets."""
    if talk.act is Act.STRAY:
        return _stray(world, talk)
    sport = None if talk.proto in (1, 58) else talk.sport
    query = Query(talk.family, talk.iif, talk.dst, talk.proto, talk.dport, sport)
    if not talk.iif:
        return _of(follow_from_host(world, query, talk.src))
    client = world.sides[talk.family].cells.cell(talk.src)
    if talk.act is Act.REFUSED:
        return _of(follow_error(world, query, talk.code, client))
    return _of(follow(world, query, client))


def _of(journey: Journey) -> Met:
    """Nothing is sure where it cannot be said whether the packets got that far at all.

    Later packets are sure only where nothing about the earlier ones is in doubt.
    """
    every = [*journey.hits, *journey.reply_hits]
    doubts = {doubt.text for doubt in journey.doubts}
    lost = doubts & {loss.why for loss in journey.losses}
    first = [] if lost or journey.astray else journey.hits
    return Met(_places(first if doubts else every, True), _places(every, False))


def _places(hits: Iterable[Hit | Stretch], sure: bool) -> frozenset[Place]:
    return frozenset(
        (hit.key, hit.chain, hit.rule.number)
        for hit in told_apart(hits)
        if hit.rule is not None and (hit.certain or not sure)
    )


def _stray(world: World, talk: Conversation) -> Met:
    side = world.sides[talk.family]
    notes = Notes()
    passage = Passage(world, side, notes)
    packet = Packet(
        CLIENT if talk.iif else talk.src,
        talk.dst,
        talk.proto,
        talk.sport,
        talk.dport,
        talk.iif,
        flags=RST,
        state="UNTRACKED" if talk.proto == ICMPV6 and talk.dport in NEIGHBOURS else "INVALID",
    )
    if talk.iif:
        crossing = Crossing(world, side, passage)
        local, forwarded = crossing.enter(boxed(packet, side.cells.cell(talk.src)))
        passage.hook("INPUT", local)
        crossing.forward(forwarded)
    else:
        Sending(world, side, passage).send(boxed(packet, 1))
    sure = () if notes.doubts else notes.hits
    return Met(_places(sure, True), _places(notes.hits, False))
