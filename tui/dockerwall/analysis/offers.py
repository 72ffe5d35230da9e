"""Every port that is offered on this host: published, direct, on the host's network, by DNAT."""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.analysis.exposure import Kind, Offer
from dockerwall.analysis.journey import proxy_target
from dockerwall.analysis.listening import NAMES, NUMBERS, is_docker_proxy, takers
from dockerwall.analysis.packet import TCP
from dockerwall.analysis.whereabouts import OFF_HOST
from dockerwall.analysis.world import World
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.addresses import format_address, parse_address
from dockerwall.model.docker import Container, Endpoint, Network
from dockerwall.model.kinds import Family
from dockerwall.model.network import Listener
from dockerwall.model.spec import (
    AddressField,
    AddressMatch,
    Dnat,
    Netmap,
    PortField,
    PortMatch,
    ProtocolMatch,
    Redirect,
    Spec,
)

MOST_PORTS = 32
"""Ports of one DNAT rule that are judged one by one; of a longer range, the first that many."""


def offers(world: World) -> tuple[Offer, ...]:
    """Every offer, in order of container and port; each once."""
    found: dict[Offer, None] = {}
    for container in sorted(world.containers, key=lambda each: each.name):
        for offer in (
            *_published(world, container),
            *_direct(world, container),
            *_host_network(world, container),
        ):
            found[offer] = None
    for offer in _translated(world, {_place(each) for each in found}):
        found[offer] = None
    for offer in _proxied(world, {_place(each) for each in found}):
        found[offer] = None
    return tuple(found)


def _place(offer: Offer) -> tuple[Family, str, int | None]:
    return offer.family, offer.protocol, offer.host_port


def _endpoint_network(world: World, endpoint: Endpoint) -> Network | None:
    return world.networks.get(endpoint.network_id)


def _published(world: World, container: Container) -> Iterator[Offer]:
    for port in container.ports:
        family = _family_of(port.host_ip)
        endpoint, address = _serving_endpoint(world, container, family)
        yield Offer(
            container.name,
            endpoint.network if endpoint else container.network_mode,
            family,
            port.protocol,
            port.host_ip or "0.0.0.0",
            port.host_port,
            address,
            port.container_port,
            Kind.PUBLISHED,
        )


def _family_of(host_ip: str) -> Family:
    return parse_address(host_ip)[0] if host_ip else Family.IPV4


def _serving_endpoint(
    world: World, container: Container, family: Family
) -> tuple[Endpoint | None, str | None]:
    """The endpoint that a published port leads to, and its address there."""
    own = (Family.IPV4, Family.IPV6) if family is Family.IPV4 else (Family.IPV6, Family.IPV4)
    for each in own:
        for endpoint in container.endpoints:
            network = _endpoint_network(world, endpoint)
            if network is not None and network.driver not in ("bridge", "overlay", "nat"):
                continue
            address = endpoint.ipv4 if each is Family.IPV4 else endpoint.ipv6
            if address:
                return endpoint, _plain(address)
    return None, None


def _plain(address: str) -> str:
    return format_address(*parse_address(address.partition("/")[0]))


def container_ports(container: Container) -> tuple[tuple[str, int], ...]:
    """Every port the container is known to serve: published or declared."""
    found = {(port.protocol, port.container_port): None for port in container.ports}
    found |= dict.fromkeys(container.exposed)
    return tuple(found)


def _direct(world: World, container: Container) -> Iterator[Offer]:
    """The container's own addresses, for whoever can route to them."""
    ports: tuple[tuple[str, int | None], ...] = container_ports(container)
    for endpoint in container.endpoints:
        network = _endpoint_network(world, endpoint)
        driver = network.driver if network is not None else "bridge"
        if driver in OFF_HOST:
            kind = Kind.MACVLAN
            ports = ports or (("tcp", None),)
        elif driver == "bridge":
            kind = Kind.DIRECT
        else:
            continue
        for text in (endpoint.ipv4, endpoint.ipv6):
            if not text:
                continue
            address = _plain(text)
            listed = ports if kind is Kind.MACVLAN else (*ports, ("tcp", None))
            for protocol, port in listed:
                yield Offer(
                    container.name,
                    endpoint.network,
                    parse_address(address)[0],
                    protocol,
                    None,
                    None,
                    address,
                    port,
                    kind,
                )


def _host_network(world: World, container: Container) -> Iterator[Offer]:
    """The sockets of a container that uses the host's network."""
    if container.network_mode != "host":
        return
    for listener in world.listeners or ():
        if not _may_be_of(world, container, listener):
            continue
        wildcard = listener.address in ("*", "0.0.0.0", "::")
        families = tuple(Family) if listener.address == "*" else (_family_of(listener.address),)
        for family in families:
            any_address = "0.0.0.0" if family is Family.IPV4 else "::"
            yield Offer(
                container.name,
                "host",
                family,
                listener.protocol,
                any_address if wildcard else _plain(listener.address),
                listener.port,
                None,
                listener.port,
                Kind.HOST_NETWORK,
            )


def _proxied(world: World, known: set[tuple[Family, str, int | None]]) -> Iterator[Offer]:
    """docker-proxy's own sockets, where Docker could not say for which containers they stand."""
    docker = world.snapshot.docker
    if docker is not None and docker.containers is not None:
        return
    for listener in world.listeners or ():
        if not is_docker_proxy(listener):
            continue
        families = tuple(Family) if listener.address == "*" else (_family_of(listener.address),)
        for family in families:
            if (family, listener.protocol, listener.port) not in known:
                yield Offer(
                    None,
                    "",
                    family,
                    listener.protocol,
                    _EVERY[family] if listener.address == "*" else _plain(listener.address),
                    listener.port,
                    None,
                    None,
                    Kind.PUBLISHED,
                )


