"""Intents in words, rules named by hand, and rules switched off and on."""

from __future__ import annotations

import pytest
from tests.editing.judged import audited, judged, let_in, planned

from dockerwall.editing.intent_words import IntentError, parse_intent, parse_port, parse_source
from dockerwall.editing.intents import MoveRule, Only, PortRef, Source
from dockerwall.editing.switching import is_off, switched_off, switched_on
from dockerwall.model.kinds import Family

V4 = Family.IPV4
OFFICE = (
    "-A DOCKER-USER -s 203.0.113.0/27 -i eth0 -p tcp -m conntrack --ctorigdstport 6379 "
    "--ctdir ORIGINAL -m comment --comment office -j RETURN"
)


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("8080", PortRef("tcp", 8080)),
        ("53/udp", PortRef("udp", 53)),
        ("udp/53", PortRef("udp", 53)),
        ("203.0.113.1:443", PortRef("tcp", 443, "203.0.113.1")),
        ("[2001:db8::1]:443/tcp", PortRef("tcp", 443, "2001:db8::1")),
    ],
)
def test_ports(text: str, port: PortRef) -> None:
    assert parse_port(text) == port


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("192.0.2.9", Source("network", "192.0.2.9/32")),
        ("192.0.2.9/24", Source("network", "192.0.2.0/24")),
        ("192.0.2.1-192.0.2.3", Source("range", "192.0.2.1-192.0.2.3")),
        ("set:friends", Source("set", "friends")),
        ("me", Source("network", "203.0.113.9/32")),
    ],
)
def test_sources(text: str, source: Source) -> None:
    assert parse_source(text, "::ffff:203.0.113.9") == source


def test_words_become_intents() -> None:
    assert parse_intent(["only", "192.0.2.1,", "set:x", "to", "80"]) == Only(
        (Source("network", "192.0.2.1/32"), Source("set", "x")), PortRef("tcp", 80)
    )
    assert parse_intent(["move", "DOCKER-USER", "3", "up"]) == MoveRule("DOCKER-USER", 3, 2)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "shut 80",
        "allow 192.0.2.1",
        "allow nobody to 80",
        "allow me to 80",
        "close 99999",
        "close 80/icmp",
        "only to 80",
        "block 192.0.2.9-192.0.2.1",
        "set add x",
        "set add $(id) 192.0.2.1",
        "insert DOCKER-USER 1 iptables -A INPUT -j DROP",
        "insert DOCKER-USER zero -j DROP",
        "delete DOCKER-USER 0",
        "forward eth0 to e/th1",
        "only fe80::1%eth0 to 80",
        "block fe80::1%eth0-fe80::9%eth0",
        "close [fe80::1%eth0]:80",
    ],
)
def test_what_is_no_intent_is_said_in_one_sentence(words: str) -> None:
    with pytest.raises(IntentError) as caught:
        parse_intent(words.split())
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_only_your_own_address_may_come_with_a_zone() -> None:
    assert parse_source("me", "fe80::9%eth0") == Source("network", "fe80::9/128")
    with pytest.raises(IntentError, match=r"zone.*names the interface with -i"):
        parse_source("fe80::9%eth0")


def test_a_rule_that_spans_lines_is_refused() -> None:
    with pytest.raises(IntentError):
        parse_intent(["insert", "DOCKER-USER", "1", "-j", "DROP\n-F"])


@pytest.mark.parametrize(
    "text",
    [OFFICE, "-A DOCKER-USER -j RETURN", "-A DOCKER-USER -p tcp -m tcp --dport 80 -j DROP"],
)
def test_off_and_on_again_is_the_same_rule(text: str) -> None:
    off = switched_off(text)
    assert is_off(off)
    assert not is_off(text)
    assert switched_on(off) == text


def test_a_rule_that_is_off_decides_nothing() -> None:
    answer = planned("docker-28", "off DOCKER-USER 4", only=V4)
    deleted = planned("docker-28", "delete DOCKER-USER 4", only=V4)
    for iif in ("eth0", "eth1"):
        assert let_in(audited(answer), 6379, iif) == let_in(audited(deleted), 6379, iif)


def test_a_number_means_one_family_only() -> None:
    answer = planned("docker-28", "delete DOCKER-USER 4")
    assert answer.plan.families == (V4,)


def test_a_rule_is_inserted_into_the_family_of_its_addresses() -> None:
    answer = planned("ipv6", "insert DOCKER-USER 1 -s 2001:db8::9 -j DROP")
    assert answer.plan.families == (Family.IPV6,)
    both = planned("ipv6", "insert DOCKER-USER 1 -i eth0 -p tcp -j RETURN")
    assert both.plan.families == tuple(Family)


RECIPES = [
    ("docker-20", "lan-only"),
    ("docker-20", "allow 0.0.0.0/0 to 8080"),
    ("docker-28", "use-set ipfriends for all create"),
    ("ipsets", "use-set friends for all"),
    ("docker-28", "only 192.168.0.1 to 8080"),
    ("docker-28", "only 192.168.0.1 to all"),
    ("docker-28", "close 8080"),
    ("docker-28", "allow 198.51.100.99 to 203.0.113.1:6379"),
    ("docker-28", "only 192.0.2.2 to all"),
    ("docker-28", "only 192.0.2.0/24 to all"),
    ("docker-28", "only 192.0.2.1-192.0.2.3 to all"),
    ("docker-28", "forward eth0 to eth1"),
]


@pytest.mark.parametrize(("host", "words"), RECIPES)
def test_every_common_recipe_is_an_intent(host: str, words: str) -> None:
    answer = planned(host, words, only=V4)
    assert answer.plan or answer.done
    assert not any(each.blocking for each in answer.objections)
    assert judged(host).exposures
