"""What an operator declares intended is told apart from what nobody wanted."""

from __future__ import annotations

from tests.analysis.edited_host import recorded

from dockerwall.analysis.judgement import Judgement, judge
from dockerwall.model.settings import Expectation, Settings


def judged(*expected: Expectation) -> Judgement:
    return judge(recorded("docker-28"), Settings(expected=expected))


def test_a_declared_port_is_expected_in_both_families() -> None:
    found = judged(Expectation("tcp", 8080, container="web"))
    meant = [each.offer for each in found.exposures if found.is_expected(each)]
    assert {(offer.host_port, offer.family) for offer in meant} == {(8080, "ipv4"), (8080, "ipv6")}


def test_more_sources_than_declared_are_not_expected() -> None:
    found = judged(Expectation("tcp", 8080, sources=("203.0.113.0/24",)))
    assert not found.expected


def test_an_allowlist_within_the_declared_sources_is_expected() -> None:
    found = judged(Expectation("tcp", 6379, sources=("203.0.113.0/24",)))
    meant = [each.offer.family for each in found.exposures if found.is_expected(each)]
    assert meant == ["ipv4"]


def test_a_declared_port_that_nobody_reaches_is_a_finding() -> None:
    found = judged(Expectation("tcp", 5432))
    assert [f.id for f in found.findings if f.id == "expected-but-closed"]


def test_a_data_store_that_is_open_on_purpose_is_no_finding() -> None:
    open_ports = [f for f in judged().findings if f.id == "sensitive-port-open"]
    meant = [f for f in judged(Expectation("tcp", 6379)).findings if f.id == "sensitive-port-open"]
    assert len(meant) < len(open_ports)
