"""Between the moment a change is in force and the moment it was read back, anything may happen."""

from __future__ import annotations

import json

import pytest
from tests.applying.machine import PROGRAMS, RULES, Machine
from tests.applying.test_apply import BOTH, V4, V6
from tests.applying.test_faults import watchdogs
from tests.engine.host import poll

from dockerwall.model.kinds import Family

pytestmark = pytest.mark.kernel

THEIRS = {
    V4: "-A DOCKER-USER -s 192.0.2.77/32 -j DROP",
    V6: "-A DOCKER-USER -s 2001:db8:77::/48 -j DROP",
}
"""What somebody else appends to DOCKER-USER."""


def append(machine: Machine, family: Family) -> str:
    """The command line of somebody else, as a script."""
    return f"{PROGRAMS[family]}-{machine.variant} {THEIRS[family]}"


def test_killed_before_it_was_read_back(machine: Machine) -> None:
    """It was seen as on trial, and can be kept: it is read back then."""
    plan = machine.plan(*BOTH)
    machine.apply(plan, seconds=20, in_force="kill -KILL $PPID")
    assert {w: machine.rules(w.family) for w in plan.chains} == plan.after
    assert machine.events() == ["planned", "armed"]
    kept = machine.run("keep")
    assert kept.returncode == 0, kept.stderr
    assert {w: machine.rules(w.family) for w in plan.chains} == plan.after
    assert machine.events() == ["planned", "armed", "applied", "kept"]
    assert machine.open_trials() == []


@pytest.mark.parametrize("family", [V4, V6], ids=str)
def test_killed_and_edited_before_it_was_read_back(machine: Machine, family: Family) -> None:
    """It is not what was predicted: it cannot be kept, and goes back; what others did stays."""
    before = machine.chains()
    ending = f"{append(machine, family)}; kill -KILL $PPID"
    machine.apply(machine.plan(*BOTH), seconds=20, in_force=ending)
    kept = machine.run("keep")
    assert kept.returncode == 4
    assert "cut short" in kept.stderr
    assert THEIRS[family] in kept.stderr
    assert machine.run("undo").returncode == 0
    expected = {each: before[each] for each in (V4, V6)}
    expected[family] = (*before[family], THEIRS[family])
    assert machine.chains() == expected
    assert machine.events() == ["planned", "armed", "taken back"]


def test_killed_before_it_was_read_back_and_nobody_comes(machine: Machine) -> None:
    before = machine.chains()
    machine.apply(machine.plan(*BOTH), seconds=3, in_force="kill -KILL $PPID")
    machine.until_settled()
    assert machine.chains() == before
    assert machine.events() == ["planned", "armed", "taken back"]


@pytest.mark.parametrize("family", [V4, V6], ids=str)
def test_somebody_else_edits_before_it_was_read_back(machine: Machine, family: Family) -> None:
    """Theirs stays, and all of ours goes, in both families."""
    before = machine.chains()
    failed = machine.apply(machine.plan(*BOTH), in_force=append(machine, family))
    assert failed.returncode == 5, failed.stdout
    assert "did not become what was predicted" in failed.stdout
    assert THEIRS[family] in failed.stdout
    expected = {each: before[each] for each in (V4, V6)}
    expected[family] = (*before[family], THEIRS[family])
    assert machine.chains() == expected
    assert machine.events() == ["planned", "armed", "taken back"]
    assert machine.open_trials() == []


def test_somebody_else_edits_another_chain_before_it_was_read_back(machine: Machine) -> None:
    """That is nobody's business here."""
    machine.edit(V4, "-N", "OTHER")
    other = f"iptables-{machine.variant} -A OTHER -j RETURN"
    plan = machine.plan(*BOTH)
    done = machine.apply(plan, in_force=other)
    assert done.returncode == 0, done.stdout
    assert {w: machine.rules(w.family) for w in plan.chains} == plan.after
    assert machine.events() == ["planned", "armed", "applied"]


