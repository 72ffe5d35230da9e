"""The proof on the screen: asked for, shown in the tree, followed step by step, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from dockerwall.app.explain import Explanation
from dockerwall.app.picture import Picture
from dockerwall.app.widgets.traversal import Traversal
from dockerwall.model.settings import Expectation

if TYPE_CHECKING:
    from dockerwall.analysis.findings import Finding
    from dockerwall.analysis.trace import Probe
    from dockerwall.app.judging import Proof, Verdict
    from dockerwall.app.search import Way
    from dockerwall.present.exposures import Row


class Asked(Message):
    """A packet is to be followed; None ends it."""

    def __init__(self, probe: Probe | None) -> None:
        super().__init__()
        self.probe = probe


class Meant(Message):
    """An exposure is declared intended."""

    def __init__(self, expectation: Expectation) -> None:
        super().__init__()
        self.expectation = expectation


class ProofOnTree:
    """One packet's way, drawn on one tree."""

    def __init__(self, tree: Traversal) -> None:
        self._tree = tree
        self.proof: Proof | None = None
        self.about: Row | None = None
        """The port it was asked for; None where the operator asked of another packet."""

    def show(self, proof: Proof, picture: Picture | None) -> None:
        """Show another answer; the cursor goes to what decides if it was just asked for."""
        self.proof = proof
        if proof.asked:
            self._tree.only_trail = True
        self.draw(picture, arrive=proof.asked)

    def draw(self, picture: Picture | None, *, arrive: bool) -> None:
        """Draw it on the tree as it is now."""
        if self.proof is None or picture is None:
            return
        from dockerwall.app.proving import trail_of

        self._tree.prove(trail_of(self.proof.trace, picture.outline), arrive=arrive)

    def end(self) -> None:
        """Show the tree as it was."""
        self.proof = self.about = None
        self._tree.prove(None)

    def explain(self, own: Explanation) -> Explanation:
        """The verdict before what is said of the line itself."""
        if self.proof is None:
            return own
        from dockerwall.app.accounts import proof_account

        account = proof_account(self.proof)
        return Explanation(account.title, (*account.remarks, *own.remarks))


def question_of(judgement: Verdict, row: Row | None, proof: Proof | None) -> Probe | None:
    """The packet to begin with: the one just followed, or one that stands for an exposure."""
    from dockerwall.app.questions import probe_for

    if proof is not None:
        return proof.probe
    return None if row is None else probe_for(judgement.world, row)


def rule_of(finding: Finding, picture: Picture) -> Way | None:
    """Where the rule stands that a finding is about; None where the tree does not show it."""
    from dockerwall.app.rulefinding import way_to

    return None if finding.rule is None else way_to(finding.rule, picture.outline)
