"""Rules kept for the next boot, compared with those of now."""

from __future__ import annotations

from dataclasses import replace

from tests.analysis.findings.typed import about, after, findings, rules_of

from dockerwall.analysis.findings import Finding
from dockerwall.app.hostfacts import host_rows
from dockerwall.grammar.save import parse_save
from dockerwall.model.boot import (
    DOCKER_UNITS,
    FIREWALLD,
    FIREWALLD_DIRECT,
    FIREWALLD_LINKS,
    RULES,
    UFW_AFTER,
    UNIT,
    UNIT_LINK,
    Boot,
)
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import Snapshot

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


def booting(files: dict[str, str], *commands: str, present: tuple[str, ...] = ()) -> Snapshot:
    """A host after some commands that begins with these files."""
    boot = Boot(systemd=True, files=files, present=frozenset(present))
    return replace(after("docker-28", *commands), boot=boot)


TYPED = f"iptables -I {GUARD[3:]}"
OWN = (
    f"*filter\n:DOCKER-USER - [0:0]\n:FORWARD - [0:0]\n{GUARD}\n-A FORWARD -j DOCKER-USER\nCOMMIT\n"
)


def test_nothing_keeps_a_rule() -> None:
    found = findings(booting({}, TYPED))
    assert rules_of(found, "persisted-differ") == [GUARD]
    assert "nothing here keeps it" in about(found, "persisted-differ")[0].message


def test_the_command_names_the_host_it_is_about() -> None:
    near = booting({}, TYPED)
    for at, command in (
        ("", "dockerwall-tui persist"),
        ("anna@host:2222", "dockerwall-tui persist --ssh anna@host:2222"),
        ("[2001:db8::1]:22", "dockerwall-tui persist --ssh '[2001:db8::1]:22'"),
    ):
        snapshot = replace(near, host=replace(near.host, at=at))
        assert about(findings(snapshot), "persisted-differ")[0].commands == (command,)
        lines = ["".join(piece.text for piece in row) for row in host_rows(snapshot, None, 200)]
        assert f"  Nothing here brings your rules back; this would: {command}" in lines


def test_how_a_host_begins_is_not_known() -> None:
    assert about(findings(after("docker-28", TYPED)), "persisted-differ") == []


def test_the_own_unit_keeps_a_rule() -> None:
    files = {RULES[Family.IPV4]: OWN, UNIT: ""}
    found = findings(booting(files, TYPED, present=(UNIT_LINK, DOCKER_UNITS[0])))
    assert about(found, "persisted-differ") == []
    assert about(found, "persisted-docker-rules") == []
    without_unit = findings(booting(files, TYPED))
    assert rules_of(without_unit, "persisted-differ") == [GUARD]


def test_the_own_unit_brings_what_is_not_there() -> None:
    files = {RULES[Family.IPV4]: OWN, UNIT: ""}
    found = about(
        findings(booting(files, present=(UNIT_LINK, DOCKER_UNITS[0]))), "persisted-differ"
    )
    assert [RULES[Family.IPV4] in each.message for each in found] == [True]


def test_ufw_and_firewalld_keep_a_rule() -> None:
    ufw = {"/etc/ufw/ufw.conf": "ENABLED=yes\n", UFW_AFTER[Family.IPV4]: OWN}
    assert about(findings(booting(ufw, TYPED)), "persisted-differ") == []
    words = GUARD.split(" ", 2)[2]
    direct = (
        f'<direct>\n  <rule priority="0" table="filter" ipv="ipv4" chain="DOCKER-USER">{words}'
        "</rule>\n</direct>\n"
    )
    on = (FIREWALLD, FIREWALLD_LINKS[0])
    firewalld = booting({FIREWALLD_DIRECT: direct}, TYPED, present=on)
    assert about(findings(firewalld), "persisted-differ") == []
    assert rules_of(findings(booting({}, TYPED, present=on)), "persisted-differ") == [GUARD]
