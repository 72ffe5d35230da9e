"""Where a container is: behind its own bridge, beside the host, and at which of its addresses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.analysis.edited_host import HOSTS, traced

from dockerwall.analysis.trace import make_probe, trace
from dockerwall.analysis.world import World, build_world
from dockerwall.model.snapshot import Snapshot
from dockerwall.reading.recorded import RecordedHost

STRANGER = "198.51.100.7"


def _with_links(folder: Path, **changes: dict[str, object]) -> World:
    """The host with some of its interfaces changed, by name; a new one where there is none."""
    target = folder / "host"
    shutil.copytree(HOSTS / "docker-20", target)
    file = target / "link.json"
    links = {link["ifname"]: link for link in json.loads(file.read_text())}
    for name, change in changes.items():
        links[name] = {"ifname": name, "ifindex": 90 + len(links), **links.get(name, {}), **change}
    file.write_text(json.dumps(list(links.values())))
    return build_world(RecordedHost(target).read())


def _by(world: World, interface: str, src: str = STRANGER, dst: str = "203.0.113.1") -> str:
    return trace(world, make_probe(interface, src, dst, 6, None, 8080)).verdict


def _on_the_wire_too(folder: Path) -> Snapshot:
    """The host with a container on the wire, and its other container there as well."""
    target = folder / "host"
    shutil.copytree(HOSTS / "macvlan", target)
    file = target / "docker-containers.json"
    containers = json.loads(file.read_text())
    networks = {one["Name"]: one["NetworkSettings"]["Networks"] for one in containers}
    networks["/web"]["wire"] = {**networks["/camera"]["wire"], "IPAddress": "203.0.113.66"}
    file.write_text(json.dumps(containers))
    return RecordedHost(target).read()


def test_only_the_address_on_the_wire_is_not_governed(tmp_path: Path) -> None:
    """A container on the wire and behind a bridge: the firewall governs its address there."""
    host = _on_the_wire_too(tmp_path)
    assert traced(host, STRANGER, 80, "203.0.113.66").verdict == "unknown"
    assert traced(host, STRANGER, 80, "172.17.0.2").verdict == "drop"


def test_a_container_is_not_where_the_route_to_its_address_leads(tmp_path: Path) -> None:
    """Without its bridge's route, packets for it leave by the default route instead.

    If they are let out there, nobody can say that they never come back in: only not by the
    interface that led them out before.
    """
    target = tmp_path / "host"
    shutil.copytree(HOSTS / "docker-20", target)
    before = traced(RecordedHost(target).read(), STRANGER, 80, "172.30.0.2")
    file = target / "route4.json"
    routes = json.loads(file.read_text())
    file.write_text(json.dumps([each for each in routes if "172.30.0.0" not in each["dst"]]))
    assert before.verdict == "accept"
    assert traced(RecordedHost(target).read(), STRANGER, 80, "172.30.0.2").verdict == "drop"
    save = target / "iptables-save.nft"
    save.write_text(save.read_text().replace(":FORWARD DROP", ":FORWARD ACCEPT"))
    host = RecordedHost(target).read()
    assert traced(host, STRANGER, 80, "172.30.0.2").verdict == "drop"
    rules = target / "rule.json"
    marked = {"priority": 100, "src": "all", "fwmark": "0x1", "table": "main"}
    rules.write_text(json.dumps([*json.loads(rules.read_text()), marked]))
    assert traced(RecordedHost(target).read(), STRANGER, 80, "172.30.0.2").verdict == "unknown"
    after = trace(build_world(host), make_probe("eth1", "192.168.7.9", "172.30.0.2", 6, None, 80))
    assert after.verdict == "unknown"
    assert any("leads out by eth0" in each for each in after.unknowns)


def _changed(folder: Path, name: str, file: str, change: Callable[[Any], object]) -> Snapshot:
    """A recorded host with one of its JSON files changed."""
    target = folder / "host"
    shutil.copytree(HOSTS / name, target)
    value = json.loads((target / file).read_text())
    change(value)
    (target / file).write_text(json.dumps(value))
    return RecordedHost(target).read()


def test_an_address_that_docker_gave_nobody_may_be_there(tmp_path: Path) -> None:
    """A container can give itself addresses, or route to a network behind it."""

    def add_route(routes: list[dict[str, object]]) -> None:
        routes.insert(0, {"dst": "10.8.0.0/24", "gateway": "172.30.0.2", "dev": "br-3c37c716d91a"})

    host = _changed(tmp_path, "docker-26", "route4.json", add_route)
    for address in ("10.8.0.5", "172.30.0.200"):
        found = trace(build_world(host), make_probe("eth1", "192.168.7.9", address, 6, None, 80))
        assert found.verdict == "unknown", address
        assert any(f"knows no container with {address}" in each for each in found.unknowns)


def test_a_container_of_a_network_that_was_not_read_may_be_on_the_wire(tmp_path: Path) -> None:
    """Only behind a bridge of the host's it surely is not."""
    target = tmp_path / "host"
    shutil.copytree(HOSTS / "macvlan", target)
    (target / "docker-networks.json").unlink()
    host = RecordedHost(target).read()
    found = traced(host, STRANGER, 80, "203.0.113.65")
    assert found.verdict == "unknown"
    assert any("may be on the wire" in each for each in found.unknowns)
    assert traced(host, STRANGER, 80, "172.17.0.2").verdict == "drop"


