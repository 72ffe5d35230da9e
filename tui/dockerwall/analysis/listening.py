"""Who takes a packet that was delivered to the host itself.

Source: inet_lookup_listener and udp4_lib_lookup: a socket bound to the address, or to every
address, of the packet's family; `*` is a socket of both families.
"""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.analysis.world import World
from dockerwall.model.addresses import format_address, parse_address
from dockerwall.model.docker import Container, PublishedPort
from dockerwall.model.kinds import Family
from dockerwall.model.network import Listener

NAMES = {6: "tcp", 17: "udp", 132: "sctp", 1: "icmp", 58: "icmpv6"}
NUMBERS = {name: number for number, name in NAMES.items()}


class Taker(NamedTuple):
    """A process that takes the packet: a host's, or docker-proxy on behalf of a container."""

    listener: Listener | None
    container: Container | None
    published: PublishedPort | None
    """For docker-proxy: the port it passes connections on to."""


def takers(
    world: World, family: Family, address: int, proto: int, port: int, interface: str
) -> list[Taker]:
    """The sockets that may take it: one, none, or several where it depends on the kernel."""
    found = [
        listener
        for listener in world.listening.get((NAMES.get(proto, ""), port), ())
        if listener.interface in (None, interface) and _bound_to(listener.address, family, address)
    ]
    exact = [each for each in found if each.address not in ("*", "0.0.0.0", "::")]
    return [_taker(world, each, family, address) for each in (exact or found)[:1]]


def is_docker_proxy(listener: Listener) -> bool:
    """Whether docker-proxy holds the socket; ss cuts a program's name at 15 characters or less."""
    return any(program.startswith("docker-pr") for program, _ in listener.processes)


def _bound_to(bound: str, family: Family, address: int) -> bool:
    if bound == "*":
        return True
    if bound in ("0.0.0.0", "::"):
        return (bound == "0.0.0.0") is (family is Family.IPV4)
    try:
        return parse_address(bound) == (family, address)
    except ValueError:
        return False


def _taker(world: World, listener: Listener, family: Family, address: int) -> Taker:
    for _, pid in listener.processes:
        container = world.by_pid.get(pid)
        if container is not None and container.network_mode == "host":
            return Taker(listener, container, None)
    if is_docker_proxy(listener) or not listener.processes:
        for container, port in world.published.get((listener.protocol, listener.port), ()):
            if _fits(port.host_ip, listener.address, family, address):
                return Taker(listener, container, port)
    return Taker(listener, None, None)


def _fits(host_ip: str, bound: str, family: Family, address: int) -> bool:
    """Whether a binding is served by a socket bound so."""
    if host_ip in ("", "0.0.0.0", "::"):
        wildcard = bound in ("*", "0.0.0.0", "::")
        return wildcard and (host_ip == "" or (host_ip == "::") is (family is Family.IPV6))
    return host_ip == format_address(family, address)


def published(world: World) -> tuple[tuple[Container, PublishedPort], ...]:
    """Every published port of every running container."""
    return tuple((container, port) for container in world.containers for port in container.ports)
