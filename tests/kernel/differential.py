"""Random rule sets, real packets, and the model's word on each: the long run as one command.

    python -m tests.kernel.differential --probes 1000000 --seed 1

For every rule set, on each variant, on both at once, and on each family: what the model says may
happen to a first packet holds what the kernel did; where nothing is undecidable it says one thing
only; connections open exactly where it says so; and every rule counts exactly the packets it was
predicted to count. Exit status 1 where anything differed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.kernel.conversation import Talk, converse
from tests.kernel.outcome import Outcome
from tests.kernel.packet import Packet
from tests.kernel.random_rules.probes import random_probes
from tests.kernel.random_rules.tables import RandomRules, random_rules
from tests.kernel.rules import (
    VARIANTS,
    RulePlace,
    load_ipsets,
    load_rules,
    moved,
    parse_counters,
    save_rules,
)
from tests.kernel.snapshot import Recorder
from tests.kernel.topology import WIRES, Topology, can_build, has_neighbour
from tests.kernel.verdicts import Answer, End, Query, ask, ask_whole, open_world
from tests.kernel.worlds import World, Worlds

from dockerwall.analysis.world import World as Model

Layout = Literal["nft", "legacy", "both"]
LAYOUTS: tuple[Layout, ...] = ("nft", "legacy", "both")
OTHERS = 500_000  # what is added to a seed for the legacy half of a host with both variants
QUERIES, SOURCES = 40, 120
TALKS = 300  # connections that are tried to be opened for one rule set
MOST_SHOWN = 60  # differences of each kind that are printed
SYSCTL_CHOICES: tuple[dict[str, str], ...] = (
    {},
    {},
    {"net.ipv4.conf.all.rp_filter": "2"},
    {"net.ipv4.conf.eth0.rp_filter": "1", "net.ipv4.conf.eth1.rp_filter": "1"},
    {"net.ipv4.conf.eth0.route_localnet": "1"},
    {"net.bridge.bridge-nf-call-iptables": "0", "net.bridge.bridge-nf-call-ip6tables": "0"},
    {"net.ipv4.conf.all.accept_local": "1"},
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One difference between model and kernel, with all that is needed to see it again."""

    kind: str
    """`delivery`, `talk`, `counter`, or `unsure`: several ends though all is decidable."""
    seed: int
    variant: str
    version: int
    text: str

    def __str__(self) -> str:
        """One line that names the run."""
        return f"{self.kind}: --only {self.variant},{self.version},{self.seed}: {self.text}"


