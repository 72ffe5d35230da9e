"""Texts become a snapshot; what has not changed stays the very same object."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dockerwall.grammar.errors import GrammarError
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import HostInfo
from dockerwall.reading.assembly import Assembly
from dockerwall.reading.texts import Texts

RULES = "*filter\n:FORWARD DROP [0:0]\n[1:2] -A FORWARD -j ACCEPT\nCOMMIT\n"
CONTAINER = {
    "Id": "1",
    "Name": "/web",
    "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}},
}
NFT = {
    "nftables": [
        {"chain": {"family": "ip", "table": "filter", "name": "FORWARD", "type": "filter",
                   "hook": "forward", "prio": 0, "policy": "drop"}}
    ]
}  # fmt: skip
TEXTS = Texts(
    HostInfo("web-07", "6.1.0", ""),
    {
        "iptables-save.nft": RULES,
        "nft.json": json.dumps(NFT),
        "route4.json": '[{"dst":"default","dev":"eth0","flags":[]}]',
        "rule.json": '[{"priority":0,"src":"all","table":"local"}]',
        "rule6.json": '[{"priority":5,"src":"all","table":"main"}]',
        "docker-info.json": '{"Name": "web-07", "SystemTime": "1"}',
        "docker-containers.json": json.dumps([CONTAINER]),
        "listen.txt": 'tcp LISTEN 0 1 0.0.0.0:8080 0.0.0.0:* users:(("docker-proxy",pid=1,fd=7))\n',
    },
)
KEY = (Variant.NFT, Family.IPV4)


def changed(**files: str) -> Texts:
    named = {name.replace("__", "-").replace("_", "."): text for name, text in files.items()}
    return replace(TEXTS, files={**TEXTS.files, **named})


def test_an_unchanged_host_keeps_every_value() -> None:
    assembly = Assembly(forgiving=True)
    one, two = assembly.snapshot(TEXTS), assembly.snapshot(TEXTS)
    assert two.rules[KEY].ruleset is one.rules[KEY].ruleset
    assert two.docker is one.docker
    assert two.nft is one.nft
    assert two.listeners is one.listeners
    assert two.routes[Family.IPV4] is one.routes[Family.IPV4]


def test_counters_alone_leave_the_rules_as_they_were() -> None:
    assembly = Assembly(forgiving=True)
    one = assembly.snapshot(TEXTS)
    two = assembly.snapshot(changed(iptables__save_nft=RULES.replace("[1:2]", "[9:9]")))
    assert two.rules[KEY].ruleset is one.rules[KEY].ruleset
    assert two.rules[KEY].counters != one.rules[KEY].counters
    assert two.nft is one.nft


def test_a_changed_rule_is_seen() -> None:
    assembly = Assembly(forgiving=True)
    one = assembly.snapshot(TEXTS)
    two = assembly.snapshot(changed(iptables__save_nft=RULES.replace("ACCEPT", "DROP")))
    assert two.rules[KEY].ruleset is not one.rules[KEY].ruleset


def test_the_clock_of_docker_is_no_change() -> None:
    assembly = Assembly(forgiving=True)
    one = assembly.snapshot(TEXTS)
    two = assembly.snapshot(changed(docker__info_json='{"Name": "web-07", "SystemTime": "2"}'))
    assert two.docker is one.docker


def test_both_families_of_policy_rules() -> None:
    rules = Assembly(forgiving=True).snapshot(TEXTS).policy_rules
    assert rules is not None
    assert [(rule.family, rule.priority) for rule in rules] == [
        (Family.IPV4, 0),
        (Family.IPV6, 5),
    ]


def test_nft_chains_come_back_when_iptables_no_longer_shows_them() -> None:
    assembly = Assembly(forgiving=True)
    assert assembly.snapshot(TEXTS).nft == ()
    hidden = "# Table `filter' is incompatible, use 'nft' tool.\n"
    snapshot = assembly.snapshot(changed(iptables__save_nft=hidden))
    assert [chain.name for chain in snapshot.nft or ()] == ["FORWARD"]
    assert [gap.source for gap in snapshot.gaps] == ["iptables-save.nft"]


def test_a_bad_text_is_a_gap_on_a_live_host_and_an_error_in_a_recording() -> None:
    bad = changed(iptables__save_nft="*filter\n", listen_txt="what")
    snapshot = Assembly(forgiving=True).snapshot(bad)
    assert KEY not in snapshot.rules
    assert snapshot.listeners is None
    assert {gap.source for gap in snapshot.gaps} == {"iptables-save.nft", "listen.txt"}
    with pytest.raises(GrammarError):
        Assembly(forgiving=False).snapshot(bad)


@pytest.mark.parametrize(
    ("listening", "proxy"),
    [
        ('users:(("docker-proxy",pid=1,fd=7))', True),
        ('users:(("dockerd",pid=1,fd=7))', False),
        ("", None),
    ],
)
def test_who_listens_tells_whether_docker_proxy_is_used(listening: str, proxy: bool | None) -> None:
    texts = changed(listen_txt=f"tcp LISTEN 0 1 0.0.0.0:8080 0.0.0.0:* {listening}\n")
    docker = Assembly(forgiving=True).snapshot(texts).docker
    assert docker is not None
    assert docker.userland_proxy is proxy


def test_a_published_port_that_nobody_holds_has_no_proxy() -> None:
    docker = Assembly(forgiving=True).snapshot(changed(listen_txt="")).docker
    assert docker is not None
    assert docker.userland_proxy is False


def test_nothing_published_tells_nothing_of_the_proxy() -> None:
    docker = Assembly(forgiving=True).snapshot(changed(docker__containers_json="[]")).docker
    assert docker is not None
    assert docker.userland_proxy is None


def test_docker_that_was_not_read_is_not_docker_without_containers() -> None:
    files = {name: text for name, text in TEXTS.files.items() if not name.startswith("docker")}
    assert Assembly(forgiving=True).snapshot(replace(TEXTS, files=files)).docker is None


def test_a_docker_info_without_a_daemon_is_a_gap() -> None:
    info = json.dumps({"ID": "", "ServerErrors": ["Cannot connect to the Docker daemon."]})
    (gap,) = Assembly(forgiving=True).snapshot(changed(docker__info_json=info)).gaps
    assert "Cannot connect to the Docker daemon." in gap.problem


def test_dockers_own_nftables_backend_is_a_gap() -> None:
    info = '{"Name": "web-07", "FirewallBackend": {"Driver": "nftables"}}'
    (gap,) = Assembly(forgiving=True).snapshot(changed(docker__info_json=info)).gaps
    assert "no DOCKER-USER" in gap.problem


def test_a_recording_of_two_hosts_is_a_gap() -> None:
    info = '{"Name": "laptop", "KernelVersion": "6.6.0-linuxkit"}'
    snapshot = Assembly(forgiving=True).snapshot(changed(docker__info_json=info))
    (gap,) = snapshot.gaps
    assert "laptop" in gap.problem
    assert "web-07" in gap.problem
    assert snapshot.docker is not None
