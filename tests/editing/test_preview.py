"""What is shown and objected to before a plan is applied."""

from __future__ import annotations

import json

import pytest
from tests.editing.judged import audited, judged, planned
from tests.editing.typing import cleared

from dockerwall.analysis.exposure import Severity
from dockerwall.editing.difference import diff
from dockerwall.editing.foresight import preview
from dockerwall.editing.guard import Circumstances, Ssh, parse_ssh
from dockerwall.editing.intent_words import parse_intent
from dockerwall.editing.plan import Objection
from dockerwall.editing.planner import Answer, Choices, plan
from dockerwall.editing.preview import Preview
from dockerwall.model.kinds import Family
from dockerwall.present.plan_words import plan_document, plan_lines

V4 = Family.IPV4


def seen(host: str, answer: Answer, ssh: Ssh | None = None, *, live: bool = True) -> Preview:
    """The preview of an answer."""
    return preview(judged(host), answer, Circumstances(ssh, live))


def ids(objections: tuple[Objection, ...]) -> set[str]:
    """What is objected."""
    return {each.id for each in objections}


@pytest.mark.parametrize("host", ["docker-20", "docker-28", "ipv6", "ipsets", "legacy"])
@pytest.mark.parametrize(
    "words",
    [
        "close 8080",
        "only 198.51.100.7 to 8080",
        "allow 198.51.100.77 to 6379",
        "lan-only",
        "block 203.0.113.9",
        "insert DOCKER-USER 1 -i eth0 -p tcp -m tcp --dport 80 -j DROP",
    ],
)
def test_the_preview_is_what_a_new_audit_says(host: str, words: str) -> None:
    answer = planned(host, words, only=V4)
    found = seen(host, answer)
    after = {exposure.key: exposure for exposure in audited(answer)}
    changed = {change.exposure.key: change.after for change in found.severities}
    for exposure in judged(host).exposures:
        if exposure.key in after:
            severity = changed.get(exposure.key, exposure.severity)
            assert severity is after[exposure.key].severity, exposure.key
    for change in found.reaches:
        said = [r for r in after[change.exposure.key].reach if r.iif == change.iif]
        held = [r.accept for r in said if set(change.to) & set(r.to) and r.accept]
        assert any(change.after == accept for accept in held) or not change.after


def test_the_difference_shows_new_rules_in_their_place() -> None:
    answer = planned("docker-28", "close 6379", only=V4)
    lines = [(line.mark, line.number) for line in diff(answer.plan)]
    assert lines == [(" ", 1), ("+", 2), (" ", 3), (" ", 4)]
    moved = planned("docker-28", "move DOCKER-USER 1 to 4", only=V4)
    marks = [(line.mark, line.number) for line in diff(moved.plan) if line.mark != " "]
    assert marks == [("-", 1), ("+", 4)]


def test_who_loses_and_the_severity_afterwards() -> None:
    found = seen("docker-28", planned("docker-28", "only 198.51.100.7 to 8080", only=V4))
    (change,) = (each for each in found.severities)
    assert change.exposure.severity is Severity.EXPOSED
    assert change.after is Severity.ALLOWLISTED
    assert all(not each.gained for each in found.reaches)
    assert {each.iif for each in found.reaches} == {"eth0", "eth1"}


def test_cutting_egress_is_objected_to() -> None:
    found = seen("docker-28", planned("docker-28", "delete DOCKER-USER 1", only=V4))
    assert "egress-cut" in ids(found.objections)


@pytest.mark.parametrize("host", ["docker-28", "legacy"])
@pytest.mark.parametrize(
    ("target", "blocked"),
    [
        ("-j DROPP", True),
        ("-g nowhere", True),
        ("-j INPUT", True),
        ("-j DOCKER-USER", True),
        ("-j DROP", False),
        ("-j NFQUEUE --queue-num 1", False),
        ("-j TARPIT", False),
        ("-j DOCKER", False),
    ],
)
def test_a_target_that_is_mistyped_is_objected_to(host: str, target: str, blocked: bool) -> None:
    """The parser of iptables-nft takes it for a chain that is there, and the kernel refuses it."""
    answer = planned(host, f"insert DOCKER-USER 1 -s 192.0.2.9 {target}", only=V4)
    found = [each for each in seen(host, answer).objections if each.blocking]
    assert bool(found) is blocked, found
    if blocked:
        (objection,) = found
        assert objection.id in ("missing-chain", "chain-cycle")
        assert f"-s 192.0.2.9 {target} leads " in objection.sentence
        assert "The kernel would refuse the rule in DOCKER-USER" in objection.sentence


