"""What is typed after `/`: words to find, and fields such as `port:6379` or `chain:DOCKER-USER`.

All of them have to hold; `!` before one means that it must not; commas mean either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

MOVING = "moving"
"""The word for what counts right now; it is never looked for as a text."""

FIELDS = {
    "ctr": "ctr",
    "container": "ctr",
    "port": "port",
    "addr": "addr",
    "address": "addr",
    "chain": "chain",
    "sev": "sev",
    "severity": "sev",
    "from": "from",
}
"""What may stand before a colon, and the field it means."""

HINT = (
    "Type a text, or fields: ctr:web port:6379 addr:172.17.0.2 from:203.0.113.9 "
    "chain:DOCKER-USER sev:exposed moving. !port:80 leaves it out, port:80,443 is either."
)

_WHOLE = ("port",)
"""Fields of which a part is not enough: 80 is not 8080."""


class Facets(NamedTuple):
    """What a filter looks at; everything in folded case."""

    text: str
    fields: Mapping[str, tuple[str, ...]]
    """The values of each field; where one is missing the text is looked through instead."""
    lets_in: Callable[[str], bool] | None = None
    """Whether an address gets in, for `from:`."""
    moving: bool = False


class Term(NamedTuple):
    """One condition."""

    field: str
    """Empty for plain text."""
    values: tuple[str, ...]
    negated: bool

    def holds(self, facets: Facets) -> bool:
        """Whether it is so."""
        return any(self._is(value, facets) for value in self.values) is not self.negated

    def _is(self, value: str, facets: Facets) -> bool:
        if self.field == MOVING:
            return facets.moving
        if self.field == "from":
            return facets.lets_in is not None and facets.lets_in(value)
        if self.field in facets.fields:
            held = facets.fields[self.field]
            if self.field in _WHOLE:
                return value in held
            return any(value in one for one in held)
        return value in facets.text


class Filter(NamedTuple):
    """A whole line, understood."""

    terms: tuple[Term, ...] = ()

    def holds(self, facets: Facets) -> bool:
        """Whether everything asked for is so."""
        return all(term.holds(facets) for term in self.terms)

    @property
    def marked(self) -> str:
        """The text to mark where it stands; empty when there is no single one."""
        words = [
            term.values[0]
            for term in self.terms
            if not term.negated and len(term.values) == 1 and term.field in ("", "chain", "ctr")
        ]
        return words[0] if len(words) == 1 else ""

    @property
    def needs_counters(self) -> bool:
        """Whether the answer changes with every reading."""
        return any(term.field == MOVING for term in self.terms)


def understood(text: str) -> Filter:
    """What was typed, as conditions; a text with spaces but no fields stays one text."""
    folded = text.casefold().strip()
    words = folded.split()
    if not any(_is_special(word) for word in words):
        return Filter((Term("", (folded,), False),) if folded else ())
    return Filter(tuple(_term(word) for word in words if word != "!"))


def _is_special(word: str) -> bool:
    bare = word.removeprefix("!")
    return word.startswith("!") or bare == MOVING or bare.partition(":")[0] in _FIELD_NAMES


_FIELD_NAMES = frozenset(FIELDS)


def _term(word: str) -> Term:
    bare = word.removeprefix("!")
    negated = bare != word
    if bare == MOVING:
        return Term(MOVING, (bare,), negated)
    name, colon, value = bare.partition(":")
    if colon and name in FIELDS:
        return Term(FIELDS[name], tuple(part for part in value.split(",")), negated)
    return Term("", (bare,), negated)
