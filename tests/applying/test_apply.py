"""A change is made whole, read back and journalled, and goes back whole unless it is confirmed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.applying.machine import RULES, Machine

from dockerwall.editing.setchange import SetChange
from dockerwall.model.kinds import Family

pytestmark = pytest.mark.kernel

V4, V6 = Family.IPV4, Family.IPV6
ALLOW = "-s 203.0.113.9/32 -p tcp -m tcp --dport 80 -j RETURN"
ALLOW6 = "-s 2001:db8::9/128 -p tcp -m tcp --dport 80 -j RETURN"
BOTH = ((V4, True, 1, ALLOW), (V4, False, 4, "-s 198.51.100.7/32 -j DROP"), (V6, True, 2, ALLOW6))


def test_both_families_are_changed_in_one_go(machine: Machine) -> None:
    plan = machine.plan(*BOTH)
    done = machine.apply(plan)
    assert done.returncode == 0, done.stdout + done.stderr
    for where, texts in plan.after.items():
        assert machine.rules(where.family) == texts
    assert machine.events() == ["planned", "armed", "applied"]


def test_a_change_that_nobody_confirms_goes_back(machine: Machine) -> None:
    before = machine.chains()
    assert machine.apply(machine.plan(*BOTH), seconds=3).returncode == 0
    machine.until_settled()
    assert machine.chains() == before
    assert machine.events() == ["planned", "armed", "applied", "taken back"]


def test_a_kept_change_stays(machine: Machine) -> None:
    plan = machine.plan(*BOTH)
    machine.apply(plan, seconds=30)
    kept = machine.run("keep")
    assert kept.returncode == 0, kept.stderr
    machine.until_settled()
    assert {w: machine.rules(w.family) for w in plan.chains} == plan.after
    assert machine.events()[-1] == "kept"
    again = machine.run("keep")
    assert again.returncode == 4
    assert "no change is on trial" in again.stderr


def test_a_change_can_be_taken_back_at_once(machine: Machine) -> None:
    before = machine.chains()
    machine.apply(machine.plan(*BOTH))
    undone = machine.run("undo")
    assert undone.returncode == 0, undone.stderr
    assert machine.chains() == before
    assert machine.events()[-1] == "taken back"


def test_too_late_to_keep(nft_machine: Machine) -> None:
    name = nft_machine.apply(nft_machine.plan(*BOTH), seconds=3).stdout.split()[0]
    nft_machine.until_settled()
    late = nft_machine.run("keep", name)
    assert late.returncode == 5
    assert "taken back" in late.stderr


def test_counters_of_other_rules_survive(machine: Machine) -> None:
    text = [":DOCKER-USER - [7:700]", *(f"[9:900] {rule}" for rule in RULES[V4])]
    machine.restore(V4, ["*filter", *text, "COMMIT"])
    program = f"iptables-{machine.variant}-restore"
    machine.enclosure.run(
        ["/usr/sbin/" + program, "--noflush", "--counters"],
        "\n".join(["*filter", *text, "COMMIT", ""]),
    )
    machine.apply(machine.plan(*BOTH))
    saved = machine.enclosure.run([f"/usr/sbin/iptables-{machine.variant}-save", "-c"])
    counted = [line for line in saved.splitlines() if line.startswith("[9:900] -A DOCKER-USER")]
    assert counted == [f"[9:900] {rule}" for rule in RULES[V4][:2]]


def test_another_editor_between_plan_and_apply(machine: Machine) -> None:
    plan = machine.plan(*BOTH)
    machine.edit(V6, "-A", "DOCKER-USER", "-s", "2001:db8:3::/48", "-j", "DROP")
    before = machine.chains()
    refused = machine.apply(plan)
    assert refused.returncode == 4
    assert "+-A DOCKER-USER -s 2001:db8:3::/48 -j DROP" in refused.stdout
    assert machine.chains() == before
    assert machine.events() == []


def test_another_editor_while_on_trial(machine: Machine) -> None:
    """Only what the change touched goes back; what others did meanwhile stays."""
    machine.apply(machine.plan(*BOTH), seconds=30)
    machine.edit(V4, "-I", "DOCKER-USER", "1", "-s", "192.0.2.77", "-j", "DROP")
    machine.edit(V4, "-D", "DOCKER-USER", "-s", "192.0.2.0/24", "-j", "RETURN")
    machine.edit(V6, "-D", "DOCKER-USER", "-s", "2001:db8::9", "-p", "tcp", "--dport", "80",
                 "-j", "RETURN")  # fmt: skip
    assert machine.run("undo").returncode == 0
    assert machine.rules(V4) == ("-A DOCKER-USER -s 192.0.2.77/32 -j DROP", *RULES[V4][1:])
    assert machine.rules(V6) == RULES[V6]
    notes = machine.journal()[-1]["notes"]
    assert any("already gone" in note for note in notes)


def test_a_rule_the_kernel_refuses(machine: Machine) -> None:
    before = machine.chains()
    refused = machine.apply(machine.plan((V4, True, 1, "-m nonsense -j DROP"), BOTH[2]))
    assert refused.returncode == 4
    assert machine.chains() == before


def test_a_rule_that_only_the_kernel_itself_refuses(machine: Machine) -> None:
    """What passes --test and fails in the kernel: a jump that closes a loop."""
    machine.edit(V6, "-N", "LOOP")
    machine.edit(V6, "-A", "LOOP", "-j", "DOCKER-USER")
    before = machine.chains()
    failed = machine.apply(machine.plan(BOTH[0], (V6, True, 1, "-j LOOP")))
    assert failed.returncode == 5, failed.stdout
    assert machine.chains() == before
    machine.until_settled()
    assert machine.events() == ["planned", "armed", "taken back"]


def test_a_move_goes_back(machine: Machine) -> None:
    before = machine.chains()
    moved = RULES[V4][2].removeprefix("-A DOCKER-USER ")
    plan = machine.plan((V4, False, 3, moved), (V4, True, 1, moved))
    assert machine.apply(plan, seconds=3).returncode == 0
    machine.until_settled()
    assert machine.chains() == before


def test_the_first_change_backs_everything_up(machine: Machine) -> None:
    saved = machine.enclosure.run([f"/usr/sbin/iptables-{machine.variant}-save"])
    machine.apply(machine.plan(*BOTH))
    backup = machine.journal()[0]["backup"]
    kept = machine.enclosure.run(["cat", f"{backup}/iptables-save.{machine.variant}"])
    rules = [line for line in saved.splitlines() if line.startswith("-A")]
    assert [line.split("] ", 1)[1] for line in kept.splitlines() if "] -A" in line] == rules
    modes = machine.enclosure.run(
        ["sh", "-c", "cd /var/lib/dockerwall && stat -c '%n %a' . journal.jsonl trials/* backups"]
    )
    assert {line.split()[1] for line in modes.splitlines()} == {"700", "600"}


def test_only_one_change_is_on_trial(machine: Machine) -> None:
    machine.apply(machine.plan(BOTH[0]))
    before = machine.chains()
    second = machine.apply(machine.plan(BOTH[2]))
    assert second.returncode == 4
    assert "still on trial" in second.stdout
    assert machine.chains() == before


def test_the_journal_names_who_and_what(nft_machine: Machine) -> None:
    plan = nft_machine.plan(*BOTH)
    nft_machine.apply(plan)
    first = nft_machine.journal()[0]
    assert first["schema"] == "dockerwall-journal/1"
    assert first["who"]["user"] == "root"
    chains = {each["family"]: each for each in first["plan"]["chains"]}
    assert chains["ipv4"]["before"] == list(RULES[V4])
    assert chains["ipv4"]["after"] == list(plan.after[nft_machine.where(V4)])
    json.dumps(first)


@pytest.mark.parametrize(
    "words",
    [
        "-m recent --rcheck --name seen -j DROP",
        "-m limit --limit 5/min -j LOG --log-prefix wall",
        "-m set --match-set allowed src -m statistic --mode random --probability 0.5 -j OTHER",
    ],
)
def test_rules_that_are_only_known_by_their_text(machine: Machine, words: str) -> None:
    """The kernel's programs print them in other words than they were typed in."""
    machine.edit(V4, "-N", "OTHER")
    machine.enclosure.run(["ipset", "create", "allowed", "hash:net", "maxelem", "1000"])
    before = machine.chains()
    done = machine.apply(machine.plan((V4, True, 2, words)), seconds=3)
    assert done.returncode == 0, done.stdout + done.stderr
    machine.until_settled()
    assert machine.chains() == before


