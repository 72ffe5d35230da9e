"""What a plan does beside what was asked is said, or not done."""

from __future__ import annotations

import pytest
from tests.editing.judged import judged, planned
from tests.editing.test_judged_anew import host_with, put_in

from dockerwall.analysis.judgement import Judgement, judge
from dockerwall.editing.edited import edited_snapshot
from dockerwall.editing.foresight import preview
from dockerwall.editing.guard import Circumstances, Ssh
from dockerwall.editing.intent_words import parse_intent
from dockerwall.editing.planner import Choices, plan
from dockerwall.editing.preview import Preview
from dockerwall.model.kinds import Family

V4 = Family.IPV4
SESSION = Circumstances(Ssh("198.51.100.7", 50000, "203.0.113.1", 22))


def with_rules(name: str, *rules: str) -> Judgement:
    """A recorded host with IPv4 rules at the top of their chains."""
    return judge(edited_snapshot(judged(name).world.snapshot, put_in(V4, *rules)))


def seen(host: Judgement, *words: str, around: Circumstances | None = None) -> Preview:
    """The preview of an IPv4 plan."""
    return preview(host, plan(host, parse_intent(list(words)), Choices((V4,))), around)


def said(found: Preview) -> dict[str, str]:
    """What is to be minded, by its id."""
    return {each.id: each.sentence for each in found.objections}


@pytest.mark.parametrize("words", ["close 8080", "only 198.51.100.7 to 8080", "lan-only"])
def test_open_connections_stay_open(words: str) -> None:
    """Below a rule that lets them through, or by rules for new ones alone."""
    texts = [each.text for each in planned("docker-20", words, only=V4).plan.changes]
    assert texts
    assert all("--ctstate NEW " in each for each in texts if each.endswith("-j DROP"))
    there = planned("docker-28", words, only=V4).plan.changes
    assert all("NEW" not in each.text and each.position > 1 for each in there)


def test_a_rule_that_lets_some_open_connections_through_spares_only_those() -> None:
    some = "-A DOCKER-USER -i eth1 -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"
    for rule in (some, "-A DOCKER-USER -m conntrack --ctstate RELATED -j RETURN"):
        found = seen(with_rules("docker-20", rule), "close", "8080")
        assert all("--ctstate NEW " in each.text for each in found.plan.changes)


def test_packets_without_a_connection_are_dropped_all_the_same() -> None:
    """They have no state that is new."""
    raw = ["-A PREROUTING -p tcp -m tcp --dport 8080 -j NOTRACK"]
    host = host_with("docker-28", Family.IPV6, raw=raw)
    choices = Choices((Family.IPV6,), use_input=True)
    answer = plan(host, parse_intent(["close", "8080"]), choices)
    (text,) = [each.text for each in answer.plan.changes]
    assert text.startswith("-A INPUT ")
    assert "NEW" not in text


def test_what_the_host_routes_between_its_networks_is_cut() -> None:
    answers = "-A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    host = with_rules("docker-20", "-A DOCKER-USER -i eth1 -o eth0 -j ACCEPT", answers)
    words = "insert DOCKER-USER 1 -s 192.168.7.9 -j DROP"
    assert "192.168.7.9/32 no more through" in said(seen(host, *words.split()))["routed-cut"]
    assert "routed-cut" not in said(seen(judged("docker-20"), *words.split()))


def test_what_comes_through_between_two_networks_is_told() -> None:
    found = said(seen(judged("ipv6"), "forward", "eth0", "to", "eth1"))
    assert found["routed-open"] == (
        "It lets those who come by eth0 through to whatever is behind eth1."
    )


@pytest.mark.parametrize("address", ["172.30.0.2", "172.30.0.4"])
def test_connections_of_the_very_container_that_a_rule_names(address: str) -> None:
    rule = f"insert DOCKER-USER 1 -s {address} -j DROP"
    assert "egress-cut" in said(seen(judged("docker-28"), *rule.split()))


@pytest.mark.parametrize("rule", ["-p tcp --dport 22 -j DROP", "-s 198.51.100.7 -j DROP"])
def test_a_session_that_was_let_in_by_a_rule_nobody_can_decide(rule: str) -> None:
    limit = "-A INPUT -p tcp -m tcp --dport 22 -m recent --update --name ssh --rsource -j DROP"
    host = with_rules("docker-28", limit)
    found = seen(host, "insert", "INPUT", "1", *rule.split(), around=SESSION)
    assert "own-session" in said(found)
    assert found.blocked


def test_a_direct_way_that_stays_open_beside_a_closed_port() -> None:
    """Though the port is still open by IPv6."""
    found = seen(judged("docker-20"), "close", "8080")
    assert "guard-bypassed" in {each.id for each in found.gained}