def test_native_chains_are_met_by_loopback_too(tmp_path: Path) -> None:
    """Those that filter; nat chains have seen the connection on its way out."""

    def add(kind: str, hook: str) -> Callable[[Any], object]:
        table = {"family": "inet", "name": "own"}
        policy = "drop" if kind == "filter" else "accept"
        chain: dict[str, object] = {"family": "inet", "table": "own", "name": "c", "prio": 0}
        chain |= {"type": kind, "hook": hook, "policy": policy}
        return lambda found: found["nftables"].extend([{"table": table}, {"chain": chain}])

    verdicts = {}
    for number, (kind, hook) in enumerate(
        [("filter", "input"), ("filter", "prerouting"), ("nat", "prerouting")]
    ):
        host = _changed(tmp_path / str(number), "docker-26", "nft.json", add(kind, hook))
        probe = make_probe("lo", "203.0.113.1", "203.0.113.1", 6, None, 22)
        verdicts[kind, hook] = trace(build_world(host), probe).verdict
    assert verdicts == {
        ("filter", "input"): "unknown",
        ("filter", "prerouting"): "unknown",
        ("nat", "prerouting"): "accept",
    }


def test_a_port_of_a_bond_in_a_bridge_is_seen_as_the_bridge(tmp_path: Path) -> None:
    """So a rule on the port's own name does not stop what comes in by it."""
    world = _with_links(
        tmp_path,
        port={"flags": ["UP"], "master": "bond7"},
        bond7={"flags": ["UP"], "linkinfo": {"info_kind": "bond"}, "master": "outer"},
        outer={"flags": ["UP"], "linkinfo": {"info_kind": "bridge"}},
    )
    assert [world.entered_by(name) for name in ("port", "bond7", "outer", "eth0")] == [
        "outer",
        "outer",
        "outer",
        "eth0",
    ]
    assert _by(world, "port") == _by(world, "outer")


def test_nothing_comes_in_by_an_interface_that_is_turned_off(tmp_path: Path) -> None:
    world = _with_links(tmp_path, eth0={"flags": ["BROADCAST", "MULTICAST"]})
    assert _by(world, "eth0") == "drop"
    assert _by(world, "eth1") == "accept"


def test_an_interface_without_flags_is_not_taken_for_one_that_is_off(tmp_path: Path) -> None:
    world = _with_links(tmp_path, wg0={"linkinfo": {"info_kind": "wireguard"}})
    assert _by(world, "wg0") == "accept"


def test_no_connection_is_opened_at_a_broadcast_address(tmp_path: Path) -> None:
    """docker-proxy listens on every address, and TCP answers at none that stands for many."""
    world = _with_links(tmp_path)
    groups = ("203.0.113.255", "255.255.255.255", "224.0.0.1", "172.17.255.255")
    assert {_by(world, "eth0", STRANGER, dst) for dst in groups} == {"drop"}


def test_the_host_reaches_what_it_publishes(tmp_path: Path) -> None:
    """By loopback, from an address of its own: whatever way the host's own packets take."""
    world = _with_links(tmp_path)
    assert _by(world, "lo", "127.0.0.1", "127.0.0.1") == "accept"
    assert _by(world, "lo", "203.0.113.1", "192.168.7.1") == "accept"


def test_a_bridge_of_another_name_is_not_taken_for_no_way(tmp_path: Path) -> None:
    """An engine that does not call its bridges as Docker does: only links tell what is there."""
    target = tmp_path / "host"
    shutil.copytree(HOSTS / "docker-20", target)
    network = next(
        one["Id"][:12]
        for one in json.loads((target / "docker-networks.json").read_text())
        if one["Name"] == "shop"
    )
    for name in ("link.json", "addr.json", "route4.json", "iptables-save.nft"):
        file = target / name
        file.write_text(file.read_text().replace(f"br-{network}", "podman7"))
    assert traced(RecordedHost(target).read(), STRANGER, 8080).verdict == "accept"
