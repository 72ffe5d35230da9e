"""Gives a named kernel fact to the model, and tells where the model says otherwise."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.kernel.case import Case, Probe
from tests.kernel.own_packets import HOST_ITSELF
from tests.kernel.packet import Packet
from tests.kernel.rules import Variant
from tests.kernel.run_case import named, prepare, world_for
from tests.kernel.snapshot import Recorder
from tests.kernel.topology import WIRES
from tests.kernel.verdicts import Answer, Query, ask, ask_own, ask_whole, open_world
from tests.kernel.worlds import Worlds

from dockerwall.analysis.world import World

ASKED_PROTOCOLS = {"tcp", "udp", "sctp", "icmp", "icmpv6"}


def can_be_asked(packet: Packet) -> bool:
    """Whether the model speaks of such packets: those that open a connection."""
    return (
        packet.proto in ASKED_PROTOCOLS
        and packet.flags == "S"
        and packet.icmp_type < 0
        and not packet.fragment
        and not packet.more
        and packet.mac == "host"
    )


def judge_case(worlds: Worlds, case: Case, variant: Variant, folder: Path) -> list[str]:
    """Every point in which the model differs from the case, in words."""
    with world_for(worlds, case, variant) as world:
        loaded = prepare(world.topology, case, variant)
        Recorder(world.topology).record(folder)
    model = open_world(folder)
    complaints = []
    asked = case.probes[:1] if case.dialogue else case.probes
    for probe in asked:
        if can_be_asked(probe.packet):
            own = probe.packet.link == HOST_ITSELF
            answer = ask_own(model, probe.packet) if own else ask(model, Query.of(probe.packet))
            complaints.extend(_compare(answer, probe, case, len(loaded) > 1))
    if case.dialogue:
        complaints.extend(_compare_whole(model, case))
    return complaints


def _compare_whole(model: World, case: Case) -> list[str]:
    """What the model says of the whole dialogue, where it ends beyond the host."""
    first, last = case.probes[0], case.probes[-1]
    if any(probe.expected.startswith(("host", "any")) for probe in case.probes):
        return []
    if first.packet.src != last.packet.src and last.packet.dst != first.packet.src:
        return []  # it is not the client who hears last, or who speaks
    said = ask_whole(model, Query.of(first.packet)).of(first.packet.src)
    opened = last.expected != "none" and not last.expected.startswith("none ")
    complete = first.packet.proto == "tcp" and len(case.probes) > 2
    if (said == "accept" and not opened) or (said == "refuse" and opened and complete):
        return [f"wrong: {case.name} as a whole: {said}"]
    return []


def _compare(answer: Answer, probe: Probe, case: Case, both: bool) -> list[str]:
    """Compare one answer with what was measured; being unsure is `imprecise`, not `wrong`."""
    found = []
    cell = answer.cell(probe.packet.src)
    said = sorted({str(end) for end in answer.of(cell)})
    if probe.expected != "any" and said != [measured(probe.expected)]:
        did = measured(probe.expected)
        held = {did, "anywhere"} | ({"drop"} if did == "reject" and len(said) > 1 else set())
        how = "imprecise" if held & set(said) else "wrong"
        found.append(f"{how}: {probe.packet}: {said}, the kernel {probe.expected!r}")
        found.extend(f"  doubt: {text}" for text in answer.doubts_of(cell))
    # With rules in both variants the order of loading decides who counts; no snapshot tells it.
    if probe.hits is not None and not both:
        counts, doubtful = answer.counts(Counter([cell]))
        places = {place: count for place, count in counts.items() if count}
        hits = named(places, both, case.chain)
        unsure = named(dict.fromkeys(doubtful, 1), both, case.chain)
        more, less = hits - set(probe.hits), set(probe.hits) - hits
        if more or less:
            doubted = more <= unsure or bool(answer.doubts_of(cell))
            how = "imprecise" if doubted and not less else "wrong"
            found.append(f"{how}: {probe.packet} counted by {sorted(more)}, not {sorted(less)}")
    return found


def measured(expected: str) -> str:
    """A case's expectation in the terms of the model: interfaces instead of wires."""
    place, _, rest = expected.partition(" ")
    if place == "none":
        return "reject" if rest else "drop"
    address, port = rest, "0"
    if rest.startswith("["):
        address, _, port = rest[1:].partition("]:")
    elif rest.count(":") == 1:
        address, _, port = rest.partition(":")
    return f"{place if place == 'host' else WIRES[place]} {address} {port}"
