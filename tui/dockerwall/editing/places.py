"""Places in a chain worth trying for new rules, and why one of them was taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dockerwall.analysis.exposure import Exposure
from dockerwall.analysis.hits import Hit
from dockerwall.editing.plan import ChainRef, rule_words
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.kinds import Family
from dockerwall.model.spec import ConntrackMatch, Return, Spec, Stop

_ANSWERS = frozenset({"RELATED", "ESTABLISHED"})


def lets_answers_through(spec: Spec) -> bool:
    """Whether a rule lets packets of connections that are open through, and looks at no more."""
    lets = isinstance(spec.target, Return) or spec.target == Stop("ACCEPT")
    if not lets or len(spec.matches) != 1:
        return False
    (match,) = spec.matches
    return isinstance(match, ConntrackMatch) and _is_open(match)


def _is_open(match: ConntrackMatch) -> bool:
    """Whether a match asks for nothing but the state of open connections."""
    states = match.states
    return (
        states is not None
        and not states.negated
        and "ESTABLISHED" in states.words
        and states.words <= _ANSWERS
        and match == ConntrackMatch(states=states)
    )


def places(texts: Sequence[str], family: Family, deciding: Iterable[int]) -> tuple[int, ...]:
    """Positions in the order in which they are tried.

    Below the rules at the top that let answers through, which keeps open connections open and
    costs least; at the very top; above each rule that now decides; at the end.
    """
    head = 0
    for text in texts:
        if not lets_answers_through(parse_spec(text, family)):
            break
        head += 1
    found = (head + 1, 1, *sorted(deciding), len(texts) + 1)
    return tuple(dict.fromkeys(each for each in found if 1 <= each <= len(texts) + 1))


def deciding_numbers(exposures: Iterable[Exposure], where: ChainRef) -> tuple[int, ...]:
    """The numbers of the chain's rules that decide these exposures now."""
    hits = {id(hit): hit for hit in _hits(exposures)}  # most of them are the very same
    found = {
        hit.rule.number
        for hit in hits.values()
        if hit.chain == where.chain
        and hit.rule is not None
        and (hit.key.variant, hit.key.family, hit.key.table)
        == (where.variant, where.family, "filter")
    }
    return tuple(sorted(found))


def _hits(exposures: Iterable[Exposure]) -> Iterator[Hit]:
    for exposure in exposures:
        for reach in exposure.reach:
            yield from reach.decided_by


def why_there(where: ChainRef, texts: Sequence[str], position: int, deciding: Sequence[int]) -> str:
    """One sentence on why the rules stand at a position."""
    parts = []
    family = where.family
    if position > 1 and lets_answers_through(parse_spec(texts[position - 2], family)):
        parts.append("below the rule that lets answers through, so open connections stay open")
    below = [number for number in deciding if number >= position]
    ending = next(
        (
            number
            for number, text in enumerate(texts, 1)
            if number >= position and _ends_all(parse_spec(text, family))
        ),
        None,
    )
    if below:
        parts.append(
            f"above rule {below[0]} ({rule_words(texts[below[0] - 1])}), which decides now"
        )
    if ending is not None and ending not in below:
        parts.append(f"above {_named(texts, ending)}, which ends the chain")
    if not parts:
        parts.append("where no rule above decides before it" if position > 1 else "at the top")
    return f"It becomes rule {position} of {where.chain}: {', and '.join(parts)}."


def _named(texts: Sequence[str], number: int) -> str:
    return f"rule {number} ({rule_words(texts[number - 1])})"


def _ends_all(spec: Spec) -> bool:
    return not spec.matches and isinstance(spec.target, Return | Stop)
