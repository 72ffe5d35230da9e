"""The views of a host: header, tree, explanation, footer. It shows pictures; it reads nothing."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import reactive
from textual.screen import Screen

from dockerwall.app.commands import Where, bindings
from dockerwall.app.condition import instead_of_tree
from dockerwall.app.explain import NOTHING, Explanation, Remark, explain
from dockerwall.app.look import Look
from dockerwall.app.picture import Picture
from dockerwall.app.seeker import Seeker
from dockerwall.app.standing import Clockface
from dockerwall.app.unfolded import Unfolded
from dockerwall.app.widgets.detail import Detail
from dockerwall.app.widgets.footer import Footer
from dockerwall.app.widgets.header import Header
from dockerwall.app.widgets.heading import Heading
from dockerwall.app.widgets.lines import Lines
from dockerwall.app.widgets.notice import Notice
from dockerwall.app.widgets.prompt import Prompt
from dockerwall.app.widgets.tabs import Tabs
from dockerwall.app.widgets.toosmall import LEAST_HEIGHT, LEAST_WIDTH, TooSmall
from dockerwall.app.widgets.traversal import Traversal
from dockerwall.model.kinds import Family
from dockerwall.present.pieces import Tone

VIEWS = (("2", "Traversal"),)
_HERE = (Where.ANYWHERE, Where.VIEW, Where.TREE)


class MainScreen(Screen[None], inherit_bindings=False):
    """The frame around the views."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Where.VIEW)]

    picture: reactive[Picture | None] = reactive(None, repaint=False, always_update=True)
    """The reading on the screen; everything else follows from it."""

    def __init__(self, look: Look, who: str, *, live: bool) -> None:
        super().__init__()
        self.look = look
        self.live = live
        self.failure = ""
        self.header = Header(look, who)
        self.tabs = Tabs(look, VIEWS)
        self.heading = Heading(look)
        self.traversal = Traversal(look, id="tree")
        self.notice = Notice(look)
        self.detail = Detail(look)
        self.prompt = Prompt(look, "/", id="prompt")
        self.footer = Footer(look, _HERE)
        self._unfolded: Unfolded | None = None
        self.seeker = Seeker((), "")
        self._sought_from: tuple[int, ...] = ()

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.header
        yield self.tabs
        yield self.notice
        yield self.heading
        yield self.traversal
        yield self.detail
        yield self.prompt
        yield self.footer
        yield TooSmall(self.look, id="toosmall")

    def on_mount(self) -> None:
        """Give the keyboard to the tree."""
        if self.look.ground.bgcolor is not None:
            self.styles.background = self.look.ground.bgcolor.name
        self.traversal.focus()
        self._say_condition()

    def on_resize(self, event: events.Resize) -> None:
        """Say so when there is no room."""
        width, height = event.size
        self.set_class(width < LEAST_WIDTH or height < LEAST_HEIGHT, "-toosmall")
        self.set_class(height < 20, "-short")
        self.set_class(height >= 40, "-tall")

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
        self._unfolded = None
        self.tabs.show("2", _remark(picture))
        if before is None or before.outline is not picture.outline:
            self._explain()
            self._seek_again()

    def stand(self, clockface: Clockface) -> None:
        """Say how the picture stands to the host."""
        snapshot = None if self.picture is None else self.picture.snapshot
        self.header.show(snapshot, clockface)

    def fail(self, reason: str) -> None:
        """Say that the host could not be read."""
        self.failure = reason
        self._say_condition()

    def _say_condition(self) -> None:
        snapshot = None if self.picture is None else self.picture.snapshot
        words = instead_of_tree(snapshot, self.failure, live=self.live)
        self.notice.show(words or [])
        self.set_class(words is not None, "-notree")

    def _explain(self) -> None:
        node, picture = self.traversal.node, self.picture
        if node is None or picture is None:
            self.detail.show(NOTHING, "")
            return
        position = f"{self.traversal.cursor + 1}/{self.traversal.count()}"
        try:
            explanation = explain(node, picture.outline)
        except Exception as error:  # a sentence is not worth the whole screen
            remark = Remark("error", f"{type(error).__name__}: {error}", Tone.WARN)
            explanation = Explanation("", (remark,))
        self.detail.show(explanation, position)

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """Explain the line the cursor is on now."""
        if message.lines is self.traversal:
            self._explain()
            self._say_found()

    def action_words(self) -> None:
        """Show rules in words, or as text."""
        self.traversal.words = not self.traversal.words
        self.traversal.refresh()

    # Searching.

    def action_search(self) -> None:
        """Open the line to type the searched text into."""
        self.prompt.display = True
        self._sought_from = tuple(self.traversal.place()[1])
        self.prompt.focus()

    def action_next_match(self) -> None:
        """Go to the next line that holds the text."""
        self._reveal(self.seeker.after(self._way()))

    def action_previous_match(self) -> None:
        """Go to the line before that holds the text."""
        self._reveal(self.seeker.before(self._way()))

    def action_back(self) -> None:
        """End the search."""
        if self.prompt.display:
            self.prompt.put("")
            self.prompt.say("")
            self._seek("")
            self.prompt.display = False
            self.traversal.focus()

    def on_prompt_changed(self, message: Prompt.Changed) -> None:
        """Search while it is typed, from where the cursor was."""
        self._seek(message.text)

    def on_prompt_submitted(self) -> None:
        """Back to the tree, the search stays."""
        self.traversal.focus()
        if not self.prompt.text:
            self.action_back()

    def on_prompt_left(self) -> None:
        """End the search."""
        self.action_back()

    def _seek(self, text: str) -> None:
        roots = () if self.picture is None else self.picture.outline.roots
        self.seeker = Seeker(roots, text)
        self.traversal.mark_text(text)
        self._go_on(self.seeker, arrive=bool(text))

    def _seek_again(self) -> None:
        """The rules are others: search them anew, and leave the cursor where it is."""
        if self.picture is not None and self.seeker.text:
            self.seeker = Seeker(self.picture.outline.roots, self.seeker.text)
            self._go_on(self.seeker, arrive=False)

    def _go_on(self, seeker: Seeker, *, arrive: bool) -> None:
        """One slice of the search; then the keyboard comes first."""
        if seeker is not self.seeker:
            return
        seeker.go_on()
        place = seeker.after(self._sought_from, or_here=True)
        arrived = place is not None and (seeker.done or place >= self._sought_from)
        if arrive and arrived:
            self._reveal(place)
        self._say_found()
        if not seeker.done:
            self.set_timer(0.001, lambda: self._go_on(seeker, arrive=arrive and not arrived))

    def _say_found(self) -> None:
        if self.prompt.display:
            self.prompt.say(self.seeker.remark(self._way()))

    def _way(self) -> tuple[int, ...]:
        return tuple(self.traversal.place()[1])

    def _reveal(self, way: tuple[int, ...] | None) -> None:
        if way is not None:
            self.traversal.reveal(way)


def _remark(picture: Picture) -> str:
    """What is shown of how much: `IPv4+IPv6, 412 rules`."""
    names = "+".join("IPv4" if family is Family.IPV4 else "IPv6" for family in picture.families)
    rules = sum(ruleset.rule_count for ruleset in picture.outline.rulesets.values())
    return f"{names}, {rules} rule{'' if rules == 1 else 's'}"
