"""A made-up large Docker host as a snapshot: many published ports, many firewall rules."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any


def write_large_host(folder: Path, ports: int, rules: int, seed: int = 1) -> Path:
    """Write a snapshot with `ports` containers, one published port each, and `rules` filter rules.

    Half of the rules are a company's in DOCKER-USER and INPUT, the rest what Docker adds for the
    containers; if that is less, the company's are more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    inside = [f"172.17.{1 + n // 250}.{2 + n % 250}" for n in range(ports)]
    written: dict[str, Any] = {
        "meta.json": {
            "format": "dockerwall-snapshot/1",
            "hostname": "large",
            "kernel": "6.1.0",
            "taken_at": "2026-01-01T00:00:00Z",
        },
        "nft.json": {"nftables": []},
        "addr.json": _addresses(),
        "link.json": _links(),
        "rule.json": [],
        "route4.json": _routes(),
        "route6.json": _routes6(),
        "docker-info.json": {"Name": "large", "FirewallBackend": {"Driver": "iptables"}},
        "docker-version.json": {"Server": {"Version": "28.5.2"}},
        "docker-networks.json": [_network()],
        "docker-containers.json": [_container(n, address) for n, address in enumerate(inside)],
        "ipset.save": "",
        "sysctl.txt": _SYSCTLS,
        "listen.txt": "".join(_listener(n) for n in range(ports)),
        "iptables-save.nft": _rules(inside, rules, chance, 4),
        "ip6tables-save.nft": _rules([], rules, chance, 6),
    }
    for name, content in written.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_text(text)
    return folder


def _rules(inside: list[str], rules: int, chance: random.Random, version: int) -> str:
    nat = ["-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER"]
    docker = []
    for n, address in enumerate(inside):
        there = f"-d {address}/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80"
        docker.append(f"-A DOCKER {there} -j ACCEPT")
        port = f"--dport {10000 + n} -j DNAT --to-destination {address}:80"
        nat.append(f"-A DOCKER ! -i docker0 -p tcp -m tcp {port}")
    docker.append("-A DOCKER ! -i docker0 -o docker0 -j DROP")
    company = [_company_rule(chance, version) for _ in range(rules - len(docker))]
    half = len(company) // 2
    established = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    lines = ["*nat", ":PREROUTING ACCEPT [0:0]", ":DOCKER - [0:0]"]
    lines += [f"[0:0] {rule}" for rule in nat]
    lines += ["COMMIT", "*filter", ":INPUT ACCEPT [0:0]", ":FORWARD DROP [0:0]"]
    lines += [f":{name} - [0:0]" for name in ("DOCKER", "DOCKER-FORWARD", "DOCKER-USER")]
    ways = ["-j DOCKER-USER", "-j DOCKER-FORWARD"]
    forward = [f"-o docker0 {established}", "-o docker0 -j DOCKER", "-i docker0 -j ACCEPT"]
    lines += [f"[0:0] -A INPUT {established}"]
    lines += [f"[0:0] -A INPUT {rule}" for rule in company[half:]]
    lines += [f"[0:0] -A FORWARD {way}" for way in ways]
    lines += [f"[0:0] {rule}" for rule in docker]
    lines += [f"[0:0] -A DOCKER-FORWARD {way}" for way in forward]
    lines += [f"[0:0] -A DOCKER-USER {established}"]
    lines += [f"[0:0] -A DOCKER-USER {rule}" for rule in company[:half]]
    return "\n".join([*lines, "COMMIT", ""])


def _company_rule(chance: random.Random, version: int) -> str:
    source = ".".join(str(chance.randrange(1, 224)) for _ in range(4)) + "/32"
    if version == 6:
        source = f"2001:db8:{chance.randrange(65536):x}::{chance.randrange(1, 65536):x}/128"
    kind = chance.randrange(4)
    port = f"-p tcp -m tcp --dport {chance.randrange(1, 65536)}"
    if kind == 0:
        return f"-s {source} -j DROP"
    if kind == 1:
        return f"-s {source} {port} -j RETURN"
    if kind == 2:
        return f"-i eth0 {port} -j DROP"
    return f"-s {source} -i eth1 -p udp -m udp --dport {chance.randrange(1, 65536)} -j DROP"


