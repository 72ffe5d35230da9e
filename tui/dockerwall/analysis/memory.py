"""What became of packets, found again by the answers they gave.

The law: whatever is worked out from the answers to questions alone is the same wherever the same
questions get the same answers. So a long way through a chain is walked once, and every later
packet that answers as the first did comes to the same end by asking again, without the walking.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from dockerwall.analysis.packet import Packet

Found = TypeVar("Found")
Question = Callable[[Packet], Hashable]
_MOST = 1 << 14
"""Answers kept by one memory, before it begins anew."""


class _Fork(Generic[Found]):
    """A question, and where each answer that was met leads."""

    __slots__ = ("question", "ways")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.ways: dict[Hashable, _Fork[Found] | Found] = {}


class Memory(Generic[Found]):
    """Things found out by asking packets, each kept under what it began with and the answers."""

    __slots__ = ("_begun", "_kept")

    def __init__(self) -> None:
        self._begun: dict[Hashable, _Fork[Found] | Found] = {}
        self._kept = 0

    def find(self, beginning: Hashable, packet: Packet) -> Found | None:
        """What was found for a packet that answered so; None if there was none yet."""
        here = self._begun.get(beginning)
        while type(here) is _Fork:
            here = here.ways.get(here.question(packet))
        return here  # type: ignore[return-value]  # not a fork, so it was found

    def keep(
        self, beginning: Hashable, asked: Iterable[tuple[Question, Hashable]], found: Found
    ) -> None:
        """Keep what was found by asking these questions, in their order."""
        if self._kept >= _MOST:
            self._begun.clear()
            self._kept = 0
        self._kept += 1
        ways, answer = self._begun, beginning
        for question, given in asked:
            fork = ways.get(answer)
            if type(fork) is not _Fork:
                fork = ways[answer] = _Fork(question)
            ways, answer = fork.ways, given
        ways[answer] = found
