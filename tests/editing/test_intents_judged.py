"""Every intent on recorded hosts: what a new audit says is the intent, and nothing else changed."""

from __future__ import annotations

import pytest
from tests.editing.judged import audited, judged, let_in, others, planned

from dockerwall.editing.plan import rule_words
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family

V4, V6 = Family.IPV4, Family.IPV6
DNAT_HOSTS = ("docker-20", "docker-26", "docker-28", "ipv6", "ipsets", "legacy", "ufw", "swarm")


def addresses(*texts: str) -> AddressSet:
    """A set of IPv4 addresses."""
    return AddressSet.of(V4, texts)


@pytest.mark.parametrize(
    "host", ["docker-20", "docker-26", "docker-28", "ipv6", "ipsets", "legacy"]
)
class TestOnAPort:
    """Intents on the published port 8080 of web, and 6379 of redis."""

    def test_close_to_the_internet(self, host: str) -> None:
        answer = planned(host, "close 8080", only=V4)
        before, after = judged(host).exposures, audited(answer)
        own = addresses("203.0.113.0/24") & judged(host).world.lan[V4]
        assert not let_in(after, 8080, "eth0") - own
        assert let_in(after, 8080, "eth1") == let_in(before, 8080, "eth1")
        assert others(after, "web") == others(before, "web")

    def test_only_one_source(self, host: str) -> None:
        answer = planned(host, "only 198.51.100.7 to 8080", only=V4)
        before, after = judged(host).exposures, audited(answer)
        assert let_in(after, 8080, "eth0") == addresses("198.51.100.7")
        assert not let_in(after, 8080, "eth1")
        assert others(after, "web") == others(before, "web")

    def test_only_several_sources(self, host: str) -> None:
        answer = planned(host, "only 198.51.100.7,203.0.113.8-203.0.113.9 to 8080", only=V4)
        after = audited(answer)
        wanted = addresses("198.51.100.7", "203.0.113.8-203.0.113.9")
        assert let_in(after, 8080, "eth0") == wanted
        assert others(after, "web") == others(judged(host).exposures, "web")

    def test_allow_adds_the_source_and_takes_from_nobody(self, host: str) -> None:
        answer = planned(host, "allow 198.51.100.77 to 6379", only=V4)
        before, after = judged(host).exposures, audited(answer)
        added = addresses("198.51.100.77")
        assert let_in(after, 6379, "eth0") == let_in(before, 6379, "eth0") | added
        assert let_in(after, 6379, "eth1") == let_in(before, 6379, "eth1")
        assert others(after, "redis") == others(before, "redis")

    def test_block_takes_one_source_from_every_port(self, host: str) -> None:
        answer = planned(host, "block 203.0.113.9", only=V4)
        before, after = judged(host).exposures, audited(answer)
        gone = addresses("203.0.113.9")
        for port in (8080, 6379):
            for iif in ("eth0", "eth1"):
                assert let_in(after, port, iif) == let_in(before, port, iif) - gone

    def test_lan_only(self, host: str) -> None:
        answer = planned(host, "lan-only", only=V4)
        before, after = judged(host).exposures, audited(answer)
        lan = judged(host).world.lan[V4]
        for port in (8080, 6379):
            assert not let_in(after, port, "eth0") - lan
            assert let_in(after, port, "eth1") == let_in(before, port, "eth1")

    def test_doing_it_again_changes_nothing(self, host: str) -> None:
        from dockerwall.analysis.judgement import judge
        from dockerwall.editing.edited import edited_snapshot
        from dockerwall.editing.intent_words import parse_intent
        from dockerwall.editing.planner import Choices, plan

        for words in ("close 8080", "only 198.51.100.7 to 8080", "block 203.0.113.9"):
            first = planned(host, words, only=V4)
            snapshot = edited_snapshot(first.stage.world.snapshot, first.plan.changes)
            again = plan(judge(snapshot), parse_intent(words.split()), Choices((V4,)))
            assert not again.plan
            assert again.done


def test_the_rules_stand_above_a_return_that_ends_the_chain() -> None:
    answer = planned("docker-20", "close 8080", only=V4)
    (chain,) = answer.plan.after.values()
    words = [rule_words(text) for text in chain]
    assert words.index("-j RETURN") > next(n for n, w in enumerate(words) if "8080" in w)
    assert any("which ends the chain" in reason for reason in answer.plan.reasons)


def test_the_variant_of_docker_is_written() -> None:
    answer = planned("legacy", "close 8080", only=V4)
    assert answer.plan.commands[0].startswith("iptables-legacy -w 5 -I DOCKER-USER ")


