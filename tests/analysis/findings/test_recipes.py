"""Recipes that people copy from well-known pages are recognised for what they do."""

from __future__ import annotations

import pytest
from tests.analysis.findings.typed import about, after, findings, rules_of

from dockerwall.analysis.findings import Finding, Level

OLD, NEW = "docker-20", "docker-28"
BOTH = (OLD, NEW)
DROP_ALL = "-A DOCKER-USER -j DROP"


def said(host: str, *commands: str) -> tuple[Finding, ...]:
    return findings(after(host, *commands))


def ids(found: tuple[Finding, ...]) -> set[str]:
    return {each.id for each in found}


HOME = (
    "iptables -A DOCKER-USER -j DROP",
    "iptables -I DOCKER-USER -s 172.30.0.0/24 -j RETURN",
    "iptables -I DOCKER-USER -s 192.168.7.0/24 -j RETURN",
)


def test_a_drop_appended_after_dockers_return_never_runs() -> None:
    found = about(said(OLD, *HOME), "drop-after-return")
    assert [each.rule.text for each in found if each.rule] == [DROP_ALL]
    assert found[0].severity is Level.CRITICAL
    assert [ref.text for ref in found[0].others] == ["-A DOCKER-USER -j RETURN"]
    assert found[0].commands[0] == "iptables-nft -w -I DOCKER-USER 3 -j DROP"


def test_the_same_drop_runs_where_docker_ends_the_chain_without_return() -> None:
    found = said(NEW, *HOME)
    assert not ids(found) & {"drop-after-return", "shadowed-rule", "unreachable-rule"}
    assert rules_of(found, "egress-cut") == [DROP_ALL]


@pytest.mark.parametrize("host", BOTH)
def test_trusting_a_lan_address_where_the_internet_comes_in(host: str) -> None:
    found = rules_of(said(host, *HOME), "spoofable-allow")
    assert "-A DOCKER-USER -s 192.168.7.0/24 -j RETURN" in found


@pytest.mark.parametrize("host", BOTH)
def test_the_containers_port_is_the_right_one_to_name(host: str) -> None:
    found = said(host, *HOME, "iptables -I DOCKER-USER -p tcp --dport 80 -j RETURN")
    assert "host-port-dport" not in ids(found)


@pytest.mark.parametrize("host", BOTH)
def test_the_hosts_port_matches_nothing_after_dnat(host: str) -> None:
    found = said(host, *HOME, "iptables -I DOCKER-USER -p tcp --dport 8080 -j RETURN")
    assert rules_of(found, "host-port-dport") == ["-A DOCKER-USER -p tcp --dport 8080 -j RETURN"]
    assert "--ctorigdstport 8080" in about(found, "host-port-dport")[0].commands[0]


@pytest.mark.parametrize("host", BOTH)
def test_input_rules_do_not_guard_containers(host: str) -> None:
    found = said(
        host,
        "iptables -A INPUT -i eth0 -p tcp -s 203.0.113.9 -j ACCEPT",
        "iptables -P INPUT DROP",
    )
    assert ":INPUT DROP" in rules_of(found, "input-rule-useless")


@pytest.mark.parametrize("host", BOTH)
def test_a_drop_in_input_does_not_close_a_published_port(host: str) -> None:
    found = about(said(host, "iptables -A INPUT -p tcp --dport 8080 -j DROP"), "input-rule-useless")
    assert [each.rule.text for each in found if each.rule] == [
        "-A INPUT -p tcp --dport 8080 -j DROP"
    ]
    assert found[0].severity is Level.CRITICAL
    assert "DOCKER-USER" in found[0].commands[0]


@pytest.mark.parametrize("host", BOTH)
def test_rules_in_dockers_own_chain_do_not_last(host: str) -> None:
    rules = (
        "-A DOCKER -i eth0 ! -s 8.8.8.8 -j DROP",
        "-A DOCKER -i eth0 -m state --state ESTABLISHED,RELATED -j ACCEPT",
    )
    found = said(host, *(f"iptables -I {rule[3:]}" for rule in rules))
    assert sorted(rules_of(found, "docker-chain-rule")) == sorted(rules)
    assert "accept-for-return" not in ids(found)


@pytest.mark.parametrize("host", BOTH)
def test_dockers_own_rules_are_not_taken_for_an_operators(host: str) -> None:
    assert "docker-chain-rule" not in ids(said(host))


@pytest.mark.parametrize("host", BOTH)
def test_an_ipset_nobody_made(host: str) -> None:
    rule = "-A DOCKER -i eth0 -m set ! --match-set my-ipset src -j DROP"
    found = said(host, f"iptables -I {rule[3:]}")
    assert rules_of(found, "missing-set") == [rule]


@pytest.mark.parametrize("host", BOTH)
def test_the_placeholder_interface_of_the_recipes(host: str) -> None:
    rule = "-A DOCKER-USER -i ext_if ! -s 192.168.0.1 -j DROP"
    found = about(said(host, f"iptables -I {rule[3:]}"), "stale-rule")
    assert [each.rule.text for each in found if each.rule] == [rule]
    assert found[0].severity is Level.CRITICAL
    assert "eth0" in found[0].fix


ALLOW = "-i eth0 -s 192.168.0.1 -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j ACCEPT"
DENY = "-i eth0 -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP"


