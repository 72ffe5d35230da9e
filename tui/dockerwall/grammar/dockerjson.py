"""What Docker's own commands print as JSON: version, info, inspect and network inspect.

Source: the Docker Engine API's reference; `docker inspect` prints the API's answers unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.grammar.jsontext import (
    MisshapenError,
    Object,
    labels_of,
    load_object,
    misplaced,
    number_of,
    object_of,
    objects_of,
    read_entries,
    text_of,
)
from dockerwall.model.docker import Container, Endpoint, Network, PublishedPort

_VOLATILE = ("SystemTime", "NFd", "NGoroutines", "NEventsListener")
_BRIDGE_NAME = "com.docker.network.bridge.name"


def parse_version(text: str, source: str = "docker-version.json") -> str:
    """The daemon's version; empty where the text holds the client's alone."""
    value = load_object(text, source)
    server = value.get("Server", value)  # the API's own answer is the server's part alone
    if server is None:
        return ""
    if not isinstance(server, dict):
        raise misplaced(text, source, None, "expected an object in 'Server'")
    return str(server.get("Version") or "")


def parse_info(text: str, source: str = "docker-info.json") -> Object:
    """The daemon's account of itself, without what differs each time it is asked."""
    info = load_object(text, source)
    return {key: value for key, value in info.items() if key not in _VOLATILE}


def firewall_of(info: Object) -> str:
    """The firewall driver that `docker info` names, without additions; empty when it names none."""
    backend = info.get("FirewallBackend")
    driver = backend.get("Driver") if isinstance(backend, dict) else None
    return str(driver or "").partition("+")[0]


def swarm_of(info: Object) -> bool:
    """Whether the daemon takes part in a swarm."""
    swarm = info.get("Swarm")
    return isinstance(swarm, dict) and swarm.get("LocalNodeState") not in (None, "", "inactive")


def parse_containers(text: str, source: str = "docker-containers.json") -> tuple[Container, ...]:
    """Containers of `docker inspect`; GrammarError where the text is none."""
    return read_entries(text, source, _containers)


def parse_networks(text: str, source: str = "docker-networks.json") -> tuple[Network, ...]:
    """Networks of `docker network inspect`; GrammarError where the text is none."""
    return read_entries(text, source, _networks)


def _containers(entry: Object) -> Iterator[Container]:
    config = object_of(entry, "Config")
    settings = object_of(entry, "NetworkSettings")
    yield Container(
        id=text_of(entry, "Id"),
        name=text_of(entry, "Name", "").removeprefix("/"),
        image=text_of(config, "Image", ""),
        network_mode=text_of(object_of(entry, "HostConfig"), "NetworkMode", ""),
        ports=tuple(_published(settings)),
        exposed=tuple(sorted({*_keys(config, "ExposedPorts"), *_keys(settings, "Ports")})),
        endpoints=tuple(_endpoints(settings)),
        pid=number_of(object_of(entry, "State"), "Pid", 0),
        labels=labels_of(config, "Labels"),
    )


def _keys(entry: Object, key: str) -> Iterator[tuple[str, int]]:
    for name in object_of(entry, key):
        yield from _port(name)


def _port(name: str) -> Iterator[tuple[str, int]]:
    """(protocol, port) of `80/tcp`, every one of `8000-8010/tcp`."""
    numbers, _, protocol = name.partition("/")
    first, _, last = numbers.partition("-")
    try:
        low, high = int(first), int(last or first)
    except ValueError:
        raise MisshapenError(f"{name!r} is no port") from None
    if not 0 <= low <= high <= 65535:
        raise MisshapenError(f"{name!r} is no port")
    yield from ((protocol or "tcp", number) for number in range(low, high + 1))


def _published(settings: Object) -> Iterator[PublishedPort]:
    """What is bound now, which names the host port even where Docker chose it."""
    ports = object_of(settings, "Ports")
    for name in ports:
        bindings = objects_of(ports, name)
        if not bindings:
            continue
        protocol, number = next(_port(name))
        for binding in bindings:
            host_port = text_of(binding, "HostPort", "")
            if host_port in ("", "0"):
                continue
            if not host_port.isdigit() or int(host_port) > 65535:
                raise MisshapenError(f"{host_port!r} is no port")
            host_ip = text_of(binding, "HostIp", "") or "0.0.0.0"
            yield PublishedPort(protocol, number, host_ip, int(host_port))


def _endpoints(settings: Object) -> Iterator[Endpoint]:
    networks = object_of(settings, "Networks")
    for name in networks:
        endpoint = object_of(networks, name)
        yield Endpoint(
            network=name,
            network_id=text_of(endpoint, "NetworkID", ""),
            ipv4=text_of(endpoint, "IPAddress", ""),
            ipv6=text_of(endpoint, "GlobalIPv6Address", ""),
            gateway=text_of(endpoint, "Gateway", ""),
        )


def _networks(entry: Object) -> Iterator[Network]:
    options = labels_of(entry, "Options")
    driver = text_of(entry, "Driver", "")
    identity = text_of(entry, "Id")
    configs = objects_of(object_of(entry, "IPAM"), "Config")
    yield Network(
        id=identity,
        name=text_of(entry, "Name"),
        driver=driver,
        internal=entry.get("Internal") is True,
        ipv6=entry.get("EnableIPv6") is True,
        ingress=entry.get("Ingress") is True,
        subnets=tuple(subnet for each in configs if (subnet := text_of(each, "Subnet", ""))),
        gateways=tuple(
            gateway.partition("/")[0]
            for each in configs
            if (gateway := text_of(each, "Gateway", ""))
        ),
        bridge=_bridge(driver, identity, options),
        options=options,
        parent=options.get("parent", "") if driver in ("macvlan", "ipvlan") else "",
        members=tuple(_members(entry)),
    )


def _bridge(driver: str, identity: str, options: dict[str, str]) -> str:
    if driver != "bridge":
        return ""
    return options.get(_BRIDGE_NAME) or f"br-{identity[:12]}"


def _members(entry: Object) -> Iterator[tuple[str, str, str]]:
    members = object_of(entry, "Containers")
    for key in members:
        member = object_of(members, key)
        yield (
            text_of(member, "Name", key),
            text_of(member, "IPv4Address", "").partition("/")[0],
            text_of(member, "IPv6Address", "").partition("/")[0],
        )
