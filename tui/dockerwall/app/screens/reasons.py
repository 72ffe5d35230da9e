"""Why: the proof of an exposure in the tree, the rule of a finding, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockerwall.app.look import Look
from dockerwall.app.proofs import Asked, question_of, rule_of
from dockerwall.app.screens.showing import Showing
from dockerwall.app.views import View
from dockerwall.app.widgets.lines import Lines

if TYPE_CHECKING:
    from dockerwall.app.judging import Proof


class Reasons(Showing):
    """Goes from a port or a finding to the rules that decide."""

    def __init__(self, look: Look, who: str, *, live: bool) -> None:
        super().__init__(look, who, live=live)
        self._came_from = View.EXPOSURES
        self._led_here = False
        """Whether a finding led to what is shown, and nothing else was gone to since."""

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """Show why."""
        if message.lines is self.exposures and self.judgement is not None:
            row = self.exposures.current
            probe = question_of(self.judgement, row, None)
            if probe is None:
                self.refuse("No packet from outside to it passes this host's firewall.")
            else:
                self.proof.about = row
                self.post_message(Asked(probe))
        elif message.lines is self.findings:
            self._go_to_rule()

    def _go_to_rule(self) -> None:
        finding, picture = self.findings.current, self.picture
        if finding is None or picture is None:
            return
        if finding.rule is None and self.exposures.go_to(finding.exposure):
            self._lead_to(View.EXPOSURES)
            return
        if finding.rule is not None and finding.rule.family not in picture.families:
            self.show_family(finding.rule.family)
            picture = self.picture or picture
        way = rule_of(finding, picture)
        if way is None:
            self.refuse("It is about no rule that the tree shows.")
            return
        self._lead_to(View.TRAVERSAL)
        self.traversal.reveal(way)

    def _lead_to(self, view: View) -> None:
        self.go_to(view)
        self._led_here = True

    def go_to(self, view: View) -> None:
        """Show a view; Esc no longer goes back to a finding."""
        self._led_here = False
        super().go_to(view)

    def prove(self, proof: Proof) -> None:
        """Show a packet's way in the tree."""
        if proof.asked:
            if self.view is not View.TRAVERSAL:
                self._came_from = self.view
            self.go_to(View.TRAVERSAL)
        self.proof.show(proof, self.picture)
        self.explain_here()

    def action_back(self) -> None:
        """End the search, then the proof; then go back to the findings."""
        if self.inquiry.close():
            return
        if self.proof.proof is not None:
            self.proof.end()
            self.post_message(Asked(None))
            self.go_to(self._came_from)
        elif self._led_here:
            self.go_to(View.FINDINGS)