@pytest.mark.parametrize("host", BOTH)
def test_a_drop_inserted_above_the_allow_drops_the_allowed_too(host: str) -> None:
    found = said(host, f"iptables -A DOCKER-USER {ALLOW}", f"iptables -I DOCKER-USER {DENY}")
    shadowed = about(found, "shadowed-rule")
    assert [each.rule.text for each in shadowed if each.rule] == [f"-A DOCKER-USER {ALLOW}"]
    assert [ref.text for ref in shadowed[0].others] == [f"-A DOCKER-USER {DENY}"]
    assert shadowed[0].severity is Level.WARNING
    assert rules_of(found, "accept-for-return") == [f"-A DOCKER-USER {ALLOW}"]
    assert "egress-cut" not in ids(found)


@pytest.mark.parametrize("host", BOTH)
def test_the_same_two_rules_the_right_way_round(host: str) -> None:
    found = said(host, f"iptables -I DOCKER-USER {DENY}", f"iptables -I DOCKER-USER {ALLOW}")
    assert not ids(found) & {"shadowed-rule", "unreachable-rule", "drop-after-return"}


@pytest.mark.parametrize("host", BOTH)
def test_a_drop_for_all_but_one_cuts_the_containers_own_connections(host: str) -> None:
    rule = "-A DOCKER-USER -i eth0 ! -s 192.0.2.2 -j DROP"
    found = said(host, f"iptables -I {rule[3:]}")
    assert rules_of(found, "egress-cut") == [rule]
    mended = said(
        host,
        f"iptables -I {rule[3:]}",
        "iptables -I DOCKER-USER -m state --state RELATED,ESTABLISHED -j ACCEPT",
    )
    assert not ids(mended) & {"egress-cut", "accept-for-return"}


@pytest.mark.parametrize(
    "rule",
    [
        "-A DOCKER-USER -i eth0 ! -s 192.0.2.0/24 -j DROP",
        "-A DOCKER-USER -m iprange -i eth0 ! --src-range 192.0.2.1-192.0.2.3 -j DROP",
    ],
)
def test_networks_and_ranges_cut_them_as_well(rule: str) -> None:
    assert rules_of(said(NEW, f"iptables -I {rule[3:]}"), "egress-cut") == [rule]


def test_an_original_port_without_direction_cuts_answers_from_that_port() -> None:
    rule = "-A DOCKER-USER -i eth0 -p tcp -m conntrack --ctorigdstport 8080 -j DROP"
    assert rules_of(said(NEW, f"iptables -I {rule[3:]}"), "egress-cut") == [rule]


def test_accepting_the_original_destination_skips_dockers_checks() -> None:
    rule = (
        "-A DOCKER-USER -p tcp -m conntrack --ctorigdst 198.51.100.2 --ctorigdstport 80 -j ACCEPT"
    )
    found = about(said(NEW, f"iptables -I {rule[3:]}"), "accept-for-return")
    assert [each.rule.text for each in found if each.rule] == [rule]
    assert found[0].commands[0].endswith("-j RETURN")


def test_accepting_between_other_interfaces_is_as_the_manual_says() -> None:
    assert "accept-for-return" not in ids(
        said(NEW, "iptables -I DOCKER-USER -i eth1 -o eth0 -j ACCEPT")
    )


def test_a_rule_kept_in_a_file_is_appended_after_the_return() -> None:
    command = f"iptables -A DOCKER-USER {DENY}"
    assert rules_of(said(OLD, command), "drop-after-return") == [f"-A DOCKER-USER {DENY}"]
    assert "drop-after-return" not in ids(said(NEW, command))


COMBINED = (
    "iptables -P INPUT DROP",
    "iptables -P FORWARD DROP",
    "iptables -P OUTPUT DROP",
    "iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
    "iptables -A OUTPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT",
    "iptables -A INPUT -p tcp --dport 22 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT",
    "iptables -A INPUT -p icmp --icmp-type echo-request -j ACCEPT",
    "iptables -A INPUT -i lo -j ACCEPT",
    "iptables -A OUTPUT -p tcp --dport 443 -m conntrack --ctstate NEW -j ACCEPT",
    "iptables -A OUTPUT -p udp --dport 53 -m conntrack --ctstate NEW -j ACCEPT",
)


@pytest.mark.parametrize("host", BOTH)
def test_a_host_closed_around_docker_leaves_published_ports_open(host: str) -> None:
    found = said(host, *COMBINED)
    assert ":INPUT DROP" in rules_of(found, "input-rule-useless")
    assert not ids(found) & {"shadowed-rule", "unreachable-rule", "forward-policy-accept"}


@pytest.mark.parametrize("rule", ["-j DROP", "! -s 203.0.113.9 -j DROP", "-p tcp -j DROP"])
def test_a_drop_without_an_interface_cuts_the_containers_themselves_off(rule: str) -> None:
    """It is meant for who comes in, and takes the containers' own packets out as well."""
    found = said(NEW, f"iptables -I DOCKER-USER {rule}")
    assert "names no interface" in next(f.message for f in found if f.id == "egress-cut")


def test_a_drop_of_what_containers_may_not_do_is_meant() -> None:
    for rule in ("-o eth0 -j DROP", "-p tcp --dport 25 -j DROP", "-d 1.1.1.1 -j DROP"):
        assert "egress-cut" not in ids(said(NEW, f"iptables -I DOCKER-USER {rule}"))
