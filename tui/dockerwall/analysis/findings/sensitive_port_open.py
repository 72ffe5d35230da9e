"""Data stores and control ports that are open beyond the LAN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.exposure import Exposure, Kind, Severity
from dockerwall.analysis.findings.closing import closing
from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground
from dockerwall.analysis.findings.sensitive_ports import SENSITIVE

IDS: Mapping[str, str] = {
    "sensitive-port-open": "A data store or control port is open beyond the LAN.",
}


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each container port, whatever number of ways lead to it."""
    told: set[tuple[object, ...]] = set()
    for exposure in ground.exposures:
        offer = exposure.offer
        service = _service(exposure)
        if service is None or exposure.severity not in (Severity.EXPOSED, Severity.ALLOWLISTED):
            continue
        port = (offer.container, offer.protocol, offer.host_port, offer.container_port)
        loopback = offer.host_ip is not None and offer.host_ip.startswith(("127.", "::1"))
        if offer.kind in (Kind.DIRECT, Kind.MACVLAN) or loopback or port in told:
            continue
        told.add(port)
        yield _finding(exposure, service)


def _service(exposure: Exposure) -> str | None:
    """What listens there: the container's own port tells better than the host's."""
    offer = exposure.offer
    for port in (offer.container_port, offer.host_port):
        if port is not None and (offer.protocol, port) in SENSITIVE:
            return SENSITIVE[offer.protocol, port]
    return None


def _finding(exposure: Exposure, service: str) -> Finding:
    offer = exposure.offer
    everyone = exposure.severity is Severity.EXPOSED
    who = "everyone" if everyone else "addresses outside the LAN that a rule allows"
    whose = offer.container or offer.container_ip or "docker-proxy"
    inside = offer.container_port or "PORT"
    return Finding(
        "sensitive-port-open",
        Level.CRITICAL if everyone else Level.NOTICE,
        f"Port {offer.host_port}/{offer.protocol} of {whose} is {service} by its number, and it is "
        f"reached by {who}.",
        fix=f"Publish it on 127.0.0.1 or a LAN address (-p 127.0.0.1:{offer.host_port}:"
        f"{inside}), or not at all: containers of one network need no publishing.",
        commands=closing(exposure) if everyone else (),
        exposure=exposure.key,
    )