def test_sets_are_made_and_taken_back(machine: Machine) -> None:
    machine.enclosure.run(["ipset", "create", "old", "hash:ip"])
    machine.enclosure.run(["ipset", "add", "old", "192.0.2.9"])
    before = machine.enclosure.run(["ipset", "save"])
    changes = (
        SetChange("create", "new", "hash:net family inet"),
        SetChange("add", "new", "198.51.100.0/24"),
        SetChange("del", "old", "192.0.2.9"),
    )
    rule = (V4, True, 1, "-m set --match-set new src -j RETURN")
    plan = replace(machine.plan(rule), sets=changes)
    done = machine.apply(plan, seconds=3)
    assert done.returncode == 0, done.stdout
    machine.until_settled()
    assert machine.enclosure.run(["ipset", "save"]) == before
    assert machine.rules(V4) == RULES[V4]


def test_a_set_that_others_changed(machine: Machine) -> None:
    machine.enclosure.run(["ipset", "create", "allowed", "hash:ip"])
    add = SetChange("add", "allowed", "192.0.2.9")
    plan = replace(machine.plan(), sets=(add,))
    machine.enclosure.run(["ipset", "add", "allowed", "192.0.2.9"])
    refused = machine.apply(plan)
    assert refused.returncode == 4
    assert "changed meanwhile" in refused.stdout
    assert "192.0.2.9" in machine.enclosure.run(["ipset", "save"])