@dataclass(slots=True)
class Tally:
    """What was compared, and what differed."""

    rule_sets: int = 0
    rules: int = 0
    probes: int = 0
    delivered: int = 0
    talks: int = 0
    opened: int = 0
    sure: int = 0
    counters: int = 0
    packets_counted: int = 0
    violations: list[Violation] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in the counts of another."""
        self.rule_sets += other.rule_sets
        self.rules += other.rules
        self.probes += other.probes
        self.delivered += other.delivered
        self.sure += other.sure
        self.talks += other.talks
        self.opened += other.opened
        self.counters += other.counters
        self.packets_counted += other.packets_counted
        self.violations += other.violations

    def line(self) -> str:
        """The counts in one line."""
        kinds = Counter(violation.kind for violation in self.violations)
        return (
            f"{self.rule_sets} rule sets, {self.rules} rules, {self.probes} probes "
            f"({self.delivered} delivered, {self.sure} with one answer), "
            f"{self.talks} conversations ({self.opened} opened), {self.counters} counters "
            f"({self.packets_counted} packets), violations: {dict(kinds) or 'none'}"
        )


def run_one(
    world: World, recorder: Recorder, folder: Path, rules: RandomRules, variant: Layout
) -> Tally:
    """Load one rule set, send its probes, compare everything."""
    topology = world.topology
    topology.set_sysctls(SYSCTL_CHOICES[rules.seed % len(SYSCTL_CHOICES)])
    _load(topology, rules, variant)
    recorder.record(folder)
    packets = random_probes(rules, QUERIES, SOURCES)
    before = _counters(world, variant, rules.version)
    outcomes = world.prober.probe(packets)
    deltas = moved(before, _counters(world, variant, rules.version))
    tally = Tally(1, rules.text.count("\n-A "), len(packets))
    tally.delivered = sum(outcome.place != "none" for outcome in outcomes)
    model = open_world(folder)
    answers = {query: ask(model, query) for query in dict.fromkeys(map(Query.of, packets))}
    _compare(tally, rules, variant, answers, packets, outcomes, deltas)
    forwarded = [
        packet
        for packet, outcome in zip(packets, outcomes, strict=True)
        if outcome.place in WIRES and has_neighbour(packet.src)
    ]
    chosen = forwarded[:: max(1, len(forwarded) // TALKS)]
    _compare_talks(tally, rules, variant, model, chosen, converse(world.prober, chosen))
    return tally


def _load(topology: Topology, rules: RandomRules, variant: Layout) -> None:
    """Load a rule set, or one into each variant, which goes first depending on the seed."""
    load_ipsets(topology, rules.ipsets)
    if variant != "both":
        load_rules(topology, variant, rules.version, rules.text)
        return
    other = random_rules(rules.seed + OTHERS, rules.version, rules.undecidable, "t")
    load_ipsets(topology, other.ipsets)
    order = VARIANTS if rules.seed % 2 else tuple(reversed(VARIANTS))
    for each in order:
        text = rules.text if each == "nft" else other.text
        load_rules(topology, each, rules.version, text)


def _counters(world: World, variant: Layout, version: int) -> dict[RulePlace, int]:
    """Counters of one variant and family; with both, the order of base chains decides them."""
    if variant == "both":
        return {}
    return parse_counters(save_rules(world.topology, variant, version), variant, version)


def _compare_talks(
    tally: Tally,
    rules: RandomRules,
    variant: Layout,
    model: Model,
    packets: list[Packet],
    talks: list[Talk],
) -> None:
    """Compare which connections can be opened with what the model says of them."""
    tally.talks += len(packets)
    openings = {query: ask_whole(model, query) for query in dict.fromkeys(map(Query.of, packets))}
    for packet, talk in zip(packets, talks, strict=True):
        said = openings[Query.of(packet)].of(packet.src)
        tally.opened += talk.opened
        if said == ("refuse" if talk.opened else "accept"):
            did = "opened" if talk.opened else f"did not open ({talk.first.short})"
            text = f"{packet}: {said}, the kernel {did}"
            found = Violation("talk", rules.seed, variant, rules.version, text)
            tally.violations.append(found)


def _compare(
    tally: Tally,
    rules: RandomRules,
    variant: Layout,
    answers: dict[Query, Answer],
    packets: list[Packet],
    outcomes: list[Outcome],
    deltas: dict[RulePlace, int],
) -> None:
    """Compare deliveries, then counters."""
    cells: dict[Query, Counter[int]] = {query: Counter() for query in answers}

    def complain(kind: str, text: str) -> None:
        tally.violations.append(Violation(kind, rules.seed, variant, rules.version, text))

    for packet, outcome in zip(packets, outcomes, strict=True):
        query = Query.of(packet)
        answer = answers[query]
        cell = answer.cell(packet.src)
        cells[query][cell] += 1
        ends = answer.of(cell)
        if not any(end.agrees(outcome) for end in ends):
            complain("delivery", f"{packet}: {sorted(map(str, ends))}, kernel {outcome.short!r}")
        if _one_answer(ends):
            tally.sure += 1
        elif not (rules.undecidable or rules.kernel_chooses or variant == "both"):
            doubts = answer.doubts_of(cell)
            if not _rightly_unsure(doubts):
                complain("unsure", f"{packet}: {sorted(map(str, ends))} {doubts}")
    exact = not rules.undecidable and not any(
        answers[query].doubts_of(cell) for query, seen in cells.items() for cell in seen
    )
    if variant == "both" or any(answer.loses_track for answer in answers.values()):
        return
    predicted: Counter[RulePlace] = Counter()
    doubtful: set[RulePlace] = set()
    for query, seen in cells.items():
        found, unsure = answers[query].counts(seen)
        predicted.update(found)
        doubtful |= unsure
    for place in predicted.keys() | deltas.keys():
        said, counted = predicted[place], deltas.get(place, 0)
        tally.counters += 1
        tally.packets_counted += counted
        # Whether a rule matched that only counts or logs may be open, and nothing depends on it.
        if (said != counted) if exact and place not in doubtful else (said < counted):
            complain("counter", f"{place}: predicted {said}, counted {counted}")


def _one_answer(ends: frozenset[End]) -> bool:
    """Whether the model says one thing: one delivery, or none."""
    delivered = {end for end in ends if end.place not in ("drop", "reject")}
    return len(delivered) + (len(delivered) < len(ends)) == 1


def _rightly_unsure(doubts: list[str]) -> bool:
    """Whether a rule asks what the question leaves open, or what no interval can say.

    The first is the port of a bridge, also where a translation sends a packet back into the
    bridge it came from; the second a mask with holes. Which port of a range NAT takes depends on
    the connections there are, and where REDIRECT leads with another scope on the kernel's version.
    """
    signs = ("physdev", "bridge", "/0.0.0.15", "to a range", "NAT chooses", "not global")
    return any(sign in doubt for doubt in doubts for sign in signs)


@dataclass(slots=True)
class Run:
    """A run over many rule sets, with one kept topology for each variant."""

    worlds: Worlds
    folder: Path
    recorders: dict[str, Recorder] = field(default_factory=dict)

    def one(self, seed: int, version: int, variant: Layout) -> Tally:
        """Judge the rule set of a seed; every fourth holds undecidable matches."""
        rules = random_rules(seed, version, undecidable=seed % 4 == 3)
        if variant == "both":
            with self.worlds.fresh() as world:
                return run_one(world, Recorder(world.topology), self.folder, rules, variant)
        with self.worlds.kept(variant) as world:
            recorder = self.recorders.setdefault(variant, Recorder(world.topology))
            return run_one(world, recorder, self.folder, rules, variant)

    def many(self, probes: int, seed: int, progress: bool = False) -> Tally:
        """Judge rule sets on both variants and families until enough packets were sent."""
        total = Tally()
        started = time.monotonic()
        while total.probes < probes:
            for version in (4, 6):
                for variant in LAYOUTS:
                    total.add(self.one(seed, version, variant))
            seed += 1
            if progress and seed % 5 == 0:
                print(f"{time.monotonic() - started:6.0f} s  {total.line()}", flush=True)
        return total


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--probes", type=int, default=1_000_000, help="packets to send at least")
    parser.add_argument("--seed", type=int, default=1, help="the first rule set's seed")
    parser.add_argument("--only", help="VARIANT,VERSION,SEED: one rule set, printed with its rules")
    chosen = parser.parse_args(arguments)
    reason = can_build()
    if reason:
        print(f"not run: {reason}", file=sys.stderr)
        return 2
    worlds = Worlds()
    try:
        with tempfile.TemporaryDirectory() as folder:
            run = Run(worlds, Path(folder))
            total = (
                _only(run, chosen.only)
                if chosen.only
                else run.many(chosen.probes, chosen.seed, progress=True)
            )
    finally:
        worlds.close()
    for kind in ("delivery", "talk", "counter", "unsure"):
        found = [violation for violation in total.violations if violation.kind == kind]
        print(*found[:MOST_SHOWN], sep="\n", end="\n" if found else "")
    print(total.line())
    return 1 if total.violations else 0


def _only(run: Run, place: str) -> Tally:
    """One rule set, for a closer look."""
    variant, version, seed = place.split(",")
    rules = random_rules(int(seed), int(version), undecidable=int(seed) % 4 == 3)
    print(rules.ipsets + rules.text)
    print(SYSCTL_CHOICES[int(seed) % len(SYSCTL_CHOICES)])
    layout = next(each for each in LAYOUTS if each == variant)
    return run.one(int(seed), int(version), layout)


if __name__ == "__main__":
    sys.exit(main())
