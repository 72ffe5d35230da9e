"""What docker prints: version, info, inspect and network inspect."""

from __future__ import annotations

import json

import pytest

from dockerwall.grammar.dockerjson import (
    firewall_of,
    parse_containers,
    parse_info,
    parse_networks,
    parse_version,
    swarm_of,
)
from dockerwall.grammar.errors import GrammarError
from dockerwall.model.docker import PublishedPort

WEB = {
    "Id": "abc",
    "Name": "/web",
    "State": {"Pid": 313},
    "Config": {
        "Image": "nginx:1.27",
        "ExposedPorts": {"80/tcp": {}, "443/tcp": {}, "6000-6001/udp": {}},
        "Labels": {"com.docker.compose.project": "shop"},
    },
    "HostConfig": {"NetworkMode": "shop"},
    "NetworkSettings": {
        "Ports": {
            "443/tcp": None,
            "80/tcp": [
                {"HostIp": "0.0.0.0", "HostPort": "8080"},
                {"HostIp": "::", "HostPort": "8080"},
            ],
            "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "49153"}],
        },
        "Networks": {
            "shop": {
                "NetworkID": "net1",
                "IPAddress": "172.30.0.2",
                "GlobalIPv6Address": "fd00:30::2",
                "Gateway": "172.30.0.1",
            }
        },
    },
}


def test_a_container_with_what_is_bound_now() -> None:
    (web,) = parse_containers(json.dumps([WEB]))
    assert (web.name, web.image, web.network_mode, web.pid) == ("web", "nginx:1.27", "shop", 313)
    assert web.ports == (
        PublishedPort("tcp", 80, "0.0.0.0", 8080),
        PublishedPort("tcp", 80, "::", 8080),
        PublishedPort("udp", 53, "127.0.0.1", 49153),
    )
    assert ("tcp", 443) in web.exposed
    assert {("udp", 6000), ("udp", 6001)} <= set(web.exposed)
    assert (web.endpoints[0].ipv4, web.endpoints[0].ipv6) == ("172.30.0.2", "fd00:30::2")


def test_a_container_of_another_kind_of_network_has_no_ports() -> None:
    host = {"Id": "x", "Name": "/n", "HostConfig": {"NetworkMode": "host"}, "NetworkSettings": {}}
    (container,) = parse_containers(json.dumps([host]))
    assert (container.network_mode, container.ports, container.endpoints) == ("host", (), ())


def test_networks_of_every_driver() -> None:
    bridge, named, mac = parse_networks(
        json.dumps(
            [
                {
                    "Id": "d0b05d127ef3e300",
                    "Name": "shop",
                    "Driver": "bridge",
                    "EnableIPv6": True,
                    "IPAM": {
                        "Config": [
                            {"Subnet": "172.30.0.0/24", "Gateway": "172.30.0.1"},
                            {"Subnet": "fd00:30::/64", "Gateway": "fd00:30::1/64"},
                        ]
                    },
                    "Options": {},
                    "Containers": {
                        "1": {"Name": "web", "IPv4Address": "172.30.0.2/24", "IPv6Address": ""}
                    },
                },
                {
                    "Id": "e3",
                    "Name": "bridge",
                    "Driver": "bridge",
                    "Internal": True,
                    "IPAM": {"Config": None},
                    "Options": {"com.docker.network.bridge.name": "docker0"},
                },
                {
                    "Id": "e4",
                    "Name": "wire",
                    "Driver": "macvlan",
                    "Options": {"parent": "eth0.7"},
                    "IPAM": {},
                },
            ]
        )
    )
    assert (bridge.bridge, bridge.ipv6) == ("br-d0b05d127ef3", True)
    assert bridge.gateways == ("172.30.0.1", "fd00:30::1")
    assert bridge.members == (("web", "172.30.0.2", ""),)
    assert (named.bridge, named.internal, named.subnets) == ("docker0", True, ())
    assert (mac.bridge, mac.parent) == ("", "eth0.7")


def test_the_version_is_the_daemons() -> None:
    assert parse_version('{"Client":{"Version":"1"},"Server":{"Version":"28.5.2"}}') == "28.5.2"
    assert parse_version('{"Version":"20.10.24","ApiVersion":"1.41"}') == "20.10.24"
    assert parse_version('{"Client":{"Version":"28.5.2"},"Server":null}') == ""


@pytest.mark.parametrize(
    ("backend", "driver"),
    [
        ({"FirewallBackend": {"Driver": "nftables"}}, "nftables"),
        ({"FirewallBackend": {"Driver": "iptables+firewalld"}}, "iptables"),
        ({"FirewallBackend": None}, ""),
        ({}, ""),
    ],
)
def test_the_firewall_driver(backend: dict[str, object], driver: str) -> None:
    assert firewall_of(parse_info(json.dumps(backend))) == driver


def test_swarm_is_anything_but_inactive() -> None:
    assert swarm_of({"Swarm": {"LocalNodeState": "active"}})
    assert not swarm_of({"Swarm": {"LocalNodeState": "inactive"}})
    assert not swarm_of({})


def test_info_is_equal_when_only_its_clock_ran_on() -> None:
    one = parse_info('{"Name": "web", "SystemTime": "1", "NFd": 20}')
    assert one == parse_info('{"Name": "web", "SystemTime": "2", "NFd": 21}')


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"Name": "/x"}, "'Id'"),
        ({"Id": 7}, "'Id'"),
        ({"Id": "x", "NetworkSettings": {"Ports": {"http/tcp": [{"HostPort": "1"}]}}}, "no port"),
        ({"Id": "x", "NetworkSettings": {"Ports": {"80/tcp": [{"HostPort": "x"}]}}}, "no port"),
        ({"Id": "x", "NetworkSettings": {"Networks": []}}, "'Networks'"),
    ],
)
def test_a_misshapen_container_is_named_with_its_place(entry: object, problem: str) -> None:
    with pytest.raises(GrammarError, match=problem) as caught:
        parse_containers("[\n" + json.dumps(WEB) + ",\n" + json.dumps(entry) + "]")
    assert (caught.value.line, caught.value.column) == (3, 1)
