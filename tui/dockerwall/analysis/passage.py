"""Packets through the hooks of one host: the filter's part of their way.

A `Passage` carries boxes of packets through hook after hook and keeps every way they can end. It
knows tables and NAT; where packets go between the hooks is `journey`'s part.
Source: net/netfilter/nf_nat_core.c for NAT; Documentation/networking for the order of hooks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from dockerwall.analysis import courses
from dockerwall.analysis.boxes import Boxes, boxed
from dockerwall.analysis.hits import Doubt, Notes
from dockerwall.analysis.hooks import CONNTRACK, STAGES, native_chains
from dockerwall.analysis.nat import translate
from dockerwall.analysis.packet import Choice, Packet, tracked
from dockerwall.analysis.side import Base, Side
from dockerwall.analysis.walk import Outcome
from dockerwall.analysis.world import World

Go = Callable[[str, "tuple[Base, ...]", Boxes], Boxes]


class Loss(NamedTuple):
    """Packets that did not get through, and how."""

    how: str
    """`drop` or `reject`."""
    choice: Choice
    clients: int
    why: str
    """Empty when a rule did it (the hits tell which), else a reason in a sentence."""


@dataclass(slots=True)
class Passage:
    """One packet's way, or its reply's, for a set of clients."""

    world: World
    side: Side
    notes: Notes = field(default_factory=Notes)
    losses: list[Loss] = field(default_factory=list)
    astray: list[Loss] = field(default_factory=list)
    """Packets of which nobody can say where they go: they may arrive anywhere, or nowhere."""
    hooks: set[str] = field(default_factory=set)
    """The hooks that were passed."""

    def lose(self, packet: Packet, clients: int, why: str = "", how: str = "drop") -> None:
        """Note that these packets can end here."""
        if clients:
            self.losses.append(Loss(how, packet.choice, clients, why))

    def lose_all(self, boxes: Boxes, why: str = "", how: str = "drop") -> None:
        """Note that all of these packets can end here."""
        for packet, clients in boxes:
            self.losses.append(Loss(how, packet.choice, clients, why))

    def doubt(self, text: str, boxes: Boxes) -> None:
        """Note that nobody can say what becomes of these packets: they may be lost."""
        for packet, clients in boxes:
            if clients:
                self.notes.doubts.append(Doubt(text, clients))
                self.losses.append(Loss("drop", packet.choice, clients, text))

    def mislay(self, text: str, boxes: Boxes) -> None:
        """Note that nobody can say where these packets go: anywhere, or nowhere."""
        self.doubt(text, boxes)
        for packet, clients in boxes:
            self.astray.append(Loss("astray", packet.choice, clients, text))

    def hook(self, name: str, boxes: Boxes) -> Boxes:
        """Through every table of one hook."""
        if not boxes:
            return boxes
        self.enter(name, boxes)
        return self.through(name, STAGES[name], boxes)

    def enter(self, name: str, boxes: Boxes, settled: bool = False) -> None:
        """Note the hook, and what of it cannot be judged; with `settled`, no nat chain is met any
        more.
        """
        self.hooks.add(name)
        if self.world.unseen or self.world.snapshot.nft:
            self.natives(name, boxes, settled)
        if self.side.blind:
            self.mislay(self.side.blind, boxes)

    def through(self, name: str, stages: tuple[str, ...], boxes: Boxes) -> Boxes:
        """Through some tables of one hook."""
        stops = self.side.stops.get((name, stages))
        if stops is None:
            stops = self.side.stops[name, stages] = self.stops(name, stages)
        for stage, bases in stops:
            if not boxes:
                break
            if stage == CONNTRACK:
                boxes = conntracked(boxes)
            elif stage == "nat":
                boxes = self.nat(name, bases, boxes)
            else:
                boxes = self.in_any_order(name, bases, boxes, self.filter_in)
        return boxes

    def stops(self, name: str, stages: tuple[str, ...]) -> tuple[tuple[str, tuple[Base, ...]], ...]:
        """The stages at which something happens, each with its base chains."""
        found = ((stage, self.side.bases.get((name, stage), ())) for stage in stages)
        return tuple((stage, bases) for stage, bases in found if bases or stage == CONNTRACK)

    def natives(self, hook: str, boxes: Boxes, settled: bool) -> None:
        """Native nft base chains are not evaluated: where they could drop, nobody can say."""
        if self.world.unseen:
            self.mislay(self.world.unseen, boxes)
        bridged = any(
            device in self.side.around.bridges
            for packet, _ in boxes
            for device in (packet.iif, packet.oif)
        )
        for chain in native_chains(self.world, self.side.family, hook, bridged):
            if settled and chain.type == "nat":
                continue
            text = f"nft chain {chain.family} {chain.table} {chain.name} (not evaluated)"
            meeting = opening(hook, boxes) if chain.type == "nat" else boxes
            if chain.can_rewrite:
                self.mislay(text, meeting)
            elif chain.can_drop:
                self.doubt(text, meeting)

    def in_any_order(self, hook: str, bases: tuple[Base, ...], boxes: Boxes, go: Go) -> Boxes:
        """Through base chains of equal priority.

        The one registered last comes first, and no command shows which that is: so where there
        are two, both orders are gone through, and what either leads to is possible.
        """
        if len(bases) < 2:
            return go(hook, bases, boxes)
        first = go(hook, bases, boxes)
        unnoted = Passage(self.world, self.side, Notes(), self.losses, self.astray)
        other = getattr(unnoted, go.__name__)(hook, bases[::-1], boxes)
        if other.packets != first.packets or other.clients != first.clients:
            text = "the two iptables variants at one priority, whose order cannot be read"
            self.notes.doubts += [Doubt(text, clients) for _, clients in other]
        both = Boxes()
        both.merge(first)
        both.merge(other)
        return both

    def filter_in(self, hook: str, bases: tuple[Base, ...], boxes: Boxes) -> Boxes:
        """Through filtering chains, one after the other: any drop is final."""
        for base in bases:
            outcome = courses.through(base, hook, self.notes, boxes)
            if outcome.passed is not boxes:
                self.ended(outcome)
                boxes = outcome.passed
        return boxes

    def ended(self, outcome: Outcome) -> None:
        """Note what did not come out of a base chain."""
        for packet, clients in outcome.dropped:
            self.losses.append(Loss("drop", packet.choice, clients, ""))
        for packet, clients in outcome.rejected:
            self.losses.append(Loss("reject", packet.choice, clients, ""))
        for packet, clients in outcome.astray:
            self.astray.append(Loss("astray", packet.choice, clients, ""))

    def nat(self, hook: str, bases: tuple[Base, ...], boxes: Boxes) -> Boxes:
        """The nat table, which only a new connection's first packet meets."""
        done = Boxes()
        asking = Boxes()
        for packet, clients in boxes:
            new = packet.state == "NEW" and packet.conn is not None
            (asking if new else done).append((packet, clients))
        if not asking:
            return boxes
        asked = self.in_any_order(hook, bases, asking, self.translate_in)
        if not done:
            return asked
        done.merge(asked)
        return done

    def translate_in(self, hook: str, bases: tuple[Base, ...], boxes: Boxes) -> Boxes:
        """Through nat chains: the first that sets up a binding wins.

        An ACCEPT in one variant leaves the other's rules to be asked (nf_nat_inet_fn).
        """
        done = Boxes()
        for base in bases:
            if not boxes:
                break
            outcome = courses.through(base, hook, self.notes, boxes)
            self.ended(outcome)
            for packet, clients, target in outcome.natted:
                changed = translate(packet, target, hook, self.world, self.side)
                if isinstance(changed, str):
                    self.mislay(changed, boxed(packet, clients))
                    continue
                if len(changed) > 1:
                    self.notes.doubts.append(Doubt("which destination NAT chooses", clients))
                for each in changed:
                    done.add(each, clients)
            boxes = outcome.passed
        done.merge(boxes)
        return done


def opening(hook: str, boxes: Boxes) -> Boxes:
    """Those that may be a new connection's first packet: all that a nat chain ever meets."""
    found = Boxes()
    for packet, clients in boxes:
        unseen = packet.conn is None and packet.entry is None and packet.state != "UNTRACKED"
        if packet.state == "NEW" or (unseen and CONNTRACK in STAGES[hook]):
            found.add(packet, clients)
    return found


def conntracked(boxes: Boxes) -> Boxes:
    """Packets once conntrack has seen them: each of a new connection gets its entry."""
    seen = Boxes()
    for packet, clients in boxes:
        fresh = packet.conn is None and packet.state != "UNTRACKED"
        seen.add(tracked(packet) if fresh else packet, clients)
    return seen
