"""Command lines that change rules, quoted so that nothing in a rule can be run by a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from dockerwall.analysis.findings.finding import RuleRef
from dockerwall.grammar.words import split_words
from dockerwall.model.kinds import Family, Variant


def program(variant: Variant, family: Family) -> str:
    """The iptables program of one variant and family, named so that no alternative can differ."""
    name = "iptables" if family is Family.IPV4 else "ip6tables"
    return f"{name}-{variant.value}"


def delete(ref: RuleRef) -> tuple[str, ...]:
    """Delete a rule by its text; nothing where the text cannot be read."""
    words = words_of(ref)
    return (_line(ref, "-D", ref.chain, words),) if words is not None else ()


def move_to(ref: RuleRef, number: int) -> tuple[str, ...]:
    """Put a rule further up in its chain: first the copy, then the old one away.

    `-D` would take the first of two equal rules, so the old one is deleted by its number.
    """
    words = words_of(ref)
    if words is None or ref.number is None:
        return ()
    return (
        _line(ref, "-I", ref.chain, [str(number), *words]),
        _line(ref, "-D", ref.chain, [str(ref.number + 1)]),
    )


def replace(ref: RuleRef, words: Iterable[str]) -> tuple[str, ...]:
    """Put other words in a rule's place."""
    if ref.number is None:
        return ()
    return (_line(ref, "-R", ref.chain, [str(ref.number), *words]),)


def insert(variant: Variant, family: Family, chain: str, words: Iterable[str]) -> tuple[str, ...]:
    """Insert a rule at the top of a chain of the filter table."""
    return insert_at(RuleRef(variant, family, "filter", chain, None, ""), words)


def insert_at(where: RuleRef, words: Iterable[str]) -> tuple[str, ...]:
    """Insert a rule where another stands, or at the top of its chain where no number is given."""
    place = [str(where.number)] if where.number is not None else []
    return (_line(where, "-I", where.chain, [*place, *words]),)


def set_policy(variant: Variant, family: Family, chain: str, policy: str) -> tuple[str, ...]:
    """Set the policy of a base chain of the filter table."""
    return (shlex.join([program(variant, family), "-w", "-P", chain, policy]),)


def words_of(ref: RuleRef) -> list[str] | None:
    """The words of a rule after its chain; None where they cannot be read."""
    try:
        words = split_words(ref.text)
    except ValueError:
        return None
    return words[2:] if len(words) > 2 and words[0] == "-A" else None


def _line(ref: RuleRef, action: str, chain: str, words: Iterable[str]) -> str:
    table = [] if ref.table == "filter" else ["-t", ref.table]
    return shlex.join([program(ref.variant, ref.family), "-w", *table, action, chain, *words])
