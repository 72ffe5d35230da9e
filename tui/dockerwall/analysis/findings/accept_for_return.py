"""ACCEPT in DOCKER-USER, which skips Docker's own checks; RETURN lets Docker decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.findings import commands
from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground, Placed
from dockerwall.model.spec import ConntrackMatch, InterfaceMatch, Stop

IDS: Mapping[str, str] = {
    "accept-for-return": "An allow rule accepts where it should return, skipping Docker's checks.",
}
_LATER = frozenset({"ESTABLISHED", "RELATED"})


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each rule that accepts new connections in DOCKER-USER."""
    for placed in ground.forwarding:
        target = placed.spec.target
        accepts = isinstance(target, Stop) and target.verdict == "ACCEPT"
        if not accepts or placed.chain != "DOCKER-USER" or _harmless(ground, placed):
            continue
        yield Finding(
            "accept-for-return",
            Level.WARNING,
            f"{placed.title} accepts packets on its own: Docker's later rules are skipped for "
            "them, so they also reach ports that are not published and networks Docker keeps "
            "apart.",
            placed.ref,
            fix="Use RETURN instead: packets that match go on to Docker's own rules.",
            commands=_returning(placed),
        )


def _harmless(ground: Ground, placed: Placed) -> bool:
    """Whether it only lets answers through, or what is not for containers at all."""
    for match in placed.spec.matches:
        if isinstance(match, ConntrackMatch) and match.states is not None:
            if not match.states.negated and match.states.words <= _LATER:
                return True
        elif isinstance(match, InterfaceMatch) and _elsewhere(ground, match):
            return True
    return False


def _elsewhere(ground: Ground, match: InterfaceMatch) -> bool:
    """Whether it names an outgoing interface that leads to no container."""
    plain = match.outgoing and not match.negated and not match.prefix
    return plain and not ground.is_bridge(match.name)


def _returning(placed: Placed) -> tuple[str, ...]:
    words = commands.words_of(placed.ref)
    if words is None or words[-2:] != ["-j", "ACCEPT"]:
        return ()
    return commands.replace(placed.ref, [*words[:-1], "RETURN"])