def test_a_rule_that_would_never_run_is_objected_to() -> None:
    words = "insert DOCKER-USER 4 -i eth0 -p tcp -m tcp --dport 80 -j DROP"
    found = seen("docker-20", planned("docker-20", words, only=V4))
    assert "drop-after-return" in ids(found.objections)


@pytest.mark.parametrize("name", ["tun7", "tun+"])
def test_rules_that_name_an_interface_nobody_has(name: str) -> None:
    rule = f"-i {name} -j DROP"
    host = cleared("docker-20", "-j RETURN", f"-i {name} -p tcp -j ACCEPT", "-j DROP")
    put_in = plan(host, parse_intent(f"insert DOCKER-USER 1 {rule}".split()), Choices((V4,)))
    assert any(each.id == "stale-rule" for each in preview(host, put_in).gained)
    other = plan(
        host,
        parse_intent(["insert", "DOCKER-USER", "1", "-i", "wg7", "-j", "DROP"]),
        Choices((V4,)),
    )
    assert any("wg7" in each.message for each in preview(host, other).gained)
    taken_out = plan(host, parse_intent(["delete", "DOCKER-USER", "2"]), Choices((V4,)))
    assert any(each.id == "stale-rule" for each in preview(host, taken_out).lost)


def test_the_operators_own_session() -> None:
    ssh = Ssh("203.0.113.9", 50000, "203.0.113.1", 22)
    host = "docker-28"
    shut = planned(host, "insert INPUT 1 -p tcp -m tcp --dport 22 -j DROP", only=V4)
    open_now = any(listener.port == 22 for listener in judged(host).world.listeners or ())
    assert ("own-session" in ids(seen(host, shut, ssh).objections)) is open_now
    fine = planned(host, "close 8080", only=V4)
    assert "own-session" not in ids(seen(host, fine, ssh).objections)


def test_a_session_through_a_container() -> None:
    host = "docker-28"
    web = next(c for c in judged(host).world.containers if c.name == "web")
    address = next(e.ipv4 for e in web.endpoints if e.ipv4).partition("/")[0]
    ssh = Ssh(address, 50000, "172.17.0.1", 22)
    found = seen(host, planned(host, "close 8080", only=V4), ssh)
    assert "own-session" in ids(found.objections)
    assert found.blocked


def test_a_recorded_host_goes_as_far_as_the_preview() -> None:
    found = seen("docker-28", planned("docker-28", "close 8080", only=V4), live=False)
    assert found.blocked
    assert found.reaches


def test_docker_chains_are_never_written() -> None:
    for words in ("insert DOCKER 1 -j DROP", "delete DOCKER-FORWARD 1", "delete FORWARD 1"):
        answer = planned("docker-28", words, only=V4)
        assert not answer.plan
        assert answer.objections[0].blocking


def test_ssh_connection_is_read() -> None:
    assert parse_ssh("::ffff:203.0.113.9 50000 fe80::1%eth0 22") == Ssh(
        "203.0.113.9", 50000, "fe80::1", 22
    )
    assert parse_ssh("") is None
    assert parse_ssh("a b c d") is None


def test_lines_and_document() -> None:
    answer = planned("docker-28", "only 198.51.100.7 to 8080")
    found = seen("docker-28", answer)
    text = "\n".join(plan_lines(found, answer.stage.world, answer.alternatives))
    for expected in (
        "Who gains, who loses:",
        "closed to everyone but 198.51.100.7 on eth0\n",
        "Commands:",
    ):
        assert expected in text
    document = json.loads(json.dumps(plan_document(found, answer.alternatives)))
    assert document["schema"] == "dockerwall-plan/1"
    assert document["scripts"]["ipv4"].startswith("*filter\n-I DOCKER-USER 2 ! -s 198.51.100.7/32")
    done = planned("docker-28", "allow me to 6379")
    assert "so already" in "\n".join(
        plan_lines(seen("docker-28", done), done.stage.world, done=done.done)
    )