def test_the_chain_is_gone_before_it_was_read_back(machine: Machine) -> None:
    """In one family: what is left of the change goes back in the other."""
    program = f"ip6tables-{machine.variant}"
    gone = f"{program} -F FORWARD; {program} -F DOCKER-USER; {program} -X DOCKER-USER"
    failed = machine.apply(machine.plan(*BOTH), in_force=gone)
    assert failed.returncode == 5, failed.stdout
    assert machine.chains() == {V4: RULES[V4], V6: ()}
    assert machine.events()[-1] == "taken back"


def test_the_time_is_over_before_it_was_read_back(machine: Machine) -> None:
    before = machine.chains()
    waiting = "while ls /var/lib/dockerwall/trials | grep -q armed; do sleep 0.1; done"
    late = machine.apply(machine.plan(*BOTH), seconds=2, in_force=waiting)
    assert late.returncode == 5, late.stdout
    machine.until_settled()
    assert machine.chains() == before
    assert machine.events()[-1] == "taken back"
    assert "applied" not in machine.events()


def test_the_watchdog_is_killed_before_it_was_read_back(machine: Machine) -> None:
    """The change can still be kept; the next command would end it otherwise."""
    plan = machine.plan(*BOTH)
    machine.apply(plan, seconds=60, in_force="kill -KILL $(pgrep -f '^[^ ]*python -I -S')")
    assert watchdogs(machine) == []
    assert machine.run("keep").returncode == 0
    assert {w: machine.rules(w.family) for w in plan.chains} == plan.after
    assert machine.events() == ["planned", "armed", "applied", "kept"]


# What was looked at while the operator read is looked at again, unless the kernel itself says that
# nothing changed since.


@pytest.mark.parametrize("family", [V4, V6], ids=str)
def test_edited_after_the_rehearsal(machine: Machine, family: Family) -> None:
    refused = machine.apply(machine.plan(*BOTH), rehearsed=append(machine, family))
    assert refused.returncode == 4, refused.stdout
    assert f"+{THEIRS[family]}" in refused.stdout
    assert machine.chains()[family] == (*RULES[family], THEIRS[family])
    assert machine.events() == ["planned", "armed", "failed"]
    assert machine.open_trials() == []


def test_edited_elsewhere_or_back_after_the_rehearsal(machine: Machine) -> None:
    """The chains are what the plan was made from, whatever else happened."""
    program = f"iptables-{machine.variant}"
    edits = (
        f"{program} -N OTHER; {program} -A OTHER -j RETURN; {append(machine, V4)}; "
        f"{program} -D {THEIRS[V4].removeprefix('-A ')}"
    )
    plan = machine.plan(*BOTH)
    done = machine.apply(plan, rehearsed=edits)
    assert done.returncode == 0, done.stdout
    assert {w: machine.rules(w.family) for w in plan.chains} == plan.after


def test_a_rehearsed_change_is_the_same_change(machine: Machine) -> None:
    """The plan that was written and told the watchdog before is the one it takes back."""
    before = machine.chains()
    plan = machine.plan(*BOTH)
    done = machine.apply(plan, seconds=3, rehearsed=":")
    assert done.returncode == 0, done.stdout
    first = machine.journal()[0]
    chains = {each["family"]: each for each in first["plan"]["chains"]}
    assert chains["ipv4"]["after"] == list(plan.after[machine.where(V4)])
    json.dumps(first)
    machine.until_settled()
    assert machine.chains() == before
    assert machine.events() == ["planned", "armed", "applied", "taken back"]


def test_a_plan_larger_than_any_pipe(nft_machine: Machine) -> None:
    """The watchdog reads it from the trial's file instead."""
    rules = [f"-A DOCKER-USER -s 10.{n >> 8}.{n & 255}.0/24 -j DROP" for n in range(9000)]
    nft_machine.restore(V4, ["*filter", *rules, "COMMIT"])
    before = nft_machine.rules(V4)
    plan = nft_machine.plan((V4, True, 1, "-s 203.0.113.9/32 -j DROP"))
    done = nft_machine.apply(plan, seconds=4, rehearsed=":")
    assert done.returncode == 0, done.stdout
    poll("the end of the trial", lambda: not nft_machine.open_trials())
    assert nft_machine.rules(V4) == before
