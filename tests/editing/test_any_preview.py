"""Random changes in any chain of any host: a preview says what judging anew says."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from tests.bench.large_host import write_large_host
from tests.editing.test_dead_rules import BEHIND, LEADING
from tests.editing.test_judged_anew import identities, previewed
from tests.editing.test_midway import NEW
from tests.present.recorded import NAMES, snapshot_of

from dockerwall.analysis.exposure import Exposure, Severity
from dockerwall.analysis.judgement import judge
from dockerwall.editing.edited import chain_texts, edited_snapshot
from dockerwall.editing.outcome import PROCESS_WAYS
from dockerwall.editing.plan import ChainRef, Change
from dockerwall.editing.preview import Preview
from dockerwall.grammar.save import format_save, parse_save
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import Snapshot
from dockerwall.reading.recorded import RecordedHost

IPV4 = re.compile(r"\d\.\d")
CHAINS = ("DOCKER-USER", "DOCKER-USER", "FORWARD", "INPUT", "OUTPUT", "MINE")
RULES = (
    *NEW,
    *BEHIND,
    *LEADING,
    "-j ACCEPT",
    "-j DROP",
    "-j MINE",
    "-i eth0 -g MINE",
    "-i lo -j DROP",
    "-o docker0 -j DROP",
    "-i eth0 -o docker0 -j ACCEPT",
    "-d 172.17.0.0/16 -j ACCEPT",
    "-s 172.16.0.0/12 -j RETURN",
    "-m conntrack --ctstate INVALID -j DROP",
    "-m conntrack ! --ctstate NEW -j ACCEPT",
    "-m set --match-set guests src -j DROP",
    "-m limit --limit 5/min -j ACCEPT",
    "-p tcp -m tcp --dport 65535 -j DROP",
    "-p tcp -m tcp --dport 1024:65535 -j ACCEPT",
    "-p tcp -j REJECT --reject-with tcp-reset",
    "-p udp -j ACCEPT",
    "-p tcp -m tcp --dport 10001 -j DROP",
    "-p tcp -m tcp --dport 10002:10003 -j RETURN",
    "-p tcp -m tcp --sport 80 -j DROP",
)
DEAD = frozenset({"drop-after-return", "shadowed-rule", "unreachable-rule"})
"""Ids of what is said of a dead rule; one that stays dead for another reason is not told of."""

Way = tuple[tuple[object, ...], str, str, bool]
"""An exposure's key, the interface, the address, and whether a process of the host takes it."""


class Host:
    """A host with a chain of the operator's own, on which changes are tried."""

    def __init__(self, snapshot: Snapshot, chance: random.Random) -> None:
        self.chance = chance
        sides = [side for side, saved in snapshot.rules.items() if "filter" in saved.ruleset.tables]
        self.variant, self.family = side = chance.choice(sides)
        text = format_save(snapshot.rules[side]).replace("*filter\n", "*filter\n:MINE - [0:0]\n")
        rules = {**snapshot.rules, side: parse_save(text, *side)}
        self.snapshot = replace(snapshot, rules=rules)
        self.chains = rules[side].ruleset.tables["filter"].chains

    def changes(self, snapshot: Snapshot, count: int) -> list[Change]:
        """As many changes as that, or a few less."""
        chance, found = self.chance, list[Change]()
        texts: dict[ChainRef, list[str]] = {}
        for _ in range(count):
            chain = chance.choice([each for each in CHAINS if each in self.chains])
            where = ChainRef(self.variant, self.family, chain)
            here = texts.setdefault(where, list(chain_texts(snapshot, where) or ()))
            rule = chance.choice(RULES)
            if here and chance.random() < 0.4:
                place = chance.randrange(len(here))
                rule = here.pop(place)
                found.append(Change(where, False, place + 1, rule))
                if chance.random() < 0.6:
                    continue
            elif self.fits(chain, rule):
                rule = f"-A {chain} {rule}"
            else:
                continue
            place = chance.randrange(len(here) + 1)
            here.insert(place, rule)
            found.append(Change(where, True, place + 1, rule))
        return found

    def fits(self, chain: str, rule: str) -> bool:
        """Whether the kernel would take a rule in a chain of the family."""
        if self.family is Family.IPV6 and (IPV4.search(rule) or "icmp-" in rule):
            return False
        if ("MINE" in rule and chain == "MINE") or (
            "DOCKER-FORWARD" in rule and "DOCKER-FORWARD" not in self.chains
        ):
            return False
        return not (("-o " in rule and chain == "INPUT") or ("-i " in rule and chain == "OUTPUT"))


