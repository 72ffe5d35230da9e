"""What is wrong with the rules, worst first; Enter goes to the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment

from dockerwall.app.accounts import finding_account
from dockerwall.app.explain import Explanation
from dockerwall.app.facets import of_finding
from dockerwall.app.filters import Facets
from dockerwall.app.widgets.listing import Listing
from dockerwall.app.widgets.pane import Line
from dockerwall.present.pieces import Tone
from dockerwall.present.plain import plain

if TYPE_CHECKING:
    from dockerwall.analysis.findings import Finding

_MARKS = {
    "critical": ("!!", Tone.DROP),
    "warning": ("! ", Tone.WARN),
    "notice": ("  ", Tone.PLAIN),
}


class FindingList(Listing["Finding"]):
    """The findings, one line each."""

    looked_at = ""
    """What was looked at, in a few words; empty before that."""

    def empty(self) -> str:
        """That nothing was found wrong, and in what."""
        if self.records or not self.looked_at:
            return super().empty()
        return f"Nothing was found wrong in {self.looked_at}."

    def identity(self, record: Finding) -> object:
        """Its id, and what it is about."""
        return (record.id, record.rule, record.exposure)

    def place_of(self, record: Finding) -> int | None:
        """Where it is now, though its rule may have another number; of two alike nobody knows."""
        place = super().place_of(record)
        if place is not None or record.rule is None:
            return place
        alike = [n for n, each in enumerate(self.shown) if _unnumbered(each) == _unnumbered(record)]
        return alike[0] if len(alike) == 1 else None

    def facets(self, record: Finding) -> Facets:
        """What a filter looks at."""
        return of_finding(record)

    def explain(self, record: Finding) -> Explanation:
        """What is wrong, where, and what to do."""
        return finding_account(record)

    def line(self, record: Finding, width: int) -> Line:
        """Level and sentence."""
        mark, tone = _MARKS.get(str(record.severity), ("  ", Tone.PLAIN))
        look = self.look
        return [
            Segment(f"{mark} {record.severity:<9}", look.tone(tone)),
            Segment(look.safe(plain(record.message)), look.tone(Tone.PLAIN)),
        ]


def _unnumbered(finding: Finding) -> object:
    rule = finding.rule
    return (finding.id, None if rule is None else rule._replace(number=None), finding.exposure)
