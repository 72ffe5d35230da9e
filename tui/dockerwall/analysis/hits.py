"""What packets leave behind on their way: the rules they met, and what could not be decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from dockerwall.analysis.blocks import Block
from dockerwall.analysis.compiled import CompiledChain, Key
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

_MOST_TOLD = 256
"""Stretches of one block whose rules are kept told apart."""


class Hit(NamedTuple):
    """A rule or policy that packets met, and which clients' packets they were."""

    key: Key
    hook: str
    chain: str
    rule: Rule | None
    """None for the chain's policy."""
    text: str
    action: str
    """ACCEPT, DROP, REJECT, RETURN, DNAT, the jumped-to chain...; empty for counting only."""
    clients: int
    certain: bool
    """Whether every one of these packets matched for sure."""


class Stretch(NamedTuple):
    """Rules of a block that took packets, not yet told apart."""

    hook: str
    chain: CompiledChain
    block: Block
    places: tuple[int, int]
    action: str
    clients: int
    certain: bool

    def hits(self) -> Iterator[Hit]:
        """Each rule that took some, as a hit of its own."""
        for place, part in self.block.takers(*self.places, self.clients):
            rule = self.chain.rules[place]
            if action_name(rule.target) == self.action:
                name = self.chain.chain.name
                yield Hit(
                    self.chain.key, self.hook, name, rule.rule, rule.rule.text, self.action,
                    part, self.certain,
                )  # fmt: skip


def first_hits(met: Hit | Stretch, count: int) -> tuple[Hit, ...]:
    """The first so many rules of what was met; kept, because many packets meet the same."""
    if isinstance(met, Hit):
        return (met,)
    told = met.block.told
    key = (met.hook, met.places, met.action, met.clients, met.certain, count)
    found = told.get(key)
    if not isinstance(found, tuple):
        if len(told) > _MOST_TOLD:
            told.clear()
        found = told[key] = tuple(islice(met.hits(), count))
    return found


def told_apart(hits: Iterable[Hit | Stretch]) -> Iterator[Hit]:
    """Every rule that was met, in order."""
    for hit in hits:
        if isinstance(hit, Stretch):
            yield from hit.hits()
        else:
            yield hit


class Doubt(NamedTuple):
    """Why an outcome cannot be said, and for which clients."""

    text: str
    clients: int


@dataclass(slots=True)
class Notes:
    """What a walk leaves behind besides packets."""

    hits: list[Hit | Stretch] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


_ACTIONS = {
    Return: "RETURN",
    Dnat: "DNAT",
    Redirect: "REDIRECT",
    Netmap: "NETMAP",
    SetMark: "MARK",
    Connmark: "CONNMARK",
    NoTrack: "CT",
}


def action_name(target: object) -> str:
    """The word for a target, as a step shows it."""
    match target:
        case Stop():
            return target.verdict
        case Jump():
            return target.chain
        case Continue() | UnknownTarget():
            return target.name
        case Snat():
            return "MASQUERADE" if target.masquerade else "SNAT"
        case _:
            return _ACTIONS[type(target)]
