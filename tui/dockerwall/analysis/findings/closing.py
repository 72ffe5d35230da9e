"""The commands that close a port to those who reach it from outside, by the way they come."""

from __future__ import annotations

from dockerwall.analysis.exposure import Exposure, Reach
from dockerwall.analysis.findings import commands
from dockerwall.analysis.interfaces import Behind
from dockerwall.model.kinds import Variant


def closing(exposure: Exposure) -> tuple[str, ...]:
    """One command for each interface of the Internet that lets someone in, two ways at most."""
    lines = dict.fromkeys(
        line
        for reach in exposure.reach
        if reach.accept and reach.behind is Behind.INTERNET
        for line in _closing(exposure, reach)
    )
    return tuple(lines)


def _closing(exposure: Exposure, reach: Reach) -> tuple[str, ...]:
    """Packets that were DNATed pass DOCKER-USER, those for a socket of the host pass INPUT."""
    offer = exposure.offer
    if offer.host_port is None:
        return ()
    number = str(offer.host_port)
    chain, port = "INPUT", ["--dport", number]
    if reach.via == "dnat":
        chain = "DOCKER-USER"
        port = ["-m", "conntrack", "--ctorigdstport", number, "--ctdir", "ORIGINAL"]
    variant = reach.decided_by[0].key.variant if reach.decided_by else Variant.NFT
    words = ["-i", reach.iif, "-p", offer.protocol, *port, "-j", "DROP"]
    return commands.insert(variant, offer.family, chain, words)
