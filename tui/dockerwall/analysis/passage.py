"""Packets through the hooks of one host: the filter's part of their way.

A `Passage` carries boxes of packets through hook after hook and keeps every way they can end. It
knows tables and NAT; where packets go between the hooks is `journey`'s part.
Source: net/netfilter/nf_nat_core.c for NAT; Documentation/networking for the order of hooks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from dockerwall.analysis.boxes import Boxes
from dockerwall.analysis.hooks import CONNTRACK, STAGES, base_chains, native_chains
from dockerwall.analysis.nat import translate
from dockerwall.analysis.packet import Choice, tracked
from dockerwall.analysis.walk import Doubt, Notes, Outcome, Walker
from dockerwall.analysis.world import Side, World


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

    def lose(self, boxes: Boxes, how: str = "drop", why: str = "") -> None:
        """Note that these packets can end here."""
        for packet, clients in boxes:
            if clients:
                self.losses.append(Loss(how, packet.choice, clients, why))

    def doubt(self, text: str, boxes: Boxes) -> None:
        """Note that nobody can say what becomes of these packets: they may be lost."""
        for packet, clients in boxes:
            if clients:
                self.notes.doubts.append(Doubt(text, clients))
                self.losses.append(Loss("drop", packet.choice, clients, text))

    def hook(self, name: str, boxes: Boxes) -> Boxes:
        """Through every table of one hook."""
        if not boxes:
            return boxes
        self.enter(name, boxes)
        return self.through(name, STAGES[name], boxes)

    def enter(self, name: str, boxes: Boxes) -> None:
        """Note what of this hook cannot be judged."""
        self.natives(name, boxes)
        if self.side.blind:
            self.doubt(self.side.blind, boxes)

    def through(self, name: str, stages: tuple[str, ...], boxes: Boxes) -> Boxes:
        """Through some tables of one hook."""
        for stage in stages:
            if not boxes:
                break
            if stage == CONNTRACK:
                boxes = conntracked(boxes)
            elif stage == "nat":
                boxes = self.nat(name, boxes)
            else:
                boxes = self.filtered(name, stage, boxes)
        return boxes

    def natives(self, hook: str, boxes: Boxes) -> None:
        """Native nft base chains are not evaluated: where they could drop, nobody can say."""
        if not self.world.snapshot.nft:
            return
        bridged = any(
            device in self.side.around.bridges
            for packet in boxes.packets
            for device in (packet.iif, packet.oif)
        )
        for chain in native_chains(self.world, self.side.family, hook, bridged):
            if chain.can_drop or chain.can_rewrite:
                self.doubt(
                    f"nft chain {chain.family} {chain.table} {chain.name} (not evaluated)", boxes
                )

    def filtered(self, hook: str, table: str, boxes: Boxes) -> Boxes:
        """Through the base chains of one table, of both variants: any drop is final."""
        for compiled, chain in base_chains(self.side, hook, table):
            outcome = Walker(compiled, hook, self.notes).run(chain, boxes)
            self.ended(outcome)
            boxes = outcome.passed
        return boxes

    def ended(self, outcome: Outcome) -> None:
        self.lose(outcome.dropped)
        self.lose(outcome.rejected, "reject")

    def nat(self, hook: str, boxes: Boxes) -> Boxes:
        """The nat table, which only a new connection's first packet meets.

        The first chain that sets up a binding wins; an ACCEPT in one variant leaves the other's
        rules to be asked (nf_nat_inet_fn).
        """
        done = Boxes()
        asking = Boxes()
        for packet, clients in boxes:
            new = packet.conn is not None and packet.state == "NEW"
            (asking if new else done).add(packet, clients)
        for compiled, chain in base_chains(self.side, hook, "nat"):
            if not asking:
                break
            outcome = Walker(compiled, hook, self.notes).run(chain, asking)
            self.ended(outcome)
            for packet, clients, target in outcome.natted:
                changed = translate(packet, target, hook, self.world, self.side)
                if isinstance(changed, str):
                    self.doubt(changed, Boxes(packet, clients))
                else:
                    for each in changed:
                        done.add(each, clients)
            asking = outcome.passed
        done.merge(asking)
        return done


def conntracked(boxes: Boxes) -> Boxes:
    """Packets once conntrack has seen them: each of a new connection gets its entry."""
    seen = Boxes()
    for packet, clients in boxes:
        fresh = packet.state != "UNTRACKED" and packet.conn is None
        seen.add(tracked(packet) if fresh else packet, clients)
    return seen
