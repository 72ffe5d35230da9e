"""What cannot be judged is unknown, never a crash and never closed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.analysis.edited_host import HOSTS, of_port, recorded, traced, with_rules

import dockerwall
from dockerwall.analysis.audit import audit
from dockerwall.analysis.exposure import Severity
from dockerwall.analysis.world import build_world
from dockerwall.model.kinds import Family
from dockerwall.model.nft import NftBaseChain
from dockerwall.model.snapshot import Gap
from dockerwall.reading.recorded import RecordedHost

STRANGER = "198.51.100.7"


@pytest.mark.parametrize(
    "rule",
    [
        "-A DOCKER-USER -m weather --raining -j DROP",
        "-A DOCKER-USER -m recent --rcheck --name seen --mask 255.255.255.255 --rsource -j DROP",
        "-A DOCKER-USER -m set --match-set nosuchset src -j DROP",
        "-A DOCKER-USER -j NOSUCHCHAIN",
        "-A DOCKER-USER -j NFQUEUE --queue-num 0",
        "-A DOCKER-USER -s not-an-address -j DROP",
        "-A DOCKER-USER -p tcp -m tcp --dport 80 --frobnicate -j DROP",
        '-A DOCKER-USER -m comment --comment "never closed',
        "-A DOCKER-USER -p tcp -m tcp ! --sport 1 ! --dport 2 -j DROP",
        "-A DOCKER-USER -j TTL --ttl-set 1",
        "-A DOCKER-USER -j SET --map-set friends src --map-mark",
    ],
)
def test_a_rule_that_cannot_be_decided_leaves_the_port_unknown(tmp_path: Path, rule: str) -> None:
    snapshot = with_rules(tmp_path, [rule])
    found = traced(snapshot, STRANGER, 8080)
    assert found.verdict == "unknown"
    assert found.unknowns
    assert {each.severity for each in of_port(snapshot, 8080)} == {Severity.UNKNOWN}


def test_what_is_routed_is_known_not_to_be_bridged(tmp_path: Path) -> None:
    """Rules for bridges stand on many hosts; only by which port a packet came is not known."""
    for name, rule in enumerate(("--physdev-is-bridged", "--physdev-is-out", "--physdev-out x")):
        rules = [f"-A DOCKER-USER -m physdev {rule} -j DROP"]
        assert traced(with_rules(tmp_path / str(name), rules), STRANGER, 8080).verdict == "accept"
    port = ["-A DOCKER-USER -m physdev --physdev-in vethdeadbee -j DROP"]
    assert traced(with_rules(tmp_path / "port", port), STRANGER, 8080).verdict == "unknown"


def test_what_a_rule_changes_in_the_header_cannot_be_relied_on(tmp_path: Path) -> None:
    """The sender chose a DSCP, and a rule puts another in its place."""
    drop = "-A DOCKER-USER -i eth0 -m dscp --dscp 0x0a -j DROP"
    assert traced(with_rules(tmp_path / "as-sent", [drop]), STRANGER, 8080).verdict == "accept"
    rules = ["-A DOCKER-USER -j DSCP --set-dscp 0x0a", drop]
    assert traced(with_rules(tmp_path / "changed", rules), STRANGER, 8080).verdict == "unknown"


def test_a_rule_that_cannot_be_decided_does_not_matter_when_the_next_says_the_same(
    tmp_path: Path,
) -> None:
    rules = ["-A DOCKER-USER -m weather --raining -j DROP", "-A DOCKER-USER -j DROP"]
    assert traced(with_rules(tmp_path, rules), STRANGER, 8080).verdict == "drop"


def test_a_cycle_of_chains_ends(tmp_path: Path) -> None:
    rules = ["-A DOCKER-USER -j ROUND", "-A ROUND -j ABOUT", "-A ABOUT -j ROUND"]
    snapshot = with_rules(tmp_path, rules, ["ROUND", "ABOUT"])
    assert traced(snapshot, STRANGER, 8080).verdict == "unknown"


def test_a_set_of_the_other_family_never_matches(tmp_path: Path) -> None:
    rules = [
        "-A DOCKER-USER -m set --match-set six src -j DROP",
        "-A DOCKER-USER -m set ! --match-set six src -p udp -j DROP",
    ]
    with_rules(tmp_path, rules)
    sets = tmp_path / "host" / "ipset.save"
    sets.write_text("create six hash:net family inet6 hashsize 1024 maxelem 65536\n")
    snapshot = RecordedHost(tmp_path / "host").read()
    assert traced(snapshot, STRANGER, 8080).verdict == "accept"


def test_a_published_port_without_a_container_is_still_judged(tmp_path: Path) -> None:
    target = tmp_path / "host"
    shutil.copytree(HOSTS / "docker-28", target)
    (target / "docker-containers.json").write_text("[]")
    exposures = audit(build_world(RecordedHost(target).read()))
    assert {each.offer.host_port for each in exposures} >= {8080, 6379}
    assert all(each.offer.kind == "dnat" for each in exposures)


def test_overlapping_networks_are_judged(tmp_path: Path) -> None:
    target = tmp_path / "host"
    shutil.copytree(HOSTS / "docker-28", target)
    networks = json.loads((target / "docker-networks.json").read_text())
    for network in networks:
        for config in network["IPAM"].get("Config") or []:
            config["Subnet"] = "172.16.0.0/12"
    (target / "docker-networks.json").write_text(json.dumps(networks))
    assert audit(build_world(RecordedHost(target).read()))


@pytest.mark.parametrize("missing", ["iptables-save.nft", "sysctl.txt"])
def test_what_was_not_read_makes_a_port_unknown(tmp_path: Path, missing: str) -> None:
    target = tmp_path / "host"
    shutil.copytree(HOSTS / "docker-28", target)
    (target / missing).unlink()
    exposures = of_port(RecordedHost(target).read(), 8080)
    assert {each.severity for each in exposures} == {Severity.UNKNOWN}


@pytest.mark.parametrize(
    "missing",
    [
        *("addr.json", "link.json", "rule.json", "route6.json", "listen.txt", "ipset.save"),
        *("nft.json", "docker-info.json", "docker-version.json", "docker-networks.json"),
        *("docker-containers.json", "ip6tables-save.nft", "meta.json", "route4.json"),
    ],
)
def test_half_a_snapshot_is_judged_without_calling_an_open_port_closed(
    tmp_path: Path, missing: str
) -> None:
    target = tmp_path / "host"
    shutil.copytree(HOSTS / "docker-28", target)
    (target / missing).unlink()
    snapshot = RecordedHost(target).read()
    verdict = traced(snapshot, STRANGER, 8080).verdict
    assert verdict in ("accept", "unknown")
    closed = {Severity.CLOSED, Severity.LOCAL, Severity.LAN}
    assert not {each.severity for each in of_port(snapshot, 8080)} & closed


@pytest.mark.parametrize("driver", ["nftables", "iptables+firewalld"])
def test_native_tables_that_must_exist_are_a_doubt_where_they_were_not_read(
    tmp_path: Path, driver: str
) -> None:
    target = tmp_path / "host"
    shutil.copytree(HOSTS / "docker-28", target)
    info = json.loads((target / "docker-info.json").read_text())
    info["FirewallBackend"] = {"Driver": driver}
    (target / "docker-info.json").write_text(json.dumps(info))
    assert traced(RecordedHost(target).read(), STRANGER, 8080).verdict == "accept"
    (target / "nft.json").unlink()
    found = traced(RecordedHost(target).read(), STRANGER, 8080)
    assert found.verdict == "unknown"
    assert any("nft tables" in text for text in found.unknowns)


def test_nft_tables_that_cannot_be_understood_are_a_doubt() -> None:
    gap = Gap("nft.json", "nft.json is not as expected.", "", bad=True)
    snapshot = replace(recorded("docker-28"), nft=None, gaps=(gap,))
    assert traced(snapshot, STRANGER, 8080).verdict == "unknown"


@pytest.mark.parametrize(
    ("hook", "port", "verdict"),
    [
        ("prerouting", 8080, "unknown"),  # it might translate the first packet
        ("postrouting", 8080, "unknown"),
        ("prerouting", 22, "unknown"),
        ("postrouting", 22, "accept"),  # only the answer passes it
    ],
)
def test_a_native_nat_chain_is_met_by_first_packets_alone(
    hook: str, port: int, verdict: str
) -> None:
    chain = NftBaseChain("ip", "own", "translate", "nat", hook, 0, "accept", 1, True)
    snapshot = replace(recorded("ufw"), nft=(chain,))
    assert traced(snapshot, STRANGER, port).verdict == verdict


def test_an_unknown_interface_is_not_taken_for_a_wall() -> None:
    from dockerwall.analysis.trace import make_probe, trace

    world = build_world(recorded("docker-28"))
    probe = make_probe("nosuch0", STRANGER, "203.0.113.1", 6, None, 8080)
    assert trace(world, probe).verdict == "unknown"


def test_what_docker_proxy_serves_is_listed_though_docker_was_not_read(tmp_path: Path) -> None:
    """No DNAT rule tells of it over IPv6: only the socket does."""
    shutil.copytree(Path(dockerwall.__file__).parent / "demo", tmp_path / "host")
    for file in (tmp_path / "host").glob("docker-*.json"):
        file.unlink()
    world = build_world(RecordedHost(tmp_path / "host").read())
    found = {
        (each.offer.family, each.offer.host_port): each.severity
        for each in audit(world)
        if each.offer.container_ip is None
    }
    assert found == {
        (Family.IPV6, 6379): Severity.EXPOSED,
        (Family.IPV6, 8080): Severity.EXPOSED,
    }
