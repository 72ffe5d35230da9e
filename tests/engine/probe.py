"""A probe, one new connection that is tried from a vantage point, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """One new connection: where it starts, by which host interface it arrives, where it goes."""

    vantage: str
    interface: str
    src: str
    dst: str
    proto: str
    dport: int
    sport: int = 0

    def packet(self) -> dict[str, object]:
        """The packet as `dockerwall-tui trace --batch` reads it."""
        given: dict[str, object] = {
            "in": self.interface,
            "src": self.src,
            "dst": self.dst,
            "proto": self.proto,
            "dport": self.dport,
        }
        if self.sport:
            given["sport"] = self.sport
        return given

    def __str__(self) -> str:
        """The probe as one line for people."""
        source = f"{self.src}:{self.sport}" if self.sport else self.src
        return f"{self.vantage} ({self.interface}) {source} -> {self.dst} {self.proto}/{self.dport}"


@dataclass(frozen=True)
class Outcome:
    """What became of a probe.

    `word` is reached (a container or host process answered), refused (reset or port unreachable),
    rejected (another ICMP error), silent (the connection opened, nobody answered), timeout, or
    unsent (the vantage point itself has no way there).
    `answered_by` is the name of who answered; `seen_as` the source address that it saw.
    """

    word: str
    answered_by: str = ""
    seen_as: str = ""

    @property
    def reached(self) -> bool:
        """Whether somebody answered."""
        return self.word == "reached"

    def __str__(self) -> str:
        """The outcome as one or two words."""
        return f"reached {self.answered_by}" if self.reached else self.word


def outcome_from(raw: dict[str, str]) -> Outcome:
    """The outcome that the agent reports, its answer taken apart."""
    words = raw["answer"].split()
    if raw["outcome"] != "reached" or len(words) != 3:
        return Outcome(raw["outcome"])
    name, peer, _ = words
    return Outcome("reached", name, peer.removeprefix("::ffff:"))
