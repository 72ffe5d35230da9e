"""Rules kept for the next boot, compared with those of now."""

from __future__ import annotations

from dataclasses import replace

from tests.analysis.findings.typed import about, after, findings, rules_of

from dockerwall.analysis.findings import Finding
from dockerwall.grammar.save import parse_save
from dockerwall.model.kinds import Family, Variant

GUARD = "-A DOCKER-USER -i eth0 -p tcp -m conntrack --ctorigdstport 6379 --ctdir ORIGINAL -j DROP"


def kept(rules: str, *commands: str) -> tuple[Finding, ...]:
    """What is found when a file holds these filter rules, and the commands were typed since."""
    text = f"*filter\n:INPUT ACCEPT\n:FORWARD DROP\n:DOCKER-USER -\n:DOCKER -\n{rules}COMMIT\n"
    persisted = {Family.IPV4: parse_save(text, Variant.NFT, Family.IPV4)}
    return findings(replace(after("docker-28", *commands), persisted=persisted))


def test_a_rule_that_the_next_boot_forgets() -> None:
    found = kept("", f"iptables -I {GUARD[3:]}")
    assert rules_of(found, "persisted-differ") == [GUARD]


def test_a_rule_that_only_the_file_holds() -> None:
    assert rules_of(kept(f"{GUARD}\n"), "persisted-differ") == [GUARD]


def test_the_same_rule_spelled_otherwise_does_not_differ() -> None:
    found = kept(
        "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n",
        "iptables -A INPUT -p tcp --dport 22 -j ACCEPT",
    )
    assert about(found, "persisted-differ") == []


def test_dockers_own_rules_in_the_file() -> None:
    rule = "-A DOCKER -d 172.17.0.9/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT"
    found = kept(f"-A FORWARD -j DOCKER-USER\n{rule}\n")
    assert rules_of(found, "persisted-docker-rules") == ["-A FORWARD -j DOCKER-USER"]
    assert about(found, "persisted-differ") == []
