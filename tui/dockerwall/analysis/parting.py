"""A box of packets parted by one rule: what matches, what may match, and what does not."""

from __future__ import annotations

from collections.abc import Hashable

from dockerwall.analysis.answers import Part, Some
from dockerwall.analysis.compiled import CompiledRule
from dockerwall.analysis.memory import Question
from dockerwall.analysis.packet import Packet


def split(
    rule: CompiledRule,
    packet: Packet,
    clients: int,
    asked: list[tuple[Question, Hashable]] | None = None,
) -> list[tuple[Packet, int, int]]:
    """Boxes that together are the packet's, each with the clients that may and that surely match.

    None where nothing matches; more than one where a match depends on what the sender chooses.
    Every question and its answer is added to `asked`.
    """
    hit = sure = clients
    apart: list[tuple[Packet, int, int]] = []
    for test in rule.tests:
        answer = test(packet)
        if asked is not None:
            asked.append((test, answer))
        if answer is True:
            continue
        if answer is None:
            sure = 0
        elif answer is False:
            return [*apart, (packet, 0, 0)] if apart else apart
        elif isinstance(answer, Some):
            hit &= answer.clients
            sure &= answer.clients
            if not hit:
                return [*apart, (packet, 0, 0)] if apart else apart
        else:
            inside, outside = parted(packet, answer)
            apart.append((outside, 0, 0))
            packet = inside
    return [*apart, (packet, hit, sure)]


def parted(packet: Packet, part: Part) -> tuple[Packet, Packet]:
    """The packets whose sender chose within `part`, and the others."""
    left = getattr(packet.choice, part.field)
    chosen = packet.choice._replace(**{part.field: left & part.values})
    others = packet.choice._replace(**{part.field: left - part.values})
    return packet._replace(choice=chosen), packet._replace(choice=others)
