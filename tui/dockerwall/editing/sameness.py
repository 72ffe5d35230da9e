"""Whether two texts are the same rule, however each was printed."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from dockerwall.grammar.spec import parse_spec
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import AddressMatch, Match, ProtocolMatch, Spec


@lru_cache(maxsize=1 << 14)
def meaning(text: str, family: Family) -> object:
    """What is equal for two texts of the same rule: the text itself where it is not understood."""
    spec = parse_spec(text, family)
    if spec.unparsed:
        return text
    return spec.chain, _unordered(spec), spec.target, spec.comments


def _unordered(spec: Spec) -> frozenset[tuple[Match, int]]:
    """Matches without their order, and without those that say nothing."""
    return frozenset(Counter(m for m in spec.matches if not _is_idle(m)).items())


def _is_idle(match: Match) -> bool:
    """Whether a match holds for every packet: protocol 0, and addresses of length 0."""
    if isinstance(match, ProtocolMatch):
        return not match.number
    if isinstance(match, AddressMatch):
        return not match.negated and match.numbers == Intervals.upto(match.family.last)
    return False


def same_rule(one: str, other: str, family: Family) -> bool:
    """Whether two rule texts mean the same: `-s 192.0.2.1` and `-s 192.0.2.1/32`, say."""
    return one == other or meaning(one, family) == meaning(other, family)


def same_rules(ones: tuple[str, ...], others: tuple[str, ...], family: Family) -> bool:
    """Whether two chains hold the same rules in the same order."""
    return len(ones) == len(others) and all(
        same_rule(one, other, family) for one, other in zip(ones, others, strict=True)
    )
