"""What was read and found out, shown in the frame's parts; the pane below explains one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

from dockerwall.app.condition import instead_of_exposures, instead_of_tree
from dockerwall.app.explain import NOTHING, Explanation, Remark, explain
from dockerwall.app.inquiry import Inquiry
from dockerwall.app.look import Look
from dockerwall.app.messages import Told
from dockerwall.app.picture import Picture
from dockerwall.app.proofs import ProofOnTree
from dockerwall.app.screens.frame import Frame
from dockerwall.app.spots import Spot, is_at, spot_of
from dockerwall.app.standing import Clockface
from dockerwall.app.unfolded import Unfolded
from dockerwall.app.views import View, looked_at, remark_of, tabs_of
from dockerwall.app.widgets.lines import Lines
from dockerwall.app.widgets.listing import Listing
from dockerwall.present.pieces import Piece, Tone

if TYPE_CHECKING:
    from dockerwall.app.judging import Verdict


class Showing(Frame):
    """Takes pictures and judgements, and says of every line what it is."""

    def __init__(self, look: Look, who: str, *, live: bool) -> None:
        super().__init__(look, who, live=live)
        self.far = ""
        """Where a live host is reached that is not this one."""
        self.of_host: tuple[str, ...] = ()
        """The options by which a command asks this host: `--ssh HOST`, `--snapshot PATH`."""
        self.failure = ""
        self.proof = ProofOnTree(self.traversal)
        self.inquiry = Inquiry(self)
        self.docker_lost = ""
        """Since when Docker has not answered, where it did before."""
        self._unfolded: Unfolded | None = None
        self._refused = ""

    def say_all(self) -> None:
        """Tabs, what is said instead of a tree, and the line under the cursor."""
        self._say_condition()
        self._say_tabs()
        self.explain_here()

    def on_resize(self, event: events.Resize) -> None:
        """Break the sentences of the host's view for the new width."""
        self._say_facts()

    def show(self, picture: Picture, unfolded: Unfolded | None = None) -> None:
        """Show a reading; `unfolded` holds its lines when its rules are others than before."""
        self._unfolded = unfolded
        self.failure = ""
        self.picture = picture

    def watch_picture(self, before: Picture | None, picture: Picture | None) -> None:
        """Everything that shows some of the picture takes what changed."""
        if picture is None:
            return
        self._say_condition()
        here = spot_of(self)
        self.traversal.show(picture, self._unfolded)
        self.exposures.count_packets(picture)
        self._unfolded = None
        self._feel_for(here)
        changed = before is None or before.outline is not picture.outline
        self.inquiry.search.again(rules_changed=changed)
        if changed:
            self.proof.draw(picture, arrive=False)
            self.explain_here()
        if before is None or before.snapshot.gaps != picture.snapshot.gaps:
            self._say_facts()
        self._say_tabs()

    def watch_judgement(self, before: Verdict | None, judgement: Verdict | None) -> None:
        """The lists take what was found out."""
        if judgement is None:
            return
        here = spot_of(self)
        self.exposures.world = judgement.world
        self.exposures.show(judgement.rows)
        if not self.footing.touched:
            self.exposures.cursor = 0  # the worst first, as long as nobody has looked at another
        self.findings.looked_at = looked_at(judgement)
        self.findings.show(judgement.findings)
        self._say_missing(judgement)
        if not judgement.rows:
            self.waiting.show(instead_of_exposures(judgement.snapshot))
        self.set_class(not judgement.rows, "-noexposures")
        self._say_facts()
        if before is None:
            if self.view is View.EXPOSURES and self.traversal.touched:
                self.view = View.TRAVERSAL  # the operator is at work there: do not interfere
            self.place_panes()
        self.give_room()
        self._feel_for(here)
        self._say_tabs()
        self.explain_here()

    def _feel_for(self, here: Spot) -> None:
        """Notice when the line under the cursor is not the one that was there."""
        if not is_at(self, here):
            self.footing.slip()

    def _say_missing(self, judgement: Verdict) -> None:
        docker = judgement.snapshot.docker
        unread = docker is None or docker.containers is None
        self.set_class(unread, "-nodocker")
        lost = f"silent since {self.docker_lost}" if self.docker_lost else "was not read"
        ports = "only ports that rules rewrite are listed."
        self.exposure_heading.warn(f"Docker {lost}: {ports}" if unread else "")

    def stand(self, clockface: Clockface) -> None:
        """Say how the picture stands to the host."""
        snapshot = None if self.picture is None else self.picture.snapshot
        self.header.show(snapshot, clockface)

    def fail(self, reason: str) -> None:
        """Say that the host could not be read."""
        self.failure = reason
        self._say_condition()

    def doubt(self, reason: str) -> None:
        """Say that judging failed: nothing is known of who gets in."""
        self.set_class(False, "-unjudged")
        self.set_class(True, "-noexposures")
        self.waiting.show([(Piece(f"Who gets in could not be worked out: {reason}", Tone.WARN),)])

    def _say_condition(self) -> None:
        snapshot = None if self.picture is None else self.picture.snapshot
        words = instead_of_tree(snapshot, self.failure, live=self.live, far=self.far)
        self.notice.show(words or [])
        if self.has_class("-notree") is (words is None):
            self.set_class(words is not None, "-notree")
            self._say_keys()

    def _say_facts(self) -> None:
        if self.picture is None:
            return
        from dockerwall.app.hostfacts import host_rows

        world = None if self.judgement is None else self.judgement.world
        width = self.size.width // 2 if self.has_class("-wide") else self.size.width
        self.facts.put(host_rows(self.picture.snapshot, world, width - 4))

    def _say_tabs(self) -> None:
        remark = remark_of(self.view, self.picture, self.judgement)
        if self.view is View.EXPOSURES and self.exposures.order:
            remark = f"by {self.exposures.order}, {remark}"
        self.tabs.show(tabs_of(self.judgement), self.view, remark)

    # The pane below.

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """Explain the line the cursor is on now, and say how they are sorted."""
        if message.lines is self.active:
            self._say_tabs()
            self.explain_here()
            self.inquiry.say_found()

    def explain_here(self) -> None:
        """Say in the pane below what the line under the cursor is."""
        try:
            explanation = self._explanation()
        except Exception as error:  # a sentence is not worth the whole screen
            remark = Remark("error", f"{type(error).__name__}: {error}", Tone.WARN)
            explanation = Explanation("", (remark,))
        total = self.active.count()
        self.detail.show(explanation, f"{self.active.cursor + 1}/{total}" if total else "")

    def _explanation(self) -> Explanation:
        if self.picture is None:
            return NOTHING
        if self._refused:
            return Explanation("", (Remark("", self._refused, Tone.WARN),))
        if isinstance(self.active, Listing):
            return self.active.explanation()
        if self.active is not self.traversal or self.traversal.node is None:
            return NOTHING
        return self.proof.explain(explain(self.traversal.node, self.picture.outline))

    def refuse(self, sentence: str) -> None:
        """Say once why nothing happens: in the pane below, or with the keys where there is none."""
        if any(map(self.has_class, ("-short", "-athost", "-notree"))):
            self.post_message(Told(sentence))
            return
        self._refused = sentence
        self.explain_here()
        self._refused = ""
