"""Rules in words: one rule for every kind of match and target that is modelled."""

from __future__ import annotations

import types
from pathlib import Path
from typing import get_args

import pytest
from tests.present.golden import check_golden

from dockerwall.grammar.spec import parse_spec
from dockerwall.model import spec
from dockerwall.model.docker import Container, DockerHost, Endpoint, Network
from dockerwall.model.intervals import Intervals
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family
from dockerwall.present.names import Names
from dockerwall.present.sentences import rule_sentence, sentence

HERE = Path(__file__).parent
FILES = {"v4": Family.IPV4, "v6": Family.IPV6}


def rules(version: str) -> list[str]:
    return (HERE / f"rules.{version}").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("version", FILES)
def test_every_rule_in_words(version: str) -> None:
    found = [f"{rule}\n    {rule_sentence(rule, FILES[version])}\n" for rule in rules(version)]
    check_golden(HERE / f"sentences.{version}", "".join(found))


def kinds_of(union: object) -> set[type]:
    assert isinstance(union, types.UnionType)
    return set(get_args(union))


def test_the_rules_above_hold_every_kind_of_match_and_target() -> None:
    specs = [parse_spec(rule, family) for v, family in FILES.items() for rule in rules(v)]
    matches = {type(match) for each in specs for match in each.matches}
    targets = {type(each.target) for each in specs}
    assert matches == kinds_of(spec.Match)
    assert targets == kinds_of(spec.Target)


def test_the_rules_above_hold_every_field() -> None:
    specs = [parse_spec(rule, Family.IPV4) for rule in rules("v4")]
    flat = [
        part
        for each in specs
        for match in each.matches
        for part in (
            (match, *match.addresses, *match.ports)
            if isinstance(match, spec.ConntrackMatch)
            else (match,)
        )
    ]
    fields = {part.field for part in flat if isinstance(part, spec.AddressMatch)}
    ports = {part.field for part in flat if isinstance(part, spec.PortMatch)}
    assert fields == set(spec.AddressField)
    assert ports >= {
        spec.PortField.SRC,
        spec.PortField.DST,
        spec.PortField.EITHER,
        spec.PortField.ORIG_DST,
    }


@pytest.mark.parametrize("field", list(spec.PortField))
def test_every_port_field_has_words(field: spec.PortField) -> None:
    ports = spec.PortMatch(field, Intervals.single(80))
    value = spec.Spec("X", (spec.ConntrackMatch(ports=(ports,)),), spec.Stop("DROP"))
    assert "port 80" in sentence(value, Family.IPV4)


def test_accepting_means_something_else_outside_filter() -> None:
    assert rule_sentence("-A X -j ACCEPT", Family.IPV4) == "All packets are let through."
    assert "go on unchanged" in rule_sentence("-A X -j ACCEPT", Family.IPV4, "nat")


def test_names_stand_beside_numbers() -> None:
    web = Container(
        "c1",
        "web",
        "nginx",
        "bridge",
        (),
        (),
        (Endpoint("app", "n1", "172.18.0.2", ""),),
    )
    app = Network(
        "n1", "app", "bridge", False, False, False, ("172.18.0.0/16",), ("172.18.0.1",), "br-app"
    )
    docker = DockerHost("28.5.2", "h", "iptables", False, True, (web,), (app,))
    names = Names(docker, (), (IpSet("bad", "hash:ip", (), ("1.2.3.4", "1.2.3.5")),))
    text = (
        "-A DOCKER -s 172.18.0.0/16 -d 172.18.0.2/32 ! -i br-app -o br-app "
        "-m set --match-set bad src -j ACCEPT"
    )
    assert rule_sentence(text, Family.IPV4, "filter", names) == (
        "Packets from 172.18.0.0/16 (network app) arriving on any interface but br-app "
        "(network app) to 172.18.0.2 (web) leaving by br-app (network app), whose source is in "
        "the set bad (2 entries: 1.2.3.4, 1.2.3.5), are let through."
    )
    dnat = "-A DOCKER -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80"
    assert rule_sentence(dnat, Family.IPV4, "nat", names) == (
        "Packets for TCP port 8080 are sent on to 172.18.0.2 (web), port 80."
    )


def test_hostile_words_come_out_plain() -> None:
    for text in (
        '-A X -i "\x1b[2J" -j DROP',
        '-A X -m frob --x "\x1b[2J\n" -j DROP',
        '-A X -j "\x1b[2J"',
        '-A X -m set --match-set "\x1b[2J" src -j DROP',
        '-A X -j DROP "\x1b[2J"',
        "-A \x1b[2J\udce9 -j",
    ):
        assert rule_sentence(text, Family.IPV4).isprintable()
