"""A finding: one sentence about one thing that is wrong, where it stands, and what to do."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from dockerwall.model.kinds import Family, Variant
from dockerwall.model.value import value


class Level(StrEnum):
    """How much a finding matters, worst first."""

    CRITICAL = "critical"
    """Something is open, or not guarded, that someone meant to be closed."""
    WARNING = "warning"
    """A rule does not do what it seems to do, or a guard is weaker than it looks."""
    NOTICE = "notice"
    """Worth knowing; nothing has to be wrong."""


class RuleRef(NamedTuple):
    """Where a rule stands, and its text."""

    variant: Variant
    family: Family
    table: str
    chain: str
    number: int | None
    """Position in its chain, from 1; None for the chain's policy."""
    text: str


@value
class Finding:
    """Something an operator should know."""

    id: str
    """Stable: other programs may rely on it."""
    severity: Level
    message: str
    """One plain sentence."""
    rule: RuleRef | None = None
    others: tuple[RuleRef, ...] = ()
    """Further rules concerned, such as those that cover the rule."""
    fix: str = ""
    """One sentence: what to do."""
    commands: tuple[str, ...] = ()
    """Command lines that do it, safe to paste into a shell."""
    exposure: tuple[object, ...] | None = None
    """The key of the exposure it is about."""
