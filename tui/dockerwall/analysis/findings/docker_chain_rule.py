"""An operator's rule inside one of Docker's own chains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.findings import commands
from dockerwall.analysis.findings.docker_rules import CHAINS
from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground, Placed

IDS: Mapping[str, str] = {
    "docker-chain-rule": "A rule of yours stands in a chain that Docker rebuilds.",
}


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each such rule."""
    for placed in ground.operators:
        if CHAINS.match(placed.chain):
            yield Finding(
                "docker-chain-rule",
                Level.WARNING,
                f"{placed.title} stands in a chain of Docker's own: it acts now, but is lost or "
                "loses its place when Docker restarts or the chain is rebuilt.",
                placed.ref,
                fix="Move it to DOCKER-USER, which Docker leaves alone; there it must come before "
                "any RETURN or ACCEPT that would let its packets pass.",
                commands=_moved(placed) if placed.key.table == "filter" else (),
            )


def _moved(placed: Placed) -> tuple[str, ...]:
    words = commands.words_of(placed.ref)
    if words is None:
        return ()
    key = placed.key
    return (
        *commands.insert(key.variant, key.family, "DOCKER-USER", words),
        *commands.delete(placed.ref),
    )
