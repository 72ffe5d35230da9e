"""Which rules a change makes dead, or brings to life, is what looking at all of them anew says."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.editing.test_any_chain import host_with
from tests.editing.test_midway import NEW, STANDING, changed

from dockerwall.analysis.findings import shadowed_rule
from dockerwall.analysis.findings.ground import Ground
from dockerwall.analysis.world import World
from dockerwall.editing.edited import cuts_of, edited_world, ready_to_edit
from dockerwall.editing.findings import specs_by_table
from dockerwall.model.kinds import Family

LEADING = (
    "-j DOCKER-FORWARD",
    "-i eth0 -g DOCKER-FORWARD",
    "-i tun7 -j DROP",
    "-i tun+ -j RETURN",
    "-m recent --rcheck --seconds 60 --name knock --rsource -j DROP",
    "-m mark --mark 0x1 -j DROP",
)
"""Rules that lead elsewhere, or name what no other does."""
BEHIND = (
    "-i eth0 -o eth1 -j ACCEPT",
    "-s 198.51.100.0/24 -j ACCEPT",
    "-p tcp -m tcp --dport 80 -j DROP",
    "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
)
"""Rules of FORWARD behind the jump to DOCKER-USER."""


def dead(ground: Ground) -> Counter[str]:
    """The texts of the dead rules that are asked about."""
    return Counter(each.placed.rule.text for each in shadowed_rule.dead(ground))


def whole(world: World) -> Counter[str]:
    """Those of all the rules."""
    return dead(Ground(world, ()))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from((*STANDING, *LEADING)), max_size=6),
    st.lists(st.sampled_from((*NEW, *LEADING)), max_size=2),
    st.integers(0, 6),
    st.none() | st.integers(0, 5),
    st.lists(st.sampled_from(BEHIND), max_size=2, unique=True),
)
@example(["-j RETURN", "-i eth0 -j DROP"], ["-i tun7 -j DROP"], 0, None, [])
@example(["-j RETURN", "-i lo -j DROP"], ["-i eth+ -j DROP"], 0, None, [])
@example(["-i tun+ -j RETURN"] * 2, ["-i tun7 -j DROP"], 0, None, [])
@example(["-i eth0 -j RETURN", "-i eth0 -j DROP"], [], 0, 0, ["-i eth0 -o eth1 -j ACCEPT"])
def test_rules_that_die_and_come_to_life(
    rules: list[str], new: list[str], place: int, out: int | None, behind: list[str]
) -> None:
    host = host_with(rules, behind)
    changes = changed(rules, new, place, out)
    world = ready_to_edit(
        host.world, [cut for each in changes for cut in cuts_of([each.text], Family.IPV4)]
    )
    after = edited_world(world, changes)
    specs = specs_by_table(changes)
    died = dead(Ground(world, host.exposures, specs, host.ground))
    dies = dead(Ground(after, host.exposures, specs, host.ground))
    assert dies - died == whole(after) - whole(world)
    assert died - dies == whole(world) - whole(after)
