"""Packets walked through one base chain and every chain it leads to.

The law: a box of packets is carried on as long as one of them may still be there, and every
outcome that is possible is noted; so an outcome is certain exactly where no other was noted.
Source: iptables(8) for RETURN, goto and policies; a goto returns to the caller of its own chain.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from dockerwall.analysis.blocks import Block
from dockerwall.analysis.boxes import Boxes, boxed
from dockerwall.analysis.compiled import CompiledChain, CompiledRule, CompiledTable
from dockerwall.analysis.hits import Doubt, Hit, Notes, Stretch, action_name
from dockerwall.analysis.marks import marked
from dockerwall.analysis.memory import Question
from dockerwall.analysis.packet import Packet
from dockerwall.analysis.parting import split
from dockerwall.model.rules import Rule
from dockerwall.model.spec import (
    Connmark,
    Continue,
    Dnat,
    Jump,
    Netmap,
    NoTrack,
    Redirect,
    Return,
    SetMark,
    Snat,
    Stop,
    UnknownTarget,
)

DEEPEST = 64
"""Chains below chains; the kernel's own limit is 16 for nft, and a cycle is refused."""

NatTarget = Dnat | Redirect | Netmap | Snat


class Outcome(NamedTuple):
    """Where the packets of one base chain came out."""

    passed: Boxes
    dropped: Iterable[tuple[Packet, int]]
    rejected: Iterable[tuple[Packet, int]]
    natted: Iterable[tuple[Packet, int, NatTarget]]
    """Packets for which a NAT rule was found, not yet changed."""
    astray: Iterable[tuple[Packet, int]]
    """Packets that a target not understood may have sent anywhere."""


