"""A snapshot with changes made is exactly what reading the changed host would give."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.present.recorded import NAMES, snapshot_of, world_of

from dockerwall.analysis.audit import audit
from dockerwall.analysis.judgement import judge
from dockerwall.analysis.world import World, build_world
from dockerwall.editing.edited import (
    cuts_of,
    edited_snapshot,
    edited_world,
    ready_to_edit,
    with_new_sets,
)
from dockerwall.editing.plan import ChainRef, Change
from dockerwall.editing.setchange import SetChange
from dockerwall.editing.stage import Stage
from dockerwall.grammar.save import format_save, parse_save
from dockerwall.model.kinds import Family, Variant

USER = ChainRef(Variant.NFT, Family.IPV4, "DOCKER-USER")
DROP = "-A DOCKER-USER -s 198.51.100.7/32 -j DROP"
LAST = "-A DOCKER-USER -j RETURN"
RETURN = "-A DOCKER-USER -s 198.51.100.0/25 -j RETURN"

WITHOUT = ("legacy", "docker-29-nftables")
"""Hosts without this chain."""


@pytest.mark.parametrize("name", ["docker-20", "docker-28", "swarm", "ipsets"])
def test_the_edited_file_is_read_the_same(name: str) -> None:
    snapshot = snapshot_of(name)
    changes = [Change(USER, True, 1, DROP), Change(USER, True, 1, RETURN)]
    edited = edited_snapshot(snapshot, changes).rules[Variant.NFT, Family.IPV4]
    again = parse_save(format_save(edited), Variant.NFT, Family.IPV4)
    assert again == edited
    texts = [rule.text for rule in again.ruleset.tables["filter"].chains["DOCKER-USER"].rules]
    assert texts[:2] == [RETURN, DROP]
    back = edited_snapshot(
        edited_snapshot(snapshot, changes), [c.inverse for c in reversed(changes)]
    )
    assert back == snapshot


def test_a_chain_whose_rules_stand_in_several_places() -> None:
    """A save file written by hand: iptables-restore takes it, and prints it in another order."""
    lines = ["*filter", ":FORWARD ACCEPT [0:0]", ":DOCKER-USER - [0:0]", "[1:60] " + DROP]
    lines += ["[2:120] -A FORWARD -j DOCKER-USER", "[3:180] " + RETURN, "COMMIT", ""]
    saved = parse_save("\n".join(lines), Variant.NFT, Family.IPV4)
    snapshot = replace(snapshot_of("docker-28"), rules={(Variant.NFT, Family.IPV4): saved})
    edited = edited_snapshot(snapshot, [Change(USER, True, 2, LAST), Change(USER, False, 1, DROP)])
    text = format_save(edited.rules[Variant.NFT, Family.IPV4])
    own = [line for line in text.split("\n") if "-A " in line]
    assert own == [f"[0:0] {LAST}", f"[3:180] {RETURN}", "[2:120] -A FORWARD -j DOCKER-USER"]


@pytest.mark.parametrize("name", [each for each in NAMES if each not in WITHOUT])
def test_the_edited_world_judges_as_one_built_anew(name: str) -> None:
    changes = [Change(USER, True, 1, DROP), Change(USER, True, 1, RETURN)]
    world = ready_to_edit(world_of(name), cuts_of([DROP, RETURN], Family.IPV4))
    edited = edited_world(world, changes)
    anew = build_world(edited_snapshot(snapshot_of(name), changes))
    assert told(edited) == told(anew)
    assert told(edited) != told(world_of(name)) or name in ("macvlan", "host-network")


@pytest.mark.parametrize(
    "rule", ["INPUT -i lo -j DROP", "OUTPUT -p tcp -j DROP", "FORWARD -j DROP"]
)
@pytest.mark.parametrize("name", ["docker-20", "docker-28", "swarm", "ufw"])
def test_nothing_of_before_is_taken_for_after(name: str, rule: str) -> None:
    world = world_of(name)
    audit(world)  # so that all is known of it that is kept
    chain = rule.split()[0]
    changes = [Change(ChainRef(Variant.NFT, Family.IPV4, chain), True, 1, f"-A {rule}")]
    edited = edited_world(world, changes)
    assert told(edited) == told(build_world(edited_snapshot(snapshot_of(name), changes)))


@pytest.mark.parametrize("name", ["docker-28", "ipsets"])
def test_a_world_with_a_new_set_judges_as_one_built_anew(name: str) -> None:
    world = world_of(name)
    audit(world)
    sets = [SetChange("create", "guests", "hash:net family inet")]
    sets += [SetChange("add", "guests", entry) for entry in ("198.51.100.7", "203.0.113.0/28")]
    text = "-A DOCKER-USER -m set ! --match-set guests src -j DROP"
    changes = [Change(USER, True, 1, text)]
    edited = edited_world(with_new_sets(world, sets), changes)
    assert told(edited) == told(build_world(edited_snapshot(snapshot_of(name), changes, sets)))


def test_a_rule_that_changes_a_set_leaves_nothing_sure() -> None:
    text = "-A DOCKER-USER -s 192.0.2.0/24 -j SET --add-set friends src"
    changes = [Change(USER, True, 1, text)]
    world = ready_to_edit(world_of("ipsets"), cuts_of([text], Family.IPV4))
    anew = build_world(edited_snapshot(snapshot_of("ipsets"), changes))
    assert told(edited_world(world, changes)) == told(anew) != told(world)
    stage = Stage.of(judge(snapshot_of("ipsets")), world)
    after = stage.after(changes)
    moved = [p for p in after.touched if after.outcome(p) != stage.before(p)]
    assert {access.unknown for pair in moved for access in after.outcome(pair).values()} != {0}


def told(world: World) -> list[object]:
    """What an audit says, but for where counters are found."""
    return [
        (
            exposure.key,
            exposure.severity,
            [
                (
                    (reach.iif, reach.to, reach.via, reach.accept, reach.unknown, reach.doubts),
                    [(hit.chain, hit.text, hit.clients) for hit in reach.decided_by],
                )
                for reach in exposure.reach
            ],
        )
        for exposure in audit(world)
    ]
