"""The views of a host in one frame. It shows pictures and judgements; it reads nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.screen import Screen

from dockerwall.app.commands import Where, bindings
from dockerwall.app.condition import instead_of_exposures, instead_of_tree
from dockerwall.app.explain import NOTHING, Explanation, Remark, explain
from dockerwall.app.inquiry import Inquiry
from dockerwall.app.look import Look
from dockerwall.app.picture import Picture
from dockerwall.app.proofs import Asked, ProofOnTree, question_of, rule_of
from dockerwall.app.standing import Clockface
from dockerwall.app.unfolded import Unfolded
from dockerwall.app.views import View, remark_of, tabs_of
from dockerwall.app.widgets.detail import Detail
from dockerwall.app.widgets.divider import Divider
from dockerwall.app.widgets.exposures import ExposureHeading, ExposureList
from dockerwall.app.widgets.findings import FindingList
from dockerwall.app.widgets.footer import Footer
from dockerwall.app.widgets.header import Header
from dockerwall.app.widgets.heading import Heading
from dockerwall.app.widgets.lines import Lines
from dockerwall.app.widgets.listing import Listing
from dockerwall.app.widgets.notice import Notice
from dockerwall.app.widgets.prompt import Prompt
from dockerwall.app.widgets.tabs import Tabs
from dockerwall.app.widgets.text import Text
from dockerwall.app.widgets.toosmall import LEAST_HEIGHT, LEAST_WIDTH, TooSmall
from dockerwall.app.widgets.traversal import Traversal
from dockerwall.model.kinds import Family
from dockerwall.present.pieces import Piece, Tone

if TYPE_CHECKING:
    from dockerwall.app.judging import Judgement, Proof

WIDE = 120
"""From this width on a list and the tree stand side by side."""
_JUDGING = ((Piece("Working out who gets in where ..."),),)


class MainScreen(Screen[None], inherit_bindings=False):
    """The frame around the views."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Where.VIEW)]

    picture: reactive[Picture | None] = reactive(None, repaint=False, always_update=True)
    """The reading on the screen; everything else follows from it."""
    judgement: reactive[Judgement | None] = reactive(None, repaint=False, always_update=True)
    """What was found out of a reading, a little later than the reading itself."""

    def __init__(self, look: Look, who: str, *, live: bool) -> None:
        super().__init__()
        self.look = look
        self.live = live
        self.failure = ""
        self.view = View.EXPOSURES
        self.header = Header(look, who)
        self.tabs = Tabs(look)
        self.heading = Heading(look)
        self.traversal = Traversal(look, id="tree")
        self.exposures = ExposureList(look, id="exposures")
        self.exposure_heading = ExposureHeading(look, self.exposures)
        self.findings = FindingList(look, id="findings")
        self.facts = Text(look, [], id="facts")
        self.notice = Notice(look)
        self.waiting = Notice(look, id="waiting")
        self.detail = Detail(look)
        self.prompt = Prompt(look, "", id="prompt")
        self.footer = Footer(look)
        self.proof = ProofOnTree(self.traversal)
        self.inquiry = Inquiry(self)
        self._came_from = View.EXPOSURES
        self._unfolded: Unfolded | None = None
        self._refused = ""
        self.show_family: Callable[[Family], None] = lambda family: None
        """Asks for a family to be shown as well; set by the application."""

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.header
        yield self.tabs
        yield self.notice
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield self.waiting
                yield self.exposure_heading
                yield self.exposures
                yield self.findings
                yield self.facts
            yield Divider(self.look)
            with Vertical(id="right"):
                yield self.heading
                yield self.traversal
        yield self.detail
        yield self.prompt
        yield self.footer
        yield TooSmall(self.look, id="toosmall")

    def on_mount(self) -> None:
        """Give the keyboard to the tree until there is something better."""
        if self.look.ground.bgcolor is not None:
            self.styles.background = self.look.ground.bgcolor.name
        if self.judgement is None:
            self.waiting.show(_JUDGING)
        self._arrange()
        self._say_condition()

    def on_resize(self, event: events.Resize) -> None:
        """Say so when there is no room; two panes where there is much."""
        width, height = event.size
        self.set_class(width < LEAST_WIDTH or height < LEAST_HEIGHT, "-toosmall")
        self.set_class(height < 20, "-short")
        self.set_class(height >= 40, "-tall")
        self.set_class(width >= WIDE, "-wide")

    # What is shown.

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
        self.traversal.show(picture, self._unfolded)
        self.exposures.count_packets(picture)
        self._unfolded = None
        if before is None or before.outline is not picture.outline:
            self.inquiry.search.again()
            self.proof.draw(picture, arrive=False)
            self.explain_here()
        if before is None or before.snapshot.gaps != picture.snapshot.gaps:
            self._say_facts()
        self._say_tabs()

    def watch_judgement(self, before: Judgement | None, judgement: Judgement | None) -> None:
        """The lists take what was found out."""
        if judgement is None:
            return
        self.exposures.show(judgement.rows)
        self.findings.show(judgement.findings)
        self.exposure_heading.update_lines()
        if not judgement.rows:
            self.waiting.show(instead_of_exposures(judgement.snapshot))
        self.set_class(not judgement.rows, "-noexposures")
        self._say_facts()
        if before is None:
            if self.view is View.EXPOSURES and self.traversal.touched:
                self.view = View.TRAVERSAL  # the operator is at work there: do not interfere
            self._arrange()
        self._say_tabs()
        self.explain_here()

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
        self.waiting.show([(Piece(f"Who gets in could not be worked out: {reason}", Tone.WARN),)])

    def _say_condition(self) -> None:
        snapshot = None if self.picture is None else self.picture.snapshot
        words = instead_of_tree(snapshot, self.failure, live=self.live)
        self.notice.show(words or [])
        self.set_class(words is not None, "-notree")

    def _say_facts(self) -> None:
        if self.picture is None:
            return
        from dockerwall.app.hostfacts import host_rows

        world = None if self.judgement is None else self.judgement.world
        self.facts.put(host_rows(self.picture.snapshot, world))

    def _say_tabs(self) -> None:
        remark = remark_of(self.view, self.picture, self.judgement)
        self.tabs.show(tabs_of(self.judgement), self.view, remark)

    # Which view.

    @property
    def active(self) -> Lines:
        """The list the keyboard belongs to."""
        lists: dict[View, Lines] = {
            View.EXPOSURES: self.exposures,
            View.TRAVERSAL: self.traversal,
            View.FINDINGS: self.findings,
            View.HOST: self.facts,
        }
        unjudged = self.judgement is None and self.view is View.EXPOSURES
        return self.traversal if unjudged else lists[self.view]

    def go_to(self, view: View) -> None:
        """Show a view and give it the keyboard."""
        self.view = view
        self._arrange()
        self._say_tabs()
        self.explain_here()

    def _arrange(self) -> None:
        self.set_class(self.judgement is None, "-unjudged")
        self.set_class(self.view is View.TRAVERSAL, "-attree")
        for view in (View.EXPOSURES, View.FINDINGS, View.HOST):
            # Beside the tree the list that was looked at last stays.
            if self.view is not View.TRAVERSAL:
                self.set_class(self.view is view, f"-at{view}")
        for listed in (self.exposures, self.traversal, self.findings, self.facts):
            listed.light(listed is self.active)
        if not self.prompt.has_focus:
            self.active.focus()
        self.set_class(self.active is self.facts, "-athost")
        self._say_keys()

    def _say_keys(self) -> None:
        place = Where.TREE if self.active is self.traversal else Where.RECORDS
        self.footer.show(Where.ANYWHERE, Where.VIEW, place)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Another pane was given the keyboard by the mouse: it is the view now."""
        if event.widget is not self.focused or event.widget is self.active:
            return  # late news, or what was asked for
        views = {
            self.exposures: View.EXPOSURES,
            self.traversal: View.TRAVERSAL,
            self.findings: View.FINDINGS,
            self.facts: View.HOST,
        }
        view = views.get(event.widget)  # type: ignore[call-overload]
        if view is not None:
            self.go_to(view)

    def action_exposures(self) -> None:
        """Who reaches which port."""
        self.go_to(View.EXPOSURES)

    def action_traversal(self) -> None:
        """The tree."""
        self.go_to(View.TRAVERSAL)

    def action_findings(self) -> None:
        """What is wrong with the rules."""
        self.go_to(View.FINDINGS)

    def action_host(self) -> None:
        """What was read of the host."""
        self.go_to(View.HOST)

    def action_next_pane(self) -> None:
        """Between list and tree."""
        if self.view is View.TRAVERSAL:
            beside = [view for view in View if self.has_class(f"-at{view}")]
            self.go_to(beside[0] if beside else View.EXPOSURES)
        else:
            self.go_to(View.TRAVERSAL)

    def action_previous_pane(self) -> None:
        """Between list and tree."""
        self.action_next_pane()

    def action_words(self) -> None:
        """Show rules in words, or as text."""
        self.traversal.words = not self.traversal.words
        self.traversal.refresh()

    # The pane below.

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """Explain the line the cursor is on now."""
        if message.lines is self.active:
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

    # Proofs.

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """Show why."""
        if message.lines is self.exposures and self.judgement is not None:
            probe = question_of(self.judgement, self.exposures.current, None)
            if probe is None:
                self.refuse("No packet from outside to it passes this host's firewall.")
            else:
                self.post_message(Asked(probe))
        elif message.lines is self.findings:
            self._go_to_rule()

    def _go_to_rule(self) -> None:
        finding, picture = self.findings.current, self.picture
        if finding is None or picture is None:
            return
        if finding.rule is None and self.exposures.go_to(finding.exposure):
            self.go_to(View.EXPOSURES)
            return
        if finding.rule is not None and finding.rule.family not in picture.families:
            self.show_family(finding.rule.family)
            picture = self.picture or picture
        way = rule_of(finding, picture)
        if way is None:
            self.refuse("It is about no rule that the tree shows.")
            return
        self._came_from = self.view
        self.go_to(View.TRAVERSAL)
        self.traversal.reveal(way)

    def refuse(self, sentence: str) -> None:
        """Say once why nothing happens."""
        self._refused = sentence
        self.explain_here()
        self._refused = ""

    def prove(self, proof: Proof) -> None:
        """Show a packet's way in the tree."""
        if proof.asked:
            if self.view is not View.TRAVERSAL:
                self._came_from = self.view
            self.go_to(View.TRAVERSAL)
        self.proof.show(proof, self.picture)
        self.explain_here()

    # Searching, and packets described by the operator.

    def action_search(self) -> None:
        """Search in the list the keyboard belongs to."""
        self.inquiry.open_search()

    def action_what_if(self) -> None:
        """Describe a packet to follow."""
        self.inquiry.open_packet()

    def action_next_match(self) -> None:
        """Go to the next place of the search, or step of the proof."""
        self.inquiry.next_match(1)

    def action_previous_match(self) -> None:
        """Go to the place or step before."""
        self.inquiry.next_match(-1)

    def action_back(self) -> None:
        """End the search, then the proof; then go back to the findings."""
        if self.inquiry.close():
            return
        if self.proof.proof is not None:
            self.proof.end()
            self.post_message(Asked(None))
            self.go_to(self._came_from)
        elif self.view is View.TRAVERSAL and self._came_from is View.FINDINGS:
            self.go_to(self._came_from)

    def on_prompt_changed(self, message: Prompt.Changed) -> None:
        """Search while it is typed."""
        self.inquiry.typed(message.text)

    def on_prompt_submitted(self, message: Prompt.Submitted) -> None:
        """Keep the search, or follow the packet."""
        self.inquiry.submitted(message.text)

    def on_prompt_left(self) -> None:
        """Back without searching or following."""
        self.inquiry.close()