@dataclass(slots=True)
class Walker:
    """One pass through one base chain."""

    table: CompiledTable
    hook: str
    notes: Notes
    passed: Boxes = field(default_factory=Boxes)
    dropped: Boxes = field(default_factory=Boxes)
    rejected: Boxes = field(default_factory=Boxes)
    natted: list[tuple[Packet, int, NatTarget]] = field(default_factory=list)
    astray: Boxes = field(default_factory=Boxes)
    asked: list[tuple[Question, Hashable]] = field(default_factory=list)
    """Every question asked of the packet that came in, and its answer, in order."""
    changed: bool = False
    """Whether a packet was changed or split on its way: later questions were asked of others."""

    def run(self, chain: CompiledChain, boxes: Boxes) -> Outcome:
        """Walk the base chain; what comes out at its end meets the policy."""
        ended = self.walk(chain, boxes, 0)
        policy = chain.chain.policy or "ACCEPT"
        for packet, clients in ended:
            text = f":{chain.chain.name} {policy}"
            self.note(chain, None, text, policy, clients, packet.sure)
            (self.dropped if policy == "DROP" else self.passed).add(packet, clients)
        return Outcome(self.passed, self.dropped, self.rejected, self.natted, self.astray)

    def walk(self, chain: CompiledChain, boxes: Boxes, depth: int) -> Boxes:
        """Packets through one chain; returns those that go on after it in the calling chain."""
        returned = Boxes()
        if depth > DEEPEST:
            for packet, clients in boxes:
                self.doubt(f"chains nested deeper than {DEEPEST} at {chain.chain.name}", clients)
                self.anything(packet, clients)
            return boxes
        planned = chain.plan
        for packet, clients in boxes:
            here = boxed(packet, clients)
            plan = planned(packet)
            if not self.changed:
                self.asked.append((planned, plan))
            last = -1
            for place in plan.others:
                if plan.block is not None and place > last + 1:
                    here = self.meet_block(chain, plan.block, (last, place), here, returned)
                    if not here:
                        break
                here = self.meet(chain, chain.rules[place], here, returned, depth)
                last = place
                if not here:
                    break
            if plan.block is not None and here:
                end = (last, len(chain.rules))
                here = self.meet_block(chain, plan.block, end, here, returned)
            returned.merge(here)
        return returned

    def meet_block(
        self,
        chain: CompiledChain,
        block: Block,
        stretch: tuple[int, int],
        boxes: Boxes,
        returned: Boxes,
    ) -> Boxes:
        """The rules of a block between two places: each client takes the first that names it."""
        taken = block.between(*stretch)
        if not taken:
            return boxes
        staying = Boxes()
        for packet, clients in boxes:
            for action, mask in taken.items():
                hit = clients & mask
                if hit:
                    clients &= ~mask
                    self.notes.hits.append(
                        Stretch(self.hook, chain, block, stretch, action, hit, packet.sure)
                    )
                    self.sink(action, returned).add(packet, hit)
            staying.add(packet, clients)
        return staying

    def sink(self, action: str, returned: Boxes) -> Boxes:
        """Where packets go that meet ACCEPT, DROP, REJECT or RETURN."""
        if action == "ACCEPT":
            return self.passed
        if action == "DROP":
            return self.dropped
        return returned if action == "RETURN" else self.rejected

    def meet(
        self,
        chain: CompiledChain,
        rule: CompiledRule,
        boxes: Boxes,
        returned: Boxes,
        depth: int,
    ) -> Boxes:
        """One rule: what matches takes its target, and what may not have matched stays."""
        staying: Boxes | None = None
        for count, (packet, clients) in enumerate(boxes):
            found = split(rule, packet, clients, None if self.changed else self.asked)
            if not found:
                if staying is not None:
                    staying.add(packet, clients)
                continue
            if len(found) > 1:
                self.changed = True
            if staying is None:
                staying = Boxes(boxes[:count])
            for box, hit, sure in found:
                if sure:
                    self.take(chain, rule, box, sure, staying, returned, depth)
                if hit != clients:
                    staying.add(box, clients & ~hit)
                perhaps = hit & ~sure
                if perhaps and isinstance(rule.target, Continue):  # matched or not, it goes on
                    text = rule.rule.text
                    self.note(chain, rule.rule, text, action_name(rule.target), perhaps, False)
                    staying.add(box, perhaps)
                elif perhaps:
                    self.doubts_of(rule, perhaps)
                    unsure = box._replace(sure=False)
                    self.take(chain, rule, unsure, perhaps, staying, returned, depth)
                    staying.add(unsure, perhaps)
        return boxes if staying is None else staying

    def take(
        self,
        chain: CompiledChain,
        rule: CompiledRule,
        packet: Packet,
        clients: int,
        staying: Boxes,
        returned: Boxes,
        depth: int,
    ) -> None:
        """Packets that match take the rule's target."""
        target = rule.target
        action = action_name(target)
        self.note(chain, rule.rule, rule.rule.text, action, clients, packet.sure)
        match target:
            case Stop() | Return():
                self.sink(action, returned).add(packet, clients)
            case Jump():
                self.jump(target, packet, clients, staying, returned, depth)
            case Continue():
                staying.add(packet, clients)
            case SetMark() | Connmark():
                self.changed = True
                staying.add(marked(packet, target), clients)
            case NoTrack():
                self.changed = True
                untracked = packet if packet.conn else packet._replace(state="UNTRACKED")
                staying.add(untracked, clients)
            case UnknownTarget():
                self.doubt(target.text or rule.rule.text, clients)
                self.anything(packet, clients)
                staying.add(packet, clients)
            case _:
                self.natted.append((packet, clients, target))

    def jump(
        self,
        target: Jump,
        packet: Packet,
        clients: int,
        staying: Boxes,
        returned: Boxes,
        depth: int,
    ) -> None:
        """Into another chain; what comes back goes on here, or after a goto where we came from."""
        called = self.table.chains.get(target.chain)
        if called is None or called.chain.is_base:
            self.doubt(f"-j {target.chain} (no such chain or target)", clients)
            self.anything(packet, clients)
            staying.add(packet, clients)
            return
        back = self.walk(called, boxed(packet, clients), depth + 1)
        (returned if target.goto else staying).merge(back)

    def anything(self, packet: Packet, clients: int) -> None:
        """Note every outcome as possible."""
        self.passed.add(packet, clients)
        self.dropped.add(packet, clients)
        if self.table.key.table not in ("filter", "security"):
            self.astray.add(packet, clients)

    def note(
        self,
        chain: CompiledChain,
        rule: Rule | None,
        text: str,
        action: str,
        clients: int,
        certain: bool,
    ) -> None:
        self.notes.hits.append(
            Hit(chain.key, self.hook, chain.chain.name, rule, text, action, clients, certain)
        )

    def doubts_of(self, rule: CompiledRule, clients: int) -> None:
        for text in rule.doubts or (rule.rule.text,):
            self.doubt(text, clients)

    def doubt(self, text: str, clients: int) -> None:
        self.notes.doubts.append(Doubt(text, clients))
