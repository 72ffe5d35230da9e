"""A port's address means what it says, and what cannot be planned is refused with its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.editing.judged import audited, judged, let_in, planned
from tests.present.recorded import snapshot_of

from dockerwall.analysis.judgement import judge
from dockerwall.editing.intent_words import parse_intent
from dockerwall.editing.planner import Answer, plan
from dockerwall.model.kinds import Family
from dockerwall.present.plan_words import objection_line

V4, V6 = Family.IPV4, Family.IPV6
HOSTS = ("docker-20", "docker-28", "docker-29-nftables", "host-network", "ipv6", "macvlan", "swarm")


def said(answer: Answer) -> str:
    """Everything that speaks against a plan, as the command line says it."""
    return "\n".join(objection_line(each) for each in answer.objections)


class TestAnAddress:
    """What an address before the port stands for."""

    @pytest.mark.parametrize(
        "words", ["close {}8080", "lan-only {}8080", "only 198.51.100.7 to {}8080"]
    )
    def test_a_wildcard_is_every_address_of_its_family(self, words: str) -> None:
        answer = planned("docker-28", words.format("0.0.0.0:"))
        alone = planned("docker-28", words.format(""), only=V4)
        assert answer.plan.changes
        assert answer.plan.changes == alone.plan.changes
        assert answer.plan.families == (V4,)
        assert "on every IPv4 address" in answer.plan.summary
        assert "IPv6 is left as it is" in said(answer)
        assert "Without 0.0.0.0 the port is meant in both families." in said(answer)

    def test_the_wildcard_of_ipv6_is_of_ipv6(self) -> None:
        answer = planned("docker-28", "close [::]:8080", use_input=True)
        after = audited(answer)
        assert answer.plan.families == (V6,)
        assert not let_in(after, 8080, "eth0", V6) - judged("docker-28").world.lan[V6]
        assert let_in(after, 8080, "eth0") == let_in(judged("docker-28").exposures, 8080, "eth0")

    @pytest.mark.parametrize("words", ["close {}:8080", "lan-only {}:8080", "only me to {}:8080"])
    def test_an_address_of_another_host_is_refused(self, words: str) -> None:
        answer = planned("docker-28", words.format("1.2.3.4"))
        assert not answer.plan
        assert not answer.done
        assert "This host has no address 1.2.3.4: it has 203.0.113.1, 203.0.113.2, " in said(answer)

    def test_an_address_of_this_host_is_not(self) -> None:
        assert planned("docker-28", "close 203.0.113.2:8080").plan
        assert planned("docker-28", "close 127.0.0.1:8080").done

    def test_where_addresses_were_not_read_none_is_refused(self) -> None:
        blind = judge(replace(snapshot_of("docker-28"), addresses=None))
        answer = plan(blind, parse_intent(["close", "1.2.3.4:8080"]))
        assert "has no address" not in said(answer)


@pytest.mark.parametrize(
    ("host", "words", "only", "why"),
    [
        ("ipv6", "block 1.2.3.4", V6, "1.2.3.4 is an IPv4 source, and only IPv6 is planned for"),
        ("docker-28", "allow 2001:db8::9 to 8080", V4, "2001:db8::9 is an IPv6 source, and only"),
        ("docker-28", "close 0.0.0.0:8080", V6, "0.0.0.0 stands for every IPv4 address, and only"),
        ("docker-28", "allow 1.2.3.4 to [::]:6379", None, "is reached by IPv6 only: name an IPv6"),
        ("docker-28", "allow 172.30.0.0/24 to all", None, "is behind br-b04f4b2441af, a bridge"),
        (
            "legacy",
            "allow 172.17.0.0/16 to 8080",
            None,
            "172.17.0.0/16 is behind docker0, a bridge",
        ),
    ],
)
def test_the_reason_is_said(host: str, words: str, only: Family | None, why: str) -> None:
    answer = planned(host, words, only=only)
    assert not answer.plan
    assert why in said(answer)


def test_rules_in_input_are_refused_for_the_same_reason() -> None:
    answer = planned("docker-28", "allow 172.30.0.0/24 to 8080", use_input=True)
    assert not answer.done
    assert "is behind br-b04f4b2441af, a bridge of Docker's" in said(answer)


@pytest.mark.parametrize("only", [None, V4, V6])
@pytest.mark.parametrize("host", HOSTS)
def test_there_is_always_a_reason(host: str, only: Family | None) -> None:
    for words in (
        "allow 198.51.100.7 to 8080",
        "allow 2001:db8::9 to all",
        "allow 172.16.0.0/12 to [::]:8080",
        "allow 127.0.0.1 to 6379",
        "block 2001:db8::9",
        "block 172.17.0.2",
        "lan-only",
        "lan-only 0.0.0.0:6379",
        "close [::]:6379",
        "close 5353/udp",
        "only 2001:db8::9 to 8080",
    ):
        answer = planned(host, words, only=only)
        assert answer.plan or answer.done or answer.objections, words


def test_a_host_that_nothing_leads_to_says_so() -> None:
    snapshot = snapshot_of("docker-28")
    routes = {
        family: tuple(each for each in listed if each.destination != "default")
        for family, listed in snapshot.routes.items()
    }
    inside = judge(replace(snapshot, routes=routes))
    answer = plan(inside, parse_intent(["close", "8080"]))
    assert not answer.plan
    assert "has a default route of IPv4 and IPv6" in said(answer)