_WIRES = (("eth0", "203.0.113.1", 24), ("eth1", "192.168.7.1", 24), ("docker0", "172.17.0.1", 16))
_WIRES6 = (("eth0", "2001:db8::1", 64), ("eth1", "fd00:7::1", 64))
_SYSCTLS = "net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 0\n"


def _addresses() -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for family, wires in (("inet", _WIRES), ("inet6", _WIRES6)):
        for name, address, prefix in wires:
            entry = {"family": family, "local": address, "prefixlen": prefix, "scope": "global"}
            found.setdefault(name, []).append(entry)
    return [{"ifname": name, "addr_info": entries} for name, entries in found.items()]


def _links() -> list[dict[str, Any]]:
    links = []
    for index, (name, _, _) in enumerate(_WIRES, 2):
        link: dict[str, Any] = {"ifname": name, "ifindex": index, "flags": ["UP"], "address": ""}
        if name == "docker0":
            link["linkinfo"] = {"info_kind": "bridge"}
        links.append(link)
    return links


def _routes() -> list[dict[str, Any]]:
    routes: list[dict[str, Any]] = [
        {"dst": "default", "gateway": "203.0.113.254", "dev": "eth0", "flags": []}
    ]
    for name, address, prefix in _WIRES:
        network = ".".join(address.split(".")[: prefix // 8]) + ".0" * (4 - prefix // 8)
        routes.append({"dst": f"{network}/{prefix}", "dev": name, "scope": "link", "flags": []})
        routes.append({"type": "local", "dst": address, "dev": name, "table": "local", "flags": []})
    lo = {"type": "local", "dst": "127.0.0.0/8", "dev": "lo", "table": "local", "flags": []}
    return [*routes, lo]


def _routes6() -> list[dict[str, Any]]:
    routes: list[dict[str, Any]] = [
        {"dst": "default", "gateway": "2001:db8::fe", "dev": "eth0", "flags": []}
    ]
    for name, address, prefix in _WIRES6:
        routes.append({"dst": f"{address[:-1]}/{prefix}", "dev": name, "flags": []})
        routes.append({"type": "local", "dst": address, "dev": name, "table": "local", "flags": []})
    return routes


def _network() -> dict[str, Any]:
    return {
        "Name": "bridge",
        "Id": "b" * 64,
        "Driver": "bridge",
        "IPAM": {"Config": [{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}]},
        "Options": {"com.docker.network.bridge.name": "docker0"},
    }


def _container(n: int, address: str) -> dict[str, Any]:
    bindings = [{"HostIp": ip, "HostPort": str(10000 + n)} for ip in ("0.0.0.0", "::")]
    endpoint = {"NetworkID": "b" * 64, "IPAddress": address, "GlobalIPv6Address": ""}
    return {
        "Id": f"{n:064x}",
        "Name": f"/web-{n}",
        "State": {"Running": True, "Pid": 100000 + n},
        "Config": {"Image": "web:1", "ExposedPorts": {"80/tcp": {}}, "Labels": {}},
        "HostConfig": {"NetworkMode": "bridge"},
        "NetworkSettings": {"Ports": {"80/tcp": bindings}, "Networks": {"bridge": endpoint}},
    }


def _listener(n: int) -> str:
    port, pid = 10000 + n, 200000 + n
    users = f'users:(("docker-proxy",pid={pid},fd=7))'
    return "".join(
        f"tcp   LISTEN 0      4096   {ip}:{port}   {peer}:*    {users}\n"
        for ip, peer in (("0.0.0.0", "0.0.0.0"), ("[::]", "[::]"))
    )
