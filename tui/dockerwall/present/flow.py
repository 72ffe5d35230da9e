"""How the chains of one rule set hang together: who jumps where, and what nothing can reach.

Only what follows from the rules alone, whatever the packet: an unconditional rule that takes all.
Computed once for a `Ruleset` and kept as long as the rule set itself is in use.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

from dockerwall.model.rules import Chain, Rule, Ruleset, Table

# A rule that holds for every packet: nothing but comments before its target.
_WORD = r'(?:"(?:[^"\\]|\\.)*"|\S+)'
_EVERY = re.compile(rf"-A {_WORD} (?:-m comment --comment {_WORD} )*-([jg]) (\S+)")

ENDS_CHAIN = frozenset({"ACCEPT", "DROP", "REJECT", "RETURN", "QUEUE", "NFQUEUE"})
"""Targets after which the packet meets no further rule of the chain."""
ENDS_IN_NAT = frozenset({"DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP"})

DEEPEST = 64
"""How many chains deep an answer is looked for."""


class Jump(NamedTuple):
    """Where a rule sends a packet."""

    chain: str
    goto: bool
    """Whether the packet comes back to the caller's caller (`-g`) instead of the next rule."""


class Unconditional(NamedTuple):
    """The target of a rule that holds for every packet."""

    target: str
    goto: bool


def jump_of(rule: Rule, chains: Container[str]) -> Jump | None:
    """The chain of `chains` (a container of names) that the rule jumps or goes to."""
    head, _, name = rule.text.rpartition(" ")
    option = head[-3:]
    if option in (" -j", " -g") and name in chains:
        return Jump(name, option == " -g")
    return None


def unconditional(rule: Rule) -> Unconditional | None:
    """The target, when the rule has no condition at all."""
    found = _EVERY.match(rule.text)
    return None if found is None else Unconditional(found[2], found[1] == "g")


class TableFlow:
    """The chains of one table: references, reachability, and where each chain takes all."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._leading: dict[str, frozenset[str]] = {}
        self._endings: dict[str, int | None] = {}
        self._taking: dict[str, bool] = {}
        self._asking: set[str] = set()

    @cached_property
    def jump_rules(self) -> dict[str, tuple[tuple[int, str], ...]]:
        """Chain → (number of the rule, chain it jumps or goes to) of all its jumps, in order."""
        names = {name for name, chain in self.table.chains.items() if not chain.is_base}
        return {name: tuple(_jumps(chain, names)) for name, chain in self.table.chains.items()}

    @cached_property
    def jumps(self) -> dict[str, tuple[str, ...]]:
        """Chain → the chains its rules jump or go to, each once, in order of rules."""
        return {
            name: tuple(dict.fromkeys(to for _, to in jumps))
            for name, jumps in self.jump_rules.items()
        }

    @cached_property
    def reached(self) -> frozenset[str]:
        """The chains that some way of jumps leads to from a hook, the base chains among them."""
        seen: set[str] = set()
        for name, chain in self.table.chains.items():
            if chain.is_base:
                self._gather(name, seen)
        return frozenset(seen)

    @cached_property
    def unreached(self) -> tuple[str, ...]:
        """Chains no packet can get to, in the order declared; those below others left out.

        A chain jumped to only from such chains is shown under them, so it is not named itself.
        """
        lost = [name for name in self.table.chains if name not in self.reached]
        called = {to for name in lost for to in self.jumps[name] if to != name}
        seen = set(self.reached)
        roots = []
        for name in sorted(lost, key=lambda name: name in called):
            if name not in seen:
                roots.append(name)
                self._gather(name, seen)
        return tuple(roots)

    def leading_to(self, name: str) -> frozenset[str]:
        """The chain itself, and every chain from which some way of jumps leads to it."""
        found = self._leading.get(name)
        if found is None:
            callers: dict[str, list[str]] = {}
            for caller, targets in self.jumps.items():
                for target in targets:
                    callers.setdefault(target, []).append(caller)
            seen: set[str] = set()
            waiting = [name]
            while waiting:
                chain = waiting.pop()
                if chain not in seen:
                    seen.add(chain)
                    waiting.extend(callers.get(chain, ()))
            found = self._leading[name] = frozenset(seen)
        return found

    def _gather(self, name: str, seen: set[str]) -> None:
        waiting = [name]
        while waiting:
            chain = waiting.pop()
            if chain not in seen:
                seen.add(chain)
                waiting.extend(self.jumps[chain])

    def ending(self, name: str) -> int | None:
        """The number of the rule that takes every packet still in the chain, None if none does."""
        if name not in self._endings:
            self._endings[name] = self._find_ending(name)
        return self._endings[name]

    def final(self, name: str) -> int | None:
        """The number of the rule that leaves nothing for a base chain's policy, None if none does.

        A RETURN in a base chain, and the end of a chain gone to from one, lead to the policy.
        """
        return self.ending(name) if self._takes_all(name) else None

    def _find_ending(self, name: str) -> int | None:
        for rule in self.table.chains[name].rules:
            every = unconditional(rule)
            if every is None:
                continue
            if every.goto or every.target in ENDS_CHAIN:
                return rule.number
            if every.target in ENDS_IN_NAT and self.table.name == "nat":
                return rule.number
            if every.target in self.table.chains and self._takes_all(every.target):
                return rule.number
        return None

    def _takes_all(self, name: str) -> bool:
        """Whether no packet that enters the chain ever comes back from it.

        A chain that is being asked about already (a cycle), or stands too deep, is said not to.
        """
        known = self._taking.get(name)
        if known is None:
            if name in self._asking or len(self._asking) > DEEPEST:
                return False
            self._asking.add(name)
            known = self._taking[name] = self._find_taking(name)
            self._asking.discard(name)
        return known

    def _find_taking(self, name: str) -> bool:
        last = self.ending(name)
        if last is None:
            return False
        for rule in self.table.chains[name].rules[:last]:
            if rule.text.endswith(" -j RETURN"):
                return False
            jump = jump_of(rule, self.table.chains)
            if jump and jump.goto and not self._takes_all(jump.chain):
                return False
        return True


class Flow:
    """The tables of one rule set, each looked into when first asked for."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.tables = {name: TableFlow(table) for name, table in ruleset.tables.items()}
        self._occurrences: dict[tuple[str, str], list[int]] = {}

    def occurrences(self, table: str, chain: Chain) -> list[int]:
        """For each rule of the chain, how many rules of the very same text stand before it."""
        found = self._occurrences.get((table, chain.name))
        if found is None:
            found = list(_count_repeats(rule.text for rule in chain.rules))
            self._occurrences[(table, chain.name)] = found
        return found


@lru_cache(maxsize=4)
def flow_of(ruleset: Ruleset) -> Flow:
    """The flow of a rule set; the same object for the same rule set."""
    return Flow(ruleset)


def _jumps(chain: Chain, names: set[str]) -> Iterator[tuple[int, str]]:
    """As `jump_of` for every rule, written out because it is asked of every rule of a host."""
    for rule in chain.rules:
        text = rule.text
        start = text.rfind(" ") + 1
        name = text[start:]
        if name in names and text[start - 4 : start] in (" -j ", " -g "):
            yield rule.number, name


def _count_repeats(texts: Iterable[str]) -> Iterator[int]:
    seen: dict[str, int] = {}
    for text in texts:
        count = seen.get(text, 0)
        seen[text] = count + 1
        yield count
