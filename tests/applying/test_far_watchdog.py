"""The shell script that takes a change back on a far host: what it leaves is what the law says."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence

import pytest
from tests.engine.enclosure import Enclosure
from tests.kernel.topology import can_build
from tests.reading.test_ssh import ENVIRONMENT

from dockerwall.applying.far.waybacktext import UnwritableError, watchdog_script, way_back
from dockerwall.editing.plan import ChainRef, Change, Plan, changed
from dockerwall.editing.setchange import SetChange
from dockerwall.editing.takeback import takeback
from dockerwall.model.kinds import Family, Variant

SHELLS = (("dash",), ("bash",), ("busybox", "sh"))
RULES = 6


@pytest.fixture(scope="module", params=SHELLS, ids=" ".join)
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    words: tuple[str, ...] = request.param
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    return words


@pytest.fixture(scope="module")
def machine() -> Iterator[Enclosure]:
    if reason := can_build():
        pytest.skip(reason)
    with Enclosure("far", ENVIRONMENT) as enclosure:
        enclosure.run(["mkdir", "-m", "700", "/run/dockerwall"])
        yield enclosure


class Watched:
    """A chain of a machine, and the watchdog there."""

    def __init__(self, machine: Enclosure, shell: Sequence[str], where: ChainRef) -> None:
        self.machine = machine
        self.where = where
        self._shell = shell
        name = "iptables" if where.family is Family.IPV4 else "ip6tables"
        self._program = f"{name}-{where.variant}"

    def load(self, rules: Sequence[str]) -> None:
        chain = self.where.chain
        lines = ["*filter", f":{chain} - [0:0]", *rules, "COMMIT", ""]
        self.machine.run([f"{self._program}-restore", "--noflush"], "\n".join(lines))

    def rules(self) -> tuple[str, ...]:
        printed = self.machine.run([self._program, "-S", self.where.chain])
        return tuple(line for line in printed.splitlines() if line.startswith("-A "))

    def take_back(self, plan: Plan) -> None:
        """Run the watchdog with a deadline that is over."""
        for name, text in (("x.plan", way_back(plan)), ("x.sh", watchdog_script())):
            self.machine.run(["sh", "-c", f"cat >/run/dockerwall/{name}"], text)
        self.machine.run(["touch", "/run/dockerwall/x.armed"])
        self.machine.run([*self._shell, "/run/dockerwall/x.sh", "x", "0"])
        self.machine.script("test -e /run/dockerwall/x.done; rm /run/dockerwall/x.*")


def rule(where: ChainRef, number: int) -> str:
    source = f"192.0.2.{number}/32" if where.family is Family.IPV4 else f"2001:db8::{number}/128"
    comment = rf'"it\'s $(x) \"{number}\""'
    return f"-A {where.chain} -s {source} -m comment --comment {comment} -j DROP"


def some_plan(where: ChainRef, chance: random.Random) -> Plan:
    """A plan that puts rules in, takes some out, moves some; some equal to others."""
    before = [rule(where, chance.randrange(RULES)) for _ in range(chance.randrange(5))]
    chain, changes = list(before), []
    for _ in range(chance.randrange(1, 4)):
        if chain and chance.random() < 0.5:
            place = chance.randrange(len(chain))
            changes.append(Change(where, False, place + 1, chain[place]))
            text = chain.pop(place)
            if chance.random() < 0.5:
                to = chance.randrange(len(chain) + 1)
                chain.insert(to, text)
                changes.append(Change(where, True, to + 1, text))
        else:
            place = chance.randrange(len(chain) + 1)
            text = rule(where, chance.choice([*range(RULES), *range(20, 26)]))
            chain.insert(place, text)
            changes.append(Change(where, True, place + 1, text))
    return Plan("x", {where: tuple(before)}, tuple(changes))


@pytest.mark.kernel
@pytest.mark.parametrize("variant", list(Variant))
def test_undisturbed_it_leaves_what_was_there(
    machine: Enclosure, shell: Sequence[str], variant: Variant
) -> None:
    chance = random.Random(1)
    for number in range(12):
        family = Family.IPV6 if number % 3 == 2 else Family.IPV4
        watched = Watched(machine, shell, ChainRef(variant, family, "U"))
        plan = some_plan(watched.where, chance)
        watched.load(plan.after[watched.where])
        watched.take_back(plan)
        assert watched.rules() == plan.before[watched.where], plan
        watched.take_back(plan)
        assert watched.rules() == plan.before[watched.where], "done twice"


def multiset_plan(where: ChainRef, chance: random.Random) -> Plan:
    """Like the others, but each rule only once: then what the law asks for is one thing only."""
    while True:
        plan = some_plan(where, chance)
        lists = (plan.before[where], plan.after[where])
        if all(len(set(rules)) == len(rules) for rules in lists):
            return plan


@pytest.mark.kernel
def test_edited_by_others_it_leaves_what_the_law_says(
    machine: Enclosure, shell: Sequence[str]
) -> None:
    chance = random.Random(2)
    where = ChainRef(Variant.NFT, Family.IPV4, "U")
    watched = Watched(machine, shell, where)
    for _ in range(25):
        plan = multiset_plan(where, chance)
        live = list(plan.after[where])
        for _ in range(chance.randrange(3)):
            if live and chance.random() < 0.4:
                live.pop(chance.randrange(len(live)))
            else:
                live.insert(chance.randrange(len(live) + 1), rule(where, 40 + chance.randrange(5)))
        if len(set(live)) != len(live):
            continue
        watched.load(live)
        watched.take_back(plan)
        expected = changed({where: live}, takeback(plan, {where: live}).changes)[where]
        assert watched.rules() == expected, (plan, live)


@pytest.mark.kernel
def test_a_rule_typed_in_other_words_is_found(machine: Enclosure, shell: Sequence[str]) -> None:
    where = ChainRef(Variant.NFT, Family.IPV4, "U")
    watched = Watched(machine, shell, where)
    typed = "-A U -j DROP -s 192.0.2.77"
    plan = Plan("x", {where: (rule(where, 1),)}, (Change(where, True, 1, typed),))
    watched.load(["-A U -s 192.0.2.77/32 -j DROP", rule(where, 1)])
    watched.take_back(plan)
    assert watched.rules() == (rule(where, 1),)


@pytest.mark.kernel
def test_a_chain_that_is_gone_and_sets(machine: Enclosure, shell: Sequence[str]) -> None:
    where = ChainRef(Variant.NFT, Family.IPV4, "GONE")
    machine.script(
        "ipset create old hash:ip; ipset create friends hash:ip; ipset add friends 192.0.2.1"
    )
    sets = (SetChange("add", "friends", "192.0.2.1"), SetChange("create", "mine", "hash:ip"),
            SetChange("del", "old", "192.0.2.9"))  # fmt: skip
    plan = Plan("x", {where: ()}, (Change(where, True, 1, "-A GONE -j DROP"),), sets)
    Watched(machine, shell, where).take_back(plan)
    saved = machine.run(["ipset", "save"])
    assert "mine" not in saved
    assert "192.0.2.1" not in saved
    assert "add old 192.0.2.9" in saved
    machine.script("ipset destroy old; ipset destroy friends")


def test_a_line_break_is_refused() -> None:
    where = ChainRef(Variant.NFT, Family.IPV4, "U")
    plan = Plan("x", {where: ()}, (Change(where, True, 1, "-A U -j DROP\nS flush"),))
    with pytest.raises(UnwritableError):
        way_back(plan)
