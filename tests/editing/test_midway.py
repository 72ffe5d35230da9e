"""What is told from FORWARD on is what judging the whole way says."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.editing.judged import judged
from tests.editing.test_any_chain import POOL, USER, host_with

from dockerwall.editing.chains import user_chains
from dockerwall.editing.edited import cuts_of, ready_to_edit
from dockerwall.editing.outcome import After, Outcome, Stage
from dockerwall.editing.plan import Change
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
    "-p tcp -m conntrack --ctorigdst 203.0.113.1 --ctorigdstport 8080 --ctdir ORIGINAL -j DROP",
)


def told(outcome: Outcome) -> dict[object, tuple[int, int]]:
    """Who gets in by which door, empty ones left out."""
    return {door: (a.accept, a.unknown) for door, a in outcome.items() if a.accept or a.unknown}


def compare(stage: Stage, changes: list[Change]) -> int:
    """How many pairs were told midway; every one of them as judging the whole way tells it."""
    after = After(stage.after(changes).world, stage, tuple(changes))
    whole = After(after.world, stage)  # knows of no changes, so it takes no short way
    count = 0
    for pair in stage.pairs(stage.exposures):
        midway = after.midway[pair.exposure.offer.family]
        if midway is None:
            continue
        met = any(rule.can_meet_answers(pair.exposure.offer, pair.interface)
                  for rule in midway.touches)  # fmt: skip
        judged_in = stage.judged.sides[pair.exposure.offer.family]
        if midway.reaches(stage.reaches(pair), judged_in, answers_met=met) is None:
            continue
        count += 1
        assert told(after.outcome(pair)) == told(whole.outcome(pair)), (pair, changes)
    return count


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(POOL), max_size=5),
    st.lists(st.sampled_from(NEW), min_size=1, max_size=2),
    st.integers(0, 5),
    st.booleans(),
)
def test_any_change_of_the_chain(
    rules: list[str], new: list[str], place: int, take_one_out: bool
) -> None:
    host = host_with(rules)
    at = min(place, len(rules)) + 1
    changes = [Change(USER, True, at, f"-A DOCKER-USER {text}") for text in new]
    if take_one_out and rules and at > 1:
        changes.append(Change(USER, False, 1, f"-A DOCKER-USER {rules[0]}"))
    cuts = [cut for each in changes for cut in cuts_of([each.text], Family.IPV4)]
    compare(Stage.of(host, ready_to_edit(host.world, cuts)), changes)


def test_ports_that_no_rule_names_need_no_whole_way() -> None:
    for name in ("docker-20", "docker-26", "docker-28", "ufw", "legacy"):
        host = judged(name)
        where = user_chains(host.world, Family.IPV4)[0]
        text = "-A DOCKER-USER ! -s 203.0.113.0/24 -i eth0 -m conntrack --ctdir ORIGINAL -j DROP"
        change = Change(where, True, 1, text)
        cuts = cuts_of([text], Family.IPV4)
        assert compare(Stage.of(host, ready_to_edit(host.world, cuts)), [change]) > 0, name