def let_in(exposures: Iterable[Exposure]) -> dict[Way, tuple[AddressSet, AddressSet]]:
    """Who surely, and who perhaps, gets in by every way from another host."""
    found: dict[Way, tuple[AddressSet, AddressSet]] = {}
    for exposure in exposures:
        for reach in exposure.reach:
            for to in reach.to if reach.iif not in ("", "lo") else ():
                way = exposure.key, reach.iif, to, reach.via in PROCESS_WAYS
                nobody = AddressSet.nothing(exposure.offer.family)
                accept, unknown = found.get(way, (nobody, nobody))
                found[way] = accept | reach.accept, unknown | reach.unknown
    return {way: (yes, maybe - yes) for way, (yes, maybe) in found.items() if yes or maybe}


@pytest.mark.parametrize("seed", range(100))
def test_a_preview_is_what_judging_anew_says(seed: int) -> None:
    chance = random.Random(seed)
    name = chance.choice([name for name in NAMES if name != "docker-29-nftables"])
    compare(Host(snapshot_of(name), chance))


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A host with containers between which no rule makes a difference."""
    folder = tmp_path_factory.mktemp("alike") / "host"
    return RecordedHost(write_large_host(folder, 5, 20)).read()


@pytest.mark.parametrize("seed", range(60))
def test_ports_that_are_judged_together_are_previewed_apart(alike: Snapshot, seed: int) -> None:
    compare(Host(alike, random.Random(seed)))


def test_a_rule_on_one_of_the_ports_that_are_judged_together(alike: Snapshot) -> None:
    where = ChainRef(Variant.NFT, Family.IPV6, "INPUT")
    rule = "-A INPUT -p tcp -m tcp --dport 10001 -j DROP"
    found = same_as_anew(alike, [Change(where, True, 1, rule)])
    assert {each.exposure.offer.host_port for each in found.reaches} == {10001}


def compare(host: Host) -> None:
    """Have a change made up and previewed, and judge the host anew after it."""
    chance = host.chance
    snapshot = edited_snapshot(host.snapshot, host.changes(host.snapshot, chance.randrange(6)))
    changes = host.changes(snapshot, chance.choice((1, 1, 2, 3)))
    if not changes:
        return
    same_as_anew(snapshot, changes)


def same_as_anew(snapshot: Snapshot, changes: list[Change]) -> Preview:
    """The preview, once it is known to be what judging the edited host anew says."""
    before, after = judge(snapshot), judge(edited_snapshot(snapshot, changes))
    found = previewed(before, changes)

    told = {each.key for each in (*before.exposures, *after.exposures)}
    had, has = let_in(before.judged), let_in(after.judged)
    claimed = {(each.exposure.key, each.iif, to): each for each in found.reaches for to in each.to}
    really = {way for way in had.keys() | has.keys() if had.get(way) != has.get(way)}
    assert {way[:3] for way in really if way[0] in told} == set(claimed)
    for key, iif, to, process in really:
        change = claimed.get((key, iif, to))
        if change is not None and (key, iif, to, not process) not in really:
            nobody = AddressSet.nothing(change.exposure.offer.family)
            assert (change.after, change.unknown_after - change.after) == has.get(
                (key, iif, to, process), (nobody, nobody)
            )
    severities = {each.key: each.severity for each in before.exposures}
    severities |= {each.exposure.key: each.after for each in found.severities}
    now = {each.key: each.severity for each in after.exposures}
    assert {key: severities[key] for key in now} == now
    assert {severities[key] for key in severities.keys() - now.keys()} <= {
        Severity.LOCAL,
        Severity.CLOSED,
    }
    old, new = identities(before.findings), identities(after.findings)
    assert {each for each in identities(found.gained) if each[0] not in DEAD} == {
        each for each in new - old if each[0] not in DEAD
    }
    assert {each for each in identities(found.lost) if each[0] not in DEAD} == {
        each for each in old - new if each[0] not in DEAD
    }
    return found