def test_a_port_that_docker_proxy_serves_is_offered_in_input() -> None:
    answer = planned("docker-28", "close 6379")
    assert "through-input" in {each.id for each in answer.objections}
    assert answer.alternatives
    closed = planned("docker-28", "close 6379", use_input=True)
    assert {where.chain for where in closed.plan.chains} == {"DOCKER-USER", "INPUT"}
    lan = judged("docker-28").world.lan[V6]
    assert not let_in(audited(closed), 6379, "eth0", V6) - lan
    assert let_in(judged("docker-28").exposures, 6379, "eth0", V6) - lan


def test_a_family_without_docker_user_is_told() -> None:
    answer = planned("docker-20", "close 8080")
    assert "no-docker-user" in {each.id for each in answer.objections}
    closed = planned("docker-20", "close 8080", use_input=True)
    assert not let_in(audited(closed), 8080, "eth0", V6) - judged("docker-20").world.lan[V6]


def test_a_plan_for_one_family_names_the_other() -> None:
    answer = planned("ipv6", "close 8080", only=V4)
    assert "one-family" in {each.id for each in answer.objections}


def test_both_families_are_closed_where_both_have_docker_user() -> None:
    answer = planned("ipv6", "only 198.51.100.7 to 8080", use_input=True)
    after = audited(answer)
    assert answer.plan.families == (V4, V6)
    assert not let_in(after, 8080, "eth0", V6)


def test_lan_only_in_input_leaves_the_hosts_own_services_alone() -> None:
    answer = planned("docker-28", "lan-only", use_input=True)
    rules = [c for c in answer.plan.changes if c.where.chain == "INPUT"]
    assert rules
    assert all("--dport" in change.text for change in rules)


def test_a_set_as_allowlist() -> None:
    answer = planned("ipsets", "use-set friends for 6379", only=V4)
    friends = addresses("203.0.113.9", "192.0.2.44")
    assert not let_in(audited(answer), 6379, "eth0") - friends


def test_a_new_set_lets_nobody_in_until_it_has_members() -> None:
    answer = planned("docker-28", "use-set guests for 8080 create", only=V4)
    assert [change.line for change in answer.plan.sets] == ["create guests hash:net family inet"]
    assert not let_in(audited(answer), 8080, "eth0")
    assert "empty-set" in {each.id for each in answer.objections}


def test_set_members_are_added_and_deleted() -> None:
    added = planned("ipsets", "set add friends 198.51.100.200/32")
    assert [change.line for change in added.plan.sets] == ["add friends 198.51.100.200"]
    assert addresses("198.51.100.200") - let_in(audited(added), 6379, "eth0") == addresses()
    there = planned("ipsets", "set add friends 203.0.113.9")
    assert there.done
    gone = planned("ipsets", "set del friends 203.0.113.9")
    assert gone.plan.inverse().sets[0].action == "add"
    missing = planned("ipsets", "set add nobody 203.0.113.9")
    assert missing.objections[0].blocking


def test_one_address_of_a_port_published_on_all() -> None:
    answer = planned("docker-28", "allow 198.51.100.99 to 203.0.113.1:6379", only=V4)
    assert "--ctorigdst 203.0.113.1 --ctorigdstport 6379" in answer.plan.changes[0].text
    guest = "198.51.100.99"
    for exposure in audited(answer):
        for reach in exposure.reach:
            if exposure.offer.host_port == 6379 and reach.iif == "eth0" and reach.via == "dnat":
                assert (guest in reach.accept) is ("203.0.113.1" in reach.to)


def test_forwarding_between_interfaces() -> None:
    answer = planned("docker-28", "forward eth0 to eth1", only=V4)
    assert all(change.text.endswith("-j ACCEPT") for change in answer.plan.changes)
    assert audited(answer)
    assert others(audited(answer), "") == others(judged("docker-28").exposures, "")


def test_unknown_ports_sets_and_interfaces_are_refused_in_a_sentence() -> None:
    for words in ("close 9999", "use-set nobody for 8080", "forward eth0 to eth9"):
        answer = planned("docker-28", words)
        assert not answer.plan
        assert any(each.blocking and each.sentence.endswith(".") for each in answer.objections)


@pytest.mark.parametrize("host", DNAT_HOSTS)
def test_scripts_never_hold_a_chain_header(host: str) -> None:
    answer = planned(host, "lan-only")
    for family in answer.plan.families:
        lines = answer.plan.script(family).splitlines()
        assert lines[0] == "*filter"
        assert lines[-1] == "COMMIT"
        assert all(line.startswith(("-I DOCKER-USER ", "-D DOCKER-USER ")) for line in lines[1:-1])


def test_a_container_on_the_wire_is_told_not_to_be_governed() -> None:
    answer = planned("macvlan", "lan-only", only=V4)
    assert "on-the-wire" in {each.id for each in answer.objections}


def test_what_no_rule_there_can_open_is_explained_with_the_rule_in_between() -> None:
    answer = planned("swarm", "allow me to 8080", only=V4)
    (said,) = (each for each in answer.objections if each.id == "cannot-let-in")
    assert "raw PREROUTING" in said.sentence
    assert not answer.done