def _may_be_of(world: World, container: Container, listener: Listener) -> bool:
    """Whether a socket belongs to the container: by its process, or by a port it declares."""
    pids = {pid for _, pid in listener.processes}
    if container.pid and container.pid in pids:
        return True
    others = {each.pid for each in world.containers if each is not container}
    if pids & others or is_docker_proxy(listener):
        return False
    return (listener.protocol, listener.port) in container_ports(container)


def _translated(world: World, known: set[tuple[Family, str, int | None]]) -> Iterator[Offer]:
    """NAT that no published port explains: swarm's, a user's, or one left behind."""
    for (_, family), saved in world.snapshot.rules.items():
        table = saved.ruleset.tables.get("nat")
        if table is None:
            continue
        for chain in table.chains.values():
            for rule in chain.rules:
                if not any(word in rule.text for word in ("DNAT", "NETMAP", "REDIRECT")):
                    continue
                spec = parse_spec(rule.text, family)
                kind = Kind.INGRESS if chain.name == "DOCKER-INGRESS" else Kind.DNAT
                for offer in _of_rule(world, spec, family, kind):
                    place = (family, offer.protocol, offer.host_port)
                    if place not in known or isinstance(spec.target, Netmap):
                        yield offer


def _of_rule(world: World, spec: Spec, family: Family, kind: Kind) -> Iterator[Offer]:
    target = spec.target
    if isinstance(target, Netmap):
        yield from _mapped(world, spec, target, family)
    if not isinstance(target, Dnat | Redirect) or (
        isinstance(target, Dnat) and target.addresses is None
    ):
        return
    protocols = [m.number for m in spec.matches if isinstance(m, ProtocolMatch) and not m.negated]
    protocol = NAMES.get(protocols[0], "tcp") if protocols else "tcp"
    for match in spec.matches:
        if not isinstance(match, PortMatch) or match.field is PortField.SRC or match.negated:
            continue
        ports = [port for low, high in match.ports for port in range(low, min(high, low + 64) + 1)]
        for port in ports[:MOST_PORTS]:
            inner = port
            if target.ports is not None and not target.ports[0] <= port <= target.ports[1]:
                inner = target.ports[0]
            yield from _led_to(world, target, family, kind, (protocol, port, inner))


def _led_to(
    world: World,
    target: Dnat | Redirect,
    family: Family,
    kind: Kind,
    ports: tuple[str, int, int],
) -> Iterator[Offer]:
    """Who gets it: a container, or one that a process of the host stands for (docker-proxy)."""
    protocol, port, inner = ports
    pair = target.addresses if isinstance(target, Dnat) else None
    place = None if pair is None else (family, pair[0])
    container = None if place is None else world.by_address.get(place)
    own = world.sides[family].own
    if container is None and own and (pair is None or pair[0] in own):
        address = own.spans[0][0] if pair is None else pair[0]
        behind = _behind(world, family, address, protocol, inner)
        if behind is not None:
            container, place, inner = behind
    if place is not None:
        yield Offer(
            container.name if container else None,
            _network_of(container, *place),
            family,
            protocol,
            _EVERY[family],
            port,
            format_address(*place),
            inner,
            kind,
        )


def _behind(
    world: World, family: Family, address: int, protocol: str, port: int
) -> tuple[Container, tuple[Family, int], int] | None:
    """The container that answers at a port of the host itself, and where it really listens."""
    for taker in takers(world, family, address, NUMBERS.get(protocol, TCP), port, ""):
        if taker.container is None:
            continue
        if taker.published is None:
            return taker.container, (family, address), port
        inside = proxy_target(taker.container)
        if inside is not None:
            return taker.container, inside, taker.published.container_port
    return None


_EVERY = {Family.IPV4: "0.0.0.0", Family.IPV6: "::"}


def _mapped(world: World, spec: Spec, target: Netmap, family: Family) -> Iterator[Offer]:
    """NETMAP of a network onto one with containers: each of their ports, at the mapped address."""
    asked = [m.numbers for m in spec.matches if isinstance(m, AddressMatch) and _is_whole(m)]
    host = family.last ^ target.mask
    for (each, number), container in world.by_address.items():
        if each is not family or number & target.mask != target.network & target.mask:
            continue
        for numbers in asked:
            outer = (numbers.spans[0][0] & target.mask) | (number & host)
            for protocol, port in container_ports(container) if outer in numbers else ():
                yield Offer(
                    container.name,
                    _network_of(container, family, number),
                    family,
                    protocol,
                    format_address(family, outer),
                    port,
                    format_address(family, number),
                    port,
                    Kind.DNAT,
                )


def _is_whole(match: AddressMatch) -> bool:
    return match.field is AddressField.DST and not match.negated and len(match.numbers.spans) == 1


def _network_of(container: Container | None, family: Family, number: int) -> str:
    for endpoint in container.endpoints if container else ():
        for text in (endpoint.ipv4, endpoint.ipv6):
            if text and parse_address(text.partition("/")[0]) == (family, number):
                return endpoint.network
    return ""
