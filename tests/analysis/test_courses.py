"""What is remembered of packets is what walking each of them says."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

import pytest
from tests.present.recorded import NAMES, snapshot_of

from dockerwall.analysis.audit import audit
from dockerwall.analysis.exposure import Exposure
from dockerwall.analysis.memory import Memory, Question
from dockerwall.analysis.packet import TCP, UDP, Packet
from dockerwall.analysis.world import World, build_world


class Forgetful(Memory[object]):
    """Keeps nothing."""

    def keep(
        self, beginning: Hashable, asked: Iterable[tuple[Question, Hashable]], found: object
    ) -> None:
        """Forget it."""


def told(world: World) -> list[Exposure]:
    """What an audit says, but for the boxes of packets on the way."""
    return [
        replace(each, reach=tuple(replace(reach, entered=None) for reach in each.reach))
        for each in audit(world)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_an_audit_that_remembers_is_one_that_walks_each_way(name: str) -> None:
    walking, remembering = (build_world(snapshot_of(name)) for _ in range(2))
    for side in walking.sides.values():
        for table in side.tables.values():
            table.memory = Forgetful()
    audit(remembering)
    assert told(remembering) == told(walking)


def test_a_packet_that_answers_otherwise_was_not_met_before() -> None:
    memory: Memory[str] = Memory()
    packet = Packet(1, 2, TCP, 3, 4, "eth0")
    memory.keep("a", [(is_tcp, True), (port, 4)], "tcp to 4")
    memory.keep("a", [(is_tcp, False)], "not tcp")
    assert memory.find("a", packet) == "tcp to 4"
    assert memory.find("a", packet._replace(src=9)) == "tcp to 4"
    assert memory.find("a", packet._replace(proto=UDP)) == "not tcp"
    assert memory.find("a", packet._replace(dport=5)) is None
    assert memory.find("b", packet) is None


def is_tcp(packet: Packet) -> bool:
    """A question."""
    return packet.proto == TCP


def port(packet: Packet) -> int:
    """Another."""
    return packet.dport
