"""Entries of ipsets: what they come to, what is refused, and who gains and loses by them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.editing.judged import audited, judged, let_in, planned
from tests.present.recorded import snapshot_of

from dockerwall.analysis.judgement import Judgement, judge
from dockerwall.editing.edited import edited_snapshot
from dockerwall.editing.foresight import preview
from dockerwall.editing.guard import Circumstances
from dockerwall.editing.intents import InsertRule, SetAdd
from dockerwall.editing.ofplan import of_plan
from dockerwall.editing.planner import Answer, Choices, plan
from dockerwall.editing.setchange import SetChange
from dockerwall.editing.setmembers import MOST, NoMemberError, members
from dockerwall.model.addresses import AddressSet
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family

V4 = Family.IPV4
NOBODY = AddressSet.nothing(V4)


def lines(words: str) -> list[str]:
    """What a plan on a recorded host does to sets."""
    return [change.line for change in planned("ipsets", words).plan.sets]


def test_members_that_are_there_already_are_nobody_elses_to_undo() -> None:
    answer = planned("ipsets", "set add friends 203.0.113.8-203.0.113.10")
    assert [change.line for change in answer.plan.sets] == [
        "add friends 203.0.113.8",
        "add friends 203.0.113.10",
    ]
    assert answer.plan.reasons == ("1 of the 3 are members already, and left as they are.",)
    assert planned("ipsets", "set add friends 203.0.113.9-203.0.113.9").done


def test_only_members_that_are_there_are_deleted() -> None:
    assert lines("set del friends 203.0.113.8/30") == ["del friends 203.0.113.9"]
    assert planned("ipsets", "set del friends 198.51.100.0/30").done


def test_a_member_is_deleted_by_its_element_and_put_back_with_its_options() -> None:
    (change,) = planned("ipsets", "set del offices 198.51.100.9/24").plan.sets
    assert change.line == "del offices 198.51.100.0/24"
    assert change.inverse.line == 'add offices 198.51.100.0/24 comment "head office"'
    assert change.inverse.command == "ipset add offices 198.51.100.0/24 comment 'head office'"


def test_an_exception_is_no_member() -> None:
    answer = planned("ipsets", "set add offices 198.51.100.128/25")
    assert not answer.done
    assert [each.id for each in answer.objections] == ["exception"]


@pytest.mark.parametrize(
    ("kind", "entry", "said"),
    [
        ("hash:ip", "198.51.100.0/23", "more than 256 members: write smaller parts"),
        ("hash:ip", "0.0.0.0/30", "cannot hold 0.0.0.0"),
        ("hash:ip", "nonsense", "write one such as 198.51.100.7"),
        ("hash:ip", "198.51.100.7/255.255.255.0", "write one such as"),
        ("hash:ip", "2001:db8::1", "write one such as"),
        ("hash:ip", "192.0.2.1,80", "write one such as"),
        ("hash:net", "0.0.0.0/0", "add 0.0.0.0/1 and 128.0.0.0/1"),
        ("hash:net", "0.0.0.0-255.255.255.255", "add 0.0.0.0/1 and 128.0.0.0/1"),
        ("hash:ip,port", "192.0.2.1,http", "write one such as 198.51.100.7,tcp:443"),
        ("hash:ip,port", "192.0.2.1,icmp:8/0", "such as udp:53"),
        ("hash:ip,port", "192.0.2.1,70000", "write one such as"),
        ("hash:ip,port", "192.0.2.0/25,1-3", "more than 256 members"),
        ("hash:net,iface", "192.0.2.0/24,two words", "write one such as 198.51.100.0/24,eth0"),
        ("hash:mac", "02:00:00:00:00:01", "change it with the ipset program"),
        ("hash:ip,mark", "192.0.2.1,16", "change it with the ipset program"),
    ],
)
def test_what_cannot_be_told_is_refused_in_a_sentence(kind: str, entry: str, said: str) -> None:
    with pytest.raises(NoMemberError, match=said):
        members(entry, IpSet("some", kind, (("family", "inet"),), ()))


def test_as_many_as_are_taken() -> None:
    assert len(members("192.0.2.9/24", IpSet("some", "hash:ip", (), ()))) == MOST
    mapped = IpSet("some", "hash:ip", (("family", "inet6"),), ())
    for entry in ("::ffff:192.0.2.1", "fe80::1%eth0"):
        with pytest.raises(NoMemberError):
            members(entry, mapped)


def changes(
    answer: Answer, judgement: Judgement
) -> dict[int | None, tuple[AddressSet, AddressSet]]:
    """Who gains and who loses the IPv4 ports from eth0."""
    found = preview(judgement, answer, Circumstances(None, True)).reaches
    return {
        each.exposure.offer.host_port: (each.gained, each.lost)
        for each in found
        if each.iif == "eth0" and each.exposure.offer.family is V4 and each.exposure.offer.host_port
    }


@pytest.mark.parametrize("entry", ["1.2.3.4", "1.2.3.9/30", "1.2.3.7-1.2.3.9"])
def test_a_member_lets_in_itself_and_nobody_else(entry: str) -> None:
    answer = planned("ipsets", f"set add friends {entry}")
    new = AddressSet.of(V4, [each.words for each in answer.plan.sets])
    found = changes(answer, judged("ipsets"))
    assert set(found) == {6379, 8080, 8082}
    assert all(each == (new, NOBODY) for each in found.values())
    before = let_in(judged("ipsets").exposures, 6379, "eth0")
    assert let_in(audited(answer), 6379, "eth0") == before | new


def blocking() -> Judgement:
    """A host whose first rule shuts out the members of a set."""
    words = "-i eth0 -m set --match-set bad src -j DROP"
    snapshot = snapshot_of("ipsets")
    bad = IpSet("bad", "hash:ip", (("family", "inet"),), ())
    there = replace(snapshot, ipsets=(*(snapshot.ipsets or ()), bad))
    answer = plan(judge(there), InsertRule("DOCKER-USER", 1, words), Choices((V4,)))
    return judge(edited_snapshot(there, answer.plan.changes))


def test_a_member_of_a_blocklist_loses_what_it_had() -> None:
    host = blocking()
    found = changes(plan(host, SetAdd("bad", "198.51.100.7")), host)
    assert found
    assert all(each == (NOBODY, AddressSet.of(V4, ["198.51.100.7"])) for each in found.values())


def test_so_does_who_is_put_back_on_it() -> None:
    """By the plan that undoes a deletion, which no intent is behind."""
    host = blocking()
    whole = plan(host, SetAdd("bad", "198.51.100.7")).plan
    found = changes(of_plan(host, replace(whole, summary="Undo.")), host)
    assert found
    assert all(each == (NOBODY, AddressSet.of(V4, ["198.51.100.7"])) for each in found.values())
    nothing = replace(whole, sets=(SetChange("add", "bad", "198.51.100.200"),))
    assert changes(of_plan(host, nothing), host) == {}
