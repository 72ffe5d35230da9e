"""Rules, chains, tables and rule sets as `iptables-save` prints them, counters kept apart.

Counters change at every packet and the rules hardly ever: two readings of an unedited host hold
the same `Ruleset` and differ only in `Counters`, so whatever is judged of the rules stays valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from dockerwall.model.kinds import Family, Variant
from dockerwall.model.value import value

BASE_CHAINS = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")


class Rule(NamedTuple):
    """One rule: its text as printed, without counters, and where it stands."""

    chain: str
    number: int
    """Position in its chain, from 1."""
    text: str
    """The whole line, `-A CHAIN ...`."""
    slot: int
    """Where its counters are found in `Counters`."""


@value
class Chain:
    """A chain and its rules in order."""

    name: str
    policy: str | None
    """ACCEPT or DROP for a base chain, None for a user's chain."""
    rules: tuple[Rule, ...]
    slot: int | None
    """Where the policy's counters are found; None for a chain that was never declared."""

    @property
    def is_base(self) -> bool:
        """Whether the kernel enters it from a hook."""
        return self.policy is not None


@value
class Table:
    """A table: chains by name, in the order they were declared."""

    name: str
    chains: Mapping[str, Chain]

    @property
    def rule_count(self) -> int:
        """How many rules all chains hold."""
        return sum(len(chain.rules) for chain in self.chains.values())


@value
class Ruleset:
    """All tables of one variant and family: the content of one save file."""

    variant: Variant
    family: Family
    tables: Mapping[str, Table]
    skeleton: tuple[str, ...] = field(repr=False)
    """Every line of the file with counters and comment lines removed, for exact printing."""

    @property
    def rule_count(self) -> int:
        """How many rules all tables hold."""
        return sum(table.rule_count for table in self.tables.values())

    def __hash__(self) -> int:
        return hash((self.variant, self.family, len(self.skeleton)))


@value
class Counters:
    """Packet and byte counts of one reading, as printed: `[12:3400]`, or empty where none was."""

    marks: tuple[str, ...] = field(repr=False)

    def of(self, slot: int | None) -> tuple[int, int] | None:
        """Packets and bytes counted by the rule or policy in `slot`; None if not printed."""
        if slot is None or slot >= len(self.marks) or not self.marks[slot]:
            return None
        packets, _, octets = self.marks[slot][1:-1].partition(":")
        return int(packets), int(octets)


class SavedRules(NamedTuple):
    """One save file: the rules and what they had counted."""

    ruleset: Ruleset
    counters: Counters
