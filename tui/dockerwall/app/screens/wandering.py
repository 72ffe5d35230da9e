"""Going about: from a port to its container and back, to the last place, to what moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockerwall.app.look import Look
from dockerwall.app.screens.reasons import Reasons
from dockerwall.app.spots import Spot, go_back_to, spot_of
from dockerwall.app.views import View

if TYPE_CHECKING:
    from dockerwall.app.screens.choice import Choice


class Wandering(Reasons):
    """Remembers where the operator was, and knows what belongs together."""

    def __init__(self, look: Look, who: str, *, live: bool) -> None:
        super().__init__(look, who, live=live)
        self._last: Spot | None = None

    def go_to(self, view: View) -> None:
        """Show a view; where the operator was before is remembered."""
        before = spot_of(self)
        super().go_to(view)
        if before.view is not view:
            self._last = before

    def action_last_place(self) -> None:
        """Go to where the operator was before; once more comes back."""
        if self._last is None:
            self.refuse("This is the first place.")
            return
        here, there = spot_of(self), self._last
        go_back_to(self, there)
        self._last = here
        self.explain_here()

    def action_only(self) -> None:
        """Show only what is found, or only what moves."""
        self.inquiry.only()

    def action_container(self) -> None:
        """From a port or a rule to its container; from a container to its ports."""
        name = self._container_here()
        if name is None:
            self.refuse("This line is about no container.")
        elif self.view is View.EXPOSURES:
            self._show_container(name)
        elif self.exposures.go_to_container(name):
            self.go_to(View.EXPOSURES)
        else:
            self.refuse(f"{name} offers no port.")

    def _container_here(self) -> str | None:
        if self.view is View.EXPOSURES:
            row = self.exposures.current
            return None if row is None else row.container
        if self.view is View.FINDINGS:
            finding = self.findings.current
            return None if finding is None else self.exposures.container_of(finding.exposure)
        if self.view is View.HOST:
            return self.facts.container_at(self.facts.cursor)
        node = self.traversal.node
        notes = [] if node is None else [note.text for note in node.notes]
        words = [word.strip() for note in notes for word in note.split(",")]
        known = {row.container for row in self.exposures.records}
        return next((word for word in words if word in known), None)

    def _show_container(self, name: str) -> None:
        row = self.facts.row_of_container(name)
        if row is None:
            self.refuse(f"{name} is not in the host view.")
            return
        self.go_to(View.HOST)
        self.facts.cursor = row

    def copies(self) -> list[Choice]:
        """What can be copied of the line under the cursor."""
        from dockerwall.app import copies
        from dockerwall.app.proofs import question_of

        found: list[Choice] = []
        if self.active is self.traversal and self.traversal.node is not None:
            found += copies.of_node(self.traversal.node)
        elif self.active is self.exposures and self.exposures.current is not None:
            row = self.exposures.current
            assert self.judgement is not None
            found += copies.of_row(row, question_of(self.judgement, row, None), self.of_host)
        elif self.active is self.findings and self.findings.current is not None:
            found += copies.of_finding(self.findings.current)
        elif self.active is self.facts and self.facts.count():
            found += copies.of_line(self.facts.rows[self.facts.cursor])
        return [*found, *copies.of_explanation(self.detail.explanation)]
