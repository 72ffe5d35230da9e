"""A port that is guarded for IPv4 and open for IPv6."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.exposure import Exposure, Kind, Severity
from dockerwall.analysis.findings.closing import closing
from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground
from dockerwall.analysis.interfaces import Behind
from dockerwall.model.kinds import Family

IDS: Mapping[str, str] = {
    "ipv6-forgotten": "A port is guarded for IPv4 sources and open to IPv6 ones.",
}
_GUARDED = (Severity.ALLOWLISTED, Severity.LAN, Severity.LOCAL, Severity.CLOSED)


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each such port."""
    four = {
        _port(exposure): exposure
        for exposure in ground.exposures
        if exposure.offer.family is Family.IPV4 and exposure.offer.kind in _KINDS
    }
    for six in ground.exposures:
        if six.offer.family is not Family.IPV6 or six.offer.kind not in _KINDS:
            continue
        guarded = four.get(_port(six))
        if (
            six.severity is Severity.EXPOSED
            and guarded is not None
            and guarded.severity in _GUARDED
        ):
            yield _finding(six, guarded)


_KINDS = (Kind.PUBLISHED, Kind.HOST_NETWORK, Kind.INGRESS)


def _port(exposure: Exposure) -> tuple[object, ...]:
    offer = exposure.offer
    return offer.container, offer.kind, offer.protocol, offer.host_port


_WORDS = {
    Severity.ALLOWLISTED: "open to chosen addresses only",
    Severity.LAN: "open to the LAN only",
    Severity.LOCAL: "open to this host only",
    Severity.CLOSED: "closed",
}


def _finding(six: Exposure, four: Exposure) -> Finding:
    offer = six.offer
    reach = next(r for r in six.reach if r.accept and r.behind is not Behind.CONTAINERS)
    through = {
        "proxy": ", through docker-proxy, so INPUT of ip6tables decides and DOCKER-USER does not",
        "listen": ", where INPUT of ip6tables decides",
    }.get(reach.via, "")
    chain = "INPUT" if reach.via in ("proxy", "listen") else "DOCKER-USER"
    return Finding(
        "ipv6-forgotten",
        Level.CRITICAL,
        f"Port {offer.host_port}/{offer.protocol} of {offer.container} is "
        f"{_WORDS[four.severity]} for IPv4, but everyone reaches it by IPv6{through}.",
        fix=f"Close the port for IPv6 in {chain}, or publish it on an IPv4 address only "
        f"(-p 0.0.0.0:{offer.host_port}:{offer.container_port}).",
        commands=closing(six),
        exposure=six.key,
    )
