"""What is told from FORWARD on is what judging the whole way says."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.editing.judged import judged
from tests.editing.test_any_chain import POOL, USER, host_with

from dockerwall.analysis.audit import Auditor
from dockerwall.editing.after import After
from dockerwall.editing.chains import user_chains
from dockerwall.editing.edited import cuts_of, ready_to_edit
from dockerwall.editing.outcome import Outcome, Pair
from dockerwall.editing.plan import Change
from dockerwall.editing.stage import Stage
from dockerwall.model.kinds import Family

NEW = (
    *POOL,
    "-s 198.51.100.9/32 -m conntrack --ctdir ORIGINAL -j DROP",
    "! -s 203.0.113.0/24 -i eth0 -m conntrack --ctdir ORIGINAL -j DROP",
    "-i eth1 -j RETURN",
    "-o eth0 -j DROP",
    "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP",
    "-m conntrack --ctstate ESTABLISHED -j DROP",
    "-m mark --mark 0x1/0x0 -j DROP",
    "-d 172.17.0.2/32 -j DROP",
    "-d 203.0.113.1/32 -j DROP",
    "-i br-b04f4b2441af -j DROP",
    "-p tcp -m tcp --sport 80 -j DROP",
    "-p tcp -m multiport --ports 80,443 -j DROP",
    "-s 172.30.0.0/16 -j DROP",
    "-s 172.30.0.2/32 -o eth0 -j ACCEPT",
    "-m conntrack --ctdir REPLY -j ACCEPT",
    "-m conntrack --ctstatus ASSURED -j DROP",
    "-m conntrack --ctstate DNAT -j RETURN",
    "-p tcp -m conntrack --ctorigdst 203.0.113.1 --ctorigdstport 8080 --ctdir ORIGINAL -j DROP",
)


def told(outcome: Outcome) -> dict[object, tuple[int, int]]:
    """Who gets in by which door, empty ones left out."""
    return {door: (a.accept, a.unknown) for door, a in outcome.items() if a.accept or a.unknown}


def anew(after: After, pair: Pair) -> Outcome:
    """Who gets in after changes, judged without a short way."""
    family = pair.exposure.offer.family
    auditor = Auditor(after.world, family)
    auditor.interfaces = (pair.interface,)
    cells = after.world.sides[family].cells
    return after.stage.masks[family].outcome(auditor.reaches(pair.exposure.offer), cells)


STANDING = (*POOL, *NEW)
"""Rules that may stand in the chain before: those that take replies as well as first packets."""


def compare(stage: Stage, changes: list[Change]) -> int:
    """How many pairs were told midway; every one of them as judging the whole way tells it."""
    after = stage.after(changes)
    touched = set(stage.touched(changes, (), stage.exposures))
    count = 0
    for pair in stage.pairs(stage.exposures):
        family = pair.exposure.offer.family
        if pair not in touched:
            assert told(stage.before(pair)) == told(anew(after, pair)), (pair, changes)
            continue
        midway = after.midway(family)
        if midway is None:
            continue
        if midway.reaches(pair.reaches, stage.judged.sides[family]) is None:
            continue
        count += 1
        assert told(after.outcome(pair)) == told(anew(after, pair)), (pair, changes)
    return count


def changed(rules: list[str], new: list[str], place: int, out: int | None) -> list[Change]:
    """Rules put in at a place, and one taken out, if any."""
    texts = list(rules)
    changes = []
    if out is not None and texts:
        at = out % len(texts) + 1
        changes.append(Change(USER, False, at, f"-A DOCKER-USER {texts.pop(at - 1)}"))
    at = min(place, len(texts)) + 1
    return changes + [Change(USER, True, at, f"-A DOCKER-USER {text}") for text in new]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(STANDING), max_size=5),
    st.lists(st.sampled_from(NEW), max_size=2),
    st.integers(0, 5),
    st.none() | st.integers(0, 4),
)
def test_any_change_of_the_chain(
    rules: list[str], new: list[str], place: int, out: int | None
) -> None:
    changes = changed(rules, new, place, out)
    cuts = [cut for each in changes for cut in cuts_of([each.text], Family.IPV4)]
    host = host_with(rules)
    compare(Stage.of(host, ready_to_edit(host.world, cuts)), changes)


@pytest.mark.parametrize(
    "text",
    [
        "-m conntrack --ctstate ESTABLISHED -j DROP",
        "-i br-b04f4b2441af -j DROP",
        "-p tcp -m tcp --sport 80 -j DROP",
    ],
)
def test_a_port_opens_when_what_dropped_its_replies_goes(text: str) -> None:
    assert ("web", False, True) in without_the_first([text])


@pytest.mark.parametrize(
    "behind", ["-m conntrack --ctdir REPLY -j DROP", "-m conntrack --ctstatus ASSURED -j DROP"]
)
def test_a_port_closes_when_what_let_later_packets_through_goes(behind: str) -> None:
    letting = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    assert ("web", True, False) in without_the_first([letting, behind])


def without_the_first(rules: list[str]) -> set[tuple[str | None, bool, bool]]:
    """Containers, and whether anybody got in by a pair before the first rule goes, and after."""
    host = host_with(rules)
    changes = [Change(USER, False, 1, f"-A DOCKER-USER {rules[0]}")]
    stage = Stage.of(host)
    after = stage.after(changes)
    compare(stage, changes)
    return {
        (
            pair.exposure.offer.container,
            bool(told(stage.before(pair))),
            bool(told(after.outcome(pair))),
        )
        for pair in stage.touched(changes, (), stage.exposures)
    }


def test_ports_that_no_rule_names_need_no_whole_way() -> None:
    for name in ("docker-20", "docker-26", "docker-28", "ufw", "legacy"):
        host = judged(name)
        where = user_chains(host.world, Family.IPV4)[0]
        text = "-A DOCKER-USER ! -s 203.0.113.0/24 -i eth0 -m conntrack --ctdir ORIGINAL -j DROP"
        change = Change(where, True, 1, text)
        cuts = cuts_of([text], Family.IPV4)
        assert compare(Stage.of(host, ready_to_edit(host.world, cuts)), [change]) > 0, name
