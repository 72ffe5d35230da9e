"""A plan: rules of the filter table inserted and deleted, and exactly how to do and undo that.

The law: a plan names rules by their text as iptables-save prints it, and never writes a chain's
header, which would empty the chain (iptables-restore --noflush). `takeback` undoes a plan on a
host that others have edited meanwhile.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import NamedTuple

from dockerwall.editing.setchange import SetChange
from dockerwall.grammar.words import split_words
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.value import value

WAIT = 5
"""Seconds the printed commands wait for the xtables lock."""


class ChainRef(NamedTuple):
    """A chain of the filter table."""

    variant: Variant
    family: Family
    chain: str


class Change(NamedTuple):
    """One rule put in, or taken out, at a place; a move is a deletion and an insertion."""

    where: ChainRef
    insert: bool
    """Whether the rule is put in; else it is taken out."""
    position: int
    """From 1, in the chain as the changes before this one leave it: where the rule will stand, or
    where it stands."""
    text: str
    """The whole line as iptables-save prints it, `-A CHAIN ...`."""

    @property
    def inverse(self) -> Change:
        """The change that undoes this one, right after it."""
        return self._replace(insert=not self.insert)

    @property
    def words(self) -> str:
        """The rule's text without `-A CHAIN`."""
        return rule_words(self.text)


LOCKOUT = "own-session"
"""The id of the objection that the operator may overrule: he may cut his own session."""


class Objection(NamedTuple):
    """Something that speaks against a plan."""

    id: str
    """Stable: other programs may rely on it."""
    sentence: str
    blocking: bool
    """Whether the plan must not be applied; else it is a warning to be read first."""


@value
class Plan:
    """Changes that belong together: all of them are made, or none."""

    summary: str
    """One sentence: what it is for."""
    before: Mapping[ChainRef, tuple[str, ...]]
    """The rule texts of each chain that is touched, as the plan was made from."""
    changes: tuple[Change, ...] = ()
    """In the order in which they are made; those of one family together."""
    sets: tuple[SetChange, ...] = ()
    """Changes to ipsets, in order; what a rule needs is made before the rules are."""
    reasons: tuple[str, ...] = ()
    """Sentences: why this place, why this form."""
    only: tuple[Family, ...] = field(default=tuple(Family))
    """The families that were asked for."""

    @property
    def families(self) -> tuple[Family, ...]:
        """The families whose rules are touched, IPv4 first."""
        touched = {change.where.family for change in self.changes}
        return tuple(family for family in Family if family in touched)

    @property
    def chains(self) -> tuple[ChainRef, ...]:
        """The chains that are touched, in the order of the changes."""
        return tuple(dict.fromkeys(change.where for change in self.changes))

    @property
    def after(self) -> Mapping[ChainRef, tuple[str, ...]]:
        """The rule texts of each touched chain once the plan is made."""
        return changed(self.before, self.changes)

    @property
    def sets_before(self) -> tuple[SetChange, ...]:
        """The ipset changes to make before the rules: what creates or adds."""
        return tuple(each for each in self.sets if each.builds)

    @property
    def sets_after(self) -> tuple[SetChange, ...]:
        """The ipset changes to make after the rules: what deletes or destroys."""
        return tuple(each for each in self.sets if not each.builds)

    def variant(self, family: Family) -> Variant:
        """The variant whose rules of this family are touched; ValueError for none or several."""
        found = {c.where.variant for c in self.changes if c.where.family is family}
        if len(found) != 1:
            raise ValueError(f"the plan touches {len(found)} variants of {family}")
        return found.pop()

    def script(self, family: Family) -> str:
        """The exact input for `iptables-restore --noflush` of `variant(family)`; empty for none.

        A rule is deleted by its text where that is the first of its kind, so that a rule that is
        no longer there fails the whole transaction; else by its number.
        """
        lines = list(self._lines(family))
        return "\n".join(["*filter", *lines, "COMMIT", ""]) if lines else ""

    def _lines(self, family: Family) -> Iterator[str]:
        for change, chain in self.steps():
            if change.where.family is family:
                yield " ".join(_action(change, chain, change.words))

    def steps(self) -> Iterator[tuple[Change, Sequence[str]]]:
        """Each change with its chain's rule texts right before it."""
        chains = {where: list(texts) for where, texts in self.before.items()}
        for change in self.changes:
            chain = chains.setdefault(change.where, [])
            yield change, tuple(chain)
            make(chain, change)

    @property
    def commands(self) -> tuple[str, ...]:
        """Command lines that do the same by hand, in order, safe to paste into a shell."""
        lines = [each.command for each in self.sets_before]
        for change, chain in self.steps():
            action = _action(change, chain, "")
            words = split_words(change.words) if action[-1] == "" else []
            shown = [word for word in action if word]
            lines.append(shlex.join([program(change.where), "-w", str(WAIT), *shown, *words]))
        return (*lines, *(each.command for each in self.sets_after))

    def inverse(self, summary: str = "") -> Plan:
        """The plan that takes this one back, on chains nobody else has edited since."""
        return replace(
            self,
            summary=summary or f"Take back: {self.summary}",
            before=dict(self.after),
            changes=tuple(change.inverse for change in reversed(self.changes)),
            sets=tuple(each.inverse for each in reversed(self.sets)),
            reasons=(),
        )

    def __bool__(self) -> bool:
        return bool(self.changes or self.sets)


def rule_words(text: str) -> str:
    """The words of a rule's text after `-A CHAIN`, as they are quoted there."""
    words = text.split(" ", 2)
    return words[2] if len(words) > 2 else ""


def make(chain: list[str], change: Change) -> None:
    """Make one change to a chain's texts; ValueError where the rule is not there."""
    place = change.position - 1
    if change.insert:
        if not 0 <= place <= len(chain):
            raise ValueError(f"{change.where.chain} has no place {change.position}")
        chain.insert(place, change.text)
        return
    if not 0 <= place < len(chain) or chain[place] != change.text:
        raise ValueError(f"rule {change.position} of {change.where.chain} is another one")
    del chain[place]


def changed(
    chains: Mapping[ChainRef, Sequence[str]], changes: Iterable[Change]
) -> dict[ChainRef, tuple[str, ...]]:
    """The chains' texts after the changes; ValueError where a rule is not where a change says."""
    found = {where: list(texts) for where, texts in chains.items()}
    for change in changes:
        make(found.setdefault(change.where, []), change)
    return {where: tuple(texts) for where, texts in found.items()}


def _action(change: Change, chain: Sequence[str], words: str) -> list[str]:
    """`-I CHAIN N WORDS`, `-D CHAIN WORDS`, or `-D CHAIN N`; an empty last word asks for WORDS."""
    name = change.where.chain
    if change.insert:
        return ["-I", name, str(change.position), words]
    if chain.index(change.text) == change.position - 1 and change.words:
        return ["-D", name, words]
    return ["-D", name, str(change.position)]


def program(where: ChainRef) -> str:
    """The iptables program, named so that no alternative can differ."""
    name = "iptables" if where.family is Family.IPV4 else "ip6tables"
    return f"{name}-{where.variant.value}"
