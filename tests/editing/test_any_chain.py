"""Whatever stands in DOCKER-USER: a plan that is offered does what it says, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.editing.judged import audited, let_in, others
from tests.present.recorded import snapshot_of

from dockerwall.analysis.judgement import Judgement, judge
from dockerwall.editing.edited import chain_texts, edited_snapshot
from dockerwall.editing.intent_words import parse_intent
from dockerwall.editing.plan import ChainRef, Change
from dockerwall.editing.planner import Choices, plan
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family, Variant

USER = ChainRef(Variant.NFT, Family.IPV4, "DOCKER-USER")
WEB = "-m conntrack --ctorigdstport 8080 --ctdir ORIGINAL"
POOL = (
    "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
    "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-j RETURN",
    "-i eth0 -j DROP",
    "-s 198.51.100.0/24 -j RETURN",
    "-s 198.51.100.0/25 -i eth0 -j DROP",
    f"-i eth0 -p tcp {WEB} -j ACCEPT",
    f"-i eth0 -p tcp {WEB} -j DROP",
    f"! -s 203.0.113.0/24 -i eth0 -p tcp {WEB} -j DROP",
    "-p tcp -m tcp --dport 80 -j DROP",
    "-p tcp -m tcp --dport 8080 -j REJECT --reject-with icmp-port-unreachable",
    "-s 203.0.113.9/32 -m recent --rcheck --seconds 60 --name knock --rsource -j RETURN",
)
INTENTS = (
    "only 198.51.100.7 to 8080",
    "only 198.51.100.0/24,203.0.113.9 to 8080",
    "close 8080",
    "allow 198.51.100.7 to 8080",
    "block 198.51.100.7",
)


def host_with(rules: list[str], behind: Sequence[str] = ()) -> Judgement:
    """A recorded host whose DOCKER-USER holds these rules, and FORWARD those behind the jump."""
    snapshot = snapshot_of("docker-28")
    old = chain_texts(snapshot, USER) or ()
    changes = [Change(USER, False, 1, text) for text in old]
    changes += [
        Change(USER, True, place, f"-A DOCKER-USER {rule}") for place, rule in enumerate(rules, 1)
    ]
    forward = ChainRef(USER.variant, USER.family, "FORWARD")
    changes += [Change(forward, True, 2, f"-A FORWARD {rule}") for rule in reversed(behind)]
    return judge(edited_snapshot(snapshot, changes))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(POOL), max_size=5), st.sampled_from(INTENTS))
def test_the_outcome_is_the_intent(rules: list[str], words: str) -> None:
    host = host_with(rules)
    answer = plan(host, parse_intent(words.split()), Choices((Family.IPV4,)))
    before, after = host.exposures, audited(answer)
    had, has = let_in(before, 8080, "eth0"), let_in(after, 8080, "eth0")
    assert answer.plan or answer.done or answer.objections
    if not answer.plan and not answer.done:
        return
    if words.startswith("only"):
        sources = words.split()[1].split(",")
        assert not has - AddressSet.of(Family.IPV4, sources)
        assert not let_in(after, 8080, "eth1") - AddressSet.of(Family.IPV4, sources)
    elif words.startswith("close"):
        assert not has
    else:
        one = AddressSet.of(Family.IPV4, ["198.51.100.7"])
        assert has == (had - one if words.startswith("block") else had | one)
    if not words.startswith("block"):
        assert others(after, "web") == others(before, "web")
