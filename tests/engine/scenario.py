"""What a scenario is made of: a Docker host to set up, and what probes are known to find there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Container:
    """One container of a scenario; each runs the echo server on the ports it `listens` on."""

    name: str
    publish: tuple[str, ...] = ()
    """Values of `docker run --publish`."""
    network: str = "bridge"
    listens: tuple[str, ...] = ("tcp/80", "tcp/81", "udp/53")
    options: tuple[str, ...] = ()
    """Further options of `docker run`."""
    image: str = "echo:1"
    """The name that the one image gets for this container."""


@dataclass(frozen=True)
class Scenario:
    """A Docker host, and the answers to some probes that are known beforehand.

    The host has `eth0` on the Internet's wire (203.0.113.1, 203.0.113.2, 2001:db8::1, default
    routes) and `eth1` on the LAN (192.168.7.1, fd00:7::1). The shell scripts run on it as root.
    """

    name: str
    about: str
    engines: tuple[str, ...] = ("20.10", "28.5")
    variant: str = "nft"
    """Which iptables the host's `iptables` is: nft or legacy."""
    daemon: tuple[str, ...] = ()
    """Further options of dockerd."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Further environment of dockerd."""
    sysctls: Mapping[str, str] = field(default_factory=dict)
    """Kernel settings made before Docker starts, over the defaults: no forwarding, no rp_filter."""
    before: str = ""
    """Runs before Docker starts."""
    networks: tuple[str, ...] = ()
    """Arguments of `docker network create`."""
    containers: tuple[Container, ...] = (Container("web", ("8080:80",)),)
    after: str = ""
    """Runs when the containers are up."""
    listeners: tuple[str, ...] = ("tcp/22",)
    """Ports of a process on the host itself, which answers as `host`."""
    clients: tuple[str, ...] = ()
    """Containers that probes are sent from, too."""
    sources: tuple[str, ...] = ()
    """Further source addresses on the Internet's wire."""
    lan_sources: tuple[str, ...] = ()
    """Further source addresses on the LAN."""
    ports: tuple[str, ...] = ()
    """Further ports to try on the host's addresses, as PROTO/PORT."""
    destinations: tuple[str, ...] = ()
    """Further addresses to try those ports on."""
    undecidable: bool = False
    """Whether some verdicts can only be unknown, because a rule cannot be decided from outside the
    kernel or because the host's firewall is not asked."""
    expect: Mapping[str, str] = field(default_factory=dict)
    """Lines `VANTAGE [SOURCE] > DESTINATION PROTO/PORT = NAME|closed` by engine version, "" for
    every version. `@NAME` and `@NAME6` stand for a container's addresses; without a source, the
    vantage point's first one is meant."""

    def further_sources(self, vantage: str) -> tuple[str, ...]:
        """The scenario's own source addresses at one vantage point."""
        return {"internet": self.sources, "lan": self.lan_sources}.get(vantage, ())


@dataclass(frozen=True)
class Case:
    """One scenario on one engine."""

    scenario: Scenario
    engine: str

    @property
    def name(self) -> str:
        """The name under which tests list it."""
        return f"{self.scenario.name}@{self.engine}"
