"""Every way into every container, and who can take it: the values an audit consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import NamedTuple

from dockerwall.analysis.connection import Came, Query
from dockerwall.analysis.hits import Hit
from dockerwall.analysis.interfaces import Behind
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family
from dockerwall.model.value import value


class Severity(StrEnum):
    """Who outside the LAN gets in, worst first."""

    EXPOSED = "exposed"
    ALLOWLISTED = "allowlisted"
    UNKNOWN = "unknown"
    LAN = "lan"
    LOCAL = "local"
    CLOSED = "closed"


class Kind(StrEnum):
    """By what means a port is offered."""

    PUBLISHED = "published"
    HOST_NETWORK = "host-network"
    DIRECT = "direct"
    MACVLAN = "macvlan"
    INGRESS = "ingress"
    DNAT = "dnat"


class Entered(NamedTuple):
    """Packets for some addresses of the host, on their way to where the filter decides."""

    to: tuple[str, ...]
    came: Mapping[str, Came]
    """As they came to FORWARD, and to INPUT."""
    port: int | None = None
    """Where they are another port's, like which this one was judged: this one's number."""
    hooks: frozenset[str] = frozenset()
    """The hooks that any of the connection's packets passed, and that may have a say."""
    proxied: frozenset[Query] = frozenset()
    """The connections that docker-proxy opened of its own."""


@value
class Reach:
    """Who gets in by one interface, to which addresses; exact."""

    iif: str
    behind: Behind
    to: tuple[str, ...]
    via: str
    """dnat, proxy, direct or listen; empty where nobody gets in."""
    accept: AddressSet
    unknown: AddressSet
    decided_by: tuple[Hit, ...]
    reasons: tuple[str, ...]
    """Why packets end where no rule says so, in sentences."""
    doubts: tuple[str, ...]
    """What could not be decided."""
    accept_cells: int = field(default=0, repr=False, compare=False)
    """The same as `accept`, as a mask of the family's cells; `unknown_cells` likewise."""
    unknown_cells: int = field(default=0, repr=False, compare=False)
    entered: tuple[Entered, ...] | None = field(default=None, repr=False, compare=False)
    """What was asked of the filter; None where packets may have gone astray."""


@value
class Offer:
    """A port that someone offers, not yet judged."""

    container: str | None
    network: str
    family: Family
    protocol: str
    host_ip: str | None
    host_port: int | None
    container_ip: str | None
    container_port: int | None
    """None for every port that is neither published nor declared."""
    kind: Kind


@value
class Exposure:
    """A port, judged."""

    offer: Offer
    severity: Severity
    reach: tuple[Reach, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """What stays the same when the host is read again."""
        offer = self.offer
        return (
            offer.kind,
            offer.container,
            offer.network,
            offer.family,
            offer.protocol,
            offer.host_ip,
            offer.host_port,
            offer.container_port,
        )
