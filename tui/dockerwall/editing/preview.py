"""What a plan will change, seen beforehand: the values; `editing.foresight` works them out."""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.analysis.exposure import Exposure, Severity
from dockerwall.analysis.findings import Finding
from dockerwall.editing.plan import LOCKOUT, ChainRef, Objection, Plan
from dockerwall.model.addresses import AddressSet


class DiffLine(NamedTuple):
    """One line of a chain's difference."""

    where: ChainRef
    mark: str
    """`+` for a new rule, `-` for one that goes, a blank for one that stays."""
    number: int | None
    """Its position, before for one that goes, else after."""
    text: str


class ReachChange(NamedTuple):
    """Who gains and who loses one way to a port."""

    exposure: Exposure
    """As it was."""
    iif: str
    to: tuple[str, ...]
    via: str
    before: AddressSet
    after: AddressSet
    unknown_before: AddressSet
    unknown_after: AddressSet
    among: AddressSet | None = None
    """The sources that honestly come by the interface; None where that is not known."""

    @property
    def gained(self) -> AddressSet:
        """Addresses that could not surely get in and now can."""
        return self.after - self.before

    @property
    def lost(self) -> AddressSet:
        """Addresses that could surely get in and now cannot."""
        return self.before - self.after


class SeverityChange(NamedTuple):
    """An exposure whose severity changes."""

    exposure: Exposure
    """As it was."""
    after: Severity


class Preview(NamedTuple):
    """Everything to be seen before a plan is applied."""

    plan: Plan
    lines: tuple[DiffLine, ...]
    reaches: tuple[ReachChange, ...]
    severities: tuple[SeverityChange, ...]
    gained: tuple[Finding, ...]
    """Findings that appear."""
    lost: tuple[Finding, ...]
    """Findings that go."""
    objections: tuple[Objection, ...]

    @property
    def blocked(self) -> bool:
        """Whether any objection forbids applying."""
        return any(objection.blocking for objection in self.objections)

    @property
    def overrulable(self) -> bool:
        """Whether all that forbids applying is that it may cut the operator's own session."""
        forbidding = [each.id for each in self.objections if each.blocking]
        return bool(forbidding) and set(forbidding) == {LOCKOUT}
