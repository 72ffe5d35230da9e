"""Docker's own objects, as far as they bear on who reaches a container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from dockerwall.model.value import value


@value
class PublishedPort:
    """One line of a container's port bindings: host address and port to container port."""

    protocol: str
    """tcp, udp or sctp."""
    container_port: int
    host_ip: str
    """`0.0.0.0`, `::` or one address."""
    host_port: int


@value
class Endpoint:
    """A container's place in one network."""

    network: str
    network_id: str
    ipv4: str
    """Empty when it has none."""
    ipv6: str
    gateway: str = ""


@value
class Container:
    """A running container."""

    id: str
    name: str
    image: str
    network_mode: str
    """`host`, `none`, `bridge`, a network's name, or `container:ID`."""
    ports: tuple[PublishedPort, ...]
    exposed: tuple[tuple[str, int], ...]
    """(protocol, port) the image or the command line declares, published or not."""
    endpoints: tuple[Endpoint, ...]
    pid: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)


@value
class Network:
    """A Docker network."""

    id: str
    name: str
    driver: str
    """bridge, overlay, macvlan, ipvlan, host or null."""
    internal: bool
    ipv6: bool
    ingress: bool
    subnets: tuple[str, ...]
    gateways: tuple[str, ...]
    bridge: str
    """The bridge's interface name; empty where there is none."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Driver options, such as `com.docker.network.bridge.gateway_mode_ipv4`."""
    parent: str = ""
    """The host interface of a macvlan or ipvlan network."""
    members: tuple[tuple[str, str, str], ...] = ()
    """(name, IPv4 or empty, IPv6 or empty) of what is attached here, sandboxes such as
    `gateway_ingress-sbox` among them."""


@value
class DockerHost:
    """What the Docker daemon said of itself and its objects."""

    version: str
    """Such as `28.5.2`; empty when unknown."""
    name: str
    """The host name the daemon reports: another one means another host's daemon."""
    firewall: str
    """The firewall driver: `iptables`, `nftables`, or empty on versions that do not say."""
    swarm: bool
    userland_proxy: bool | None
    """Whether docker-proxy is used; None when the daemon does not say."""
    containers: tuple[Container, ...] | None
    networks: tuple[Network, ...] | None
    info: Mapping[str, object] = field(default_factory=dict)
