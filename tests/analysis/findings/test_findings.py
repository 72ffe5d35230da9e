"""Each kind of finding, on a recorded host changed by hand: where it is given, and where not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.analysis.findings.typed import about, after, findings, recorded, rules_of

from dockerwall.analysis.findings import Finding, Level
from dockerwall.grammar.save import format_save, parse_save
from dockerwall.model.docker import DockerHost
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.nft import NftBaseChain
from dockerwall.model.snapshot import Snapshot

OLD, NEW = "docker-20", "docker-28"


def docker_of(snapshot: Snapshot) -> DockerHost:
    assert snapshot.docker is not None
    return snapshot.docker


def said(*commands: str, host: str = NEW) -> tuple[Finding, ...]:
    return findings(after(host, *commands))


def without_line(snapshot: Snapshot, text: str) -> Snapshot:
    """The host with one IPv4 rule taken out of its rules."""
    saved = snapshot.rules[Variant.NFT, Family.IPV4]
    lines = [line for line in format_save(saved).splitlines() if not line.endswith(f"] {text}")]
    rules = dict(snapshot.rules)
    rules[Variant.NFT, Family.IPV4] = parse_save("\n".join([*lines, ""]), Variant.NFT, Family.IPV4)
    return replace(snapshot, rules=rules)


def test_data_stores_open_to_everyone() -> None:
    found = about(said(), "sensitive-port-open")
    assert {each.severity for each in found} == {Level.CRITICAL}
    assert "Redis" in found[0].message
    assert any("--ctorigdstport 6379" in line for line in found[0].commands)


def test_a_data_store_for_the_lan_is_fine() -> None:
    closed = "iptables -I DOCKER-USER -i eth0 -p tcp --dport 6379 -j DROP"
    six = "ip6tables -I INPUT -i eth0 -p tcp --dport 6379 -j DROP"
    assert about(said(closed, six), "sensitive-port-open") == []


def test_ipv6_is_forgotten() -> None:
    found = about(
        said("iptables -I DOCKER-USER -i eth0 -p tcp --dport 6379 -j DROP"), "ipv6-forgotten"
    )
    assert [each.severity for each in found] == [Level.CRITICAL]
    assert found[0].commands == ("ip6tables-nft -w -I INPUT -i eth0 -p tcp --dport 6379 -j DROP",)


def test_docker_user_without_a_jump() -> None:
    host = after(NEW, "iptables -I DOCKER-USER -i eth0 -j DROP")
    found = about(findings(without_line(host, "-A FORWARD -j DOCKER-USER")), "docker-user-unused")
    assert [each.severity for each in found] == [Level.CRITICAL]
    assert about(findings(host), "docker-user-unused") == []


@pytest.mark.parametrize(
    ("rule", "late"),
    [
        ("-A FORWARD -i eth0 -j ACCEPT", True),
        ("-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", False),
        ("-A FORWARD -i eth0 -o eth1 -j ACCEPT", False),
        ("-A FORWARD -i docker0 -j ACCEPT", False),
    ],
)
def test_what_is_accepted_before_docker_user(rule: str, late: bool) -> None:
    found = said("iptables -I DOCKER-USER -i eth0 -j DROP", f"iptables -I {rule[3:]}")
    assert rules_of(found, "docker-user-late") == ([rule] if late else [])


def test_what_another_program_accepts_before_docker_user() -> None:
    found = said(
        "iptables -I DOCKER-USER -i eth0 -j DROP",
        "iptables -N ts-forward",
        "iptables -A ts-forward -i tailscale0 -j MARK --set-xmark 0x40000/0xff0000",
        "iptables -A ts-forward -m mark --mark 0x40000/0xff0000 -j ACCEPT",
        "iptables -I FORWARD -j ts-forward",
    )
    assert rules_of(found, "docker-user-late") == [
        "-A ts-forward -m mark --mark 0x40000/0xff0000 -j ACCEPT"
    ]


def test_a_loopback_bind_that_neighbours_reach() -> None:
    assert "postgres" in about(said(host=OLD), "loopback-bind-reachable")[0].message
    assert about(said(), "loopback-bind-reachable") == []


def test_an_unpublished_port_that_neighbours_reach() -> None:
    docker = docker_of(recorded(OLD))
    containers = tuple(
        replace(each, exposed=(("tcp", 9999),), ports=()) for each in docker.containers or ()
    )
    host = after(OLD, "iptables -P FORWARD ACCEPT")
    host = replace(host, docker=replace(docker, containers=containers))
    found = findings(host)
    assert len(about(found, "unpublished-port-reachable")) == len(containers)
    assert [each.severity for each in about(found, "forward-policy-accept")] == [Level.WARNING]
    assert about(said(host=OLD), "forward-policy-accept") == []


def test_a_rule_for_an_address_no_container_has() -> None:
    rule = "-A DOCKER-USER -d 172.30.0.77 -j DROP"
    assert rules_of(said(f"iptables -I {rule[3:]}"), "stale-rule") == [rule]
    assert about(said("iptables -I DOCKER-USER -d 172.30.0.2 -j DROP"), "stale-rule") == []


def test_a_rule_for_a_bridge_that_is_gone() -> None:
    rule = "-A DOCKER-USER -i br-0123456789ab -j DROP"
    assert rules_of(said(f"iptables -I {rule[3:]}"), "stale-rule") == [rule]


def test_a_published_port_without_its_container() -> None:
    docker = docker_of(recorded(NEW))
    left = tuple(each for each in docker.containers or () if each.name != "web")
    networks = tuple(replace(each, members=()) for each in docker.networks or ())
    host = replace(after(NEW), docker=replace(docker, containers=left, networks=networks))
    texts = rules_of(findings(host), "published-without-container")
    assert [text.rpartition(" ")[2] for text in texts] == ["172.30.0.2:80"]


def test_networks_that_overlap() -> None:
    docker = docker_of(recorded(NEW))
    networks = tuple(
        replace(each, subnets=("192.168.0.0/16",)) if each.name == "bridge" else each
        for each in docker.networks or ()
    )
    host = replace(after(NEW), docker=replace(docker, networks=networks))
    assert "192.168.7.0/24" in about(findings(host), "overlapping-networks")[0].message
    assert about(said(), "overlapping-networks") == []


def test_a_jump_to_a_chain_that_is_not_there() -> None:
    rule = "-A DOCKER-USER -j NOWHERE"
    assert rules_of(said(f"iptables -I {rule[3:]}"), "missing-chain") == [rule]


def test_chains_in_a_circle() -> None:
    found = said(
        "iptables -N one",
        "iptables -N two",
        "iptables -A one -j two",
        "iptables -A two -j one",
        "iptables -I DOCKER-USER -j one",
    )
    assert sorted(rules_of(found, "chain-cycle")) == ["-A one -j two", "-A two -j one"]


def test_an_undecidable_rule_on_the_way() -> None:
    rule = "-A DOCKER-USER -i eth0 -m geoip --source-country XY -j DROP"
    found = about(said(f"iptables -I {rule[3:]}"), "undecidable-rule")
    assert [each.rule.text for each in found if each.rule] == [rule]
    assert found[0].exposure is not None


def test_an_undecidable_log_rule_decides_nothing() -> None:
    assert about(said("iptables -I DOCKER-USER -m limit --limit 3/min -j LOG"),
                 "undecidable-rule") == []  # fmt: skip


def test_native_tables_are_named() -> None:
    chain = NftBaseChain("inet", "edge", "forward", "filter", "forward", -10, "accept", 3, True)
    host = replace(after(NEW), nft=(chain,))
    assert "inet edge" in about(findings(host), "native-nft")[0].message


def test_dockers_nftables_backend() -> None:
    docker = docker_of(recorded(NEW))
    host = replace(
        after(NEW, "iptables -I DOCKER-USER -i eth0 -j DROP"),
        docker=replace(docker, firewall="nftables"),
    )
    assert [each.severity for each in about(findings(host), "docker-nftables")] == [Level.CRITICAL]


def test_both_variants() -> None:
    assert len(about(findings(recorded("mixed")), "both-variants")) == 2
    assert about(said(), "both-variants") == []


def test_conditions_that_exclude_each_other() -> None:
    rule = "-A DOCKER-USER -p tcp -m tcp --tcp-flags SYN ACK -j DROP"
    assert rules_of(said(f"iptables -I {rule[3:]}"), "impossible-rule") == [rule]


def test_comments_of_rules_cannot_be_run_by_a_shell() -> None:
    command = """iptables -I DOCKER-USER -i eth7 -m comment --comment '$(reboot); `id`' -j DROP"""
    line = about(said(command), "stale-rule")[0].commands[0]
    assert "'$(reboot); `id`'" in line


def test_findings_come_worst_first() -> None:
    order = list(Level)
    found = [order.index(each.severity) for each in findings(recorded(OLD))]
    assert found == sorted(found)


def test_a_host_of_which_nothing_was_read() -> None:
    assert findings(Snapshot(recorded(NEW).host)) == ()
