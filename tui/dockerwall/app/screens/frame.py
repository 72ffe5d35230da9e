"""The frame around the views: its parts, which of them has the keyboard, and how they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.screen import Screen

from dockerwall.app.commands import Where
from dockerwall.app.editing.mark import Mark
from dockerwall.app.footing import Footing
from dockerwall.app.look import Look
from dockerwall.app.messages import Told
from dockerwall.app.picture import Picture
from dockerwall.app.views import View
from dockerwall.app.widgets.detail import Detail
from dockerwall.app.widgets.divider import Divider
from dockerwall.app.widgets.exposures import ExposureHeading, ExposureList
from dockerwall.app.widgets.findings import FindingList
from dockerwall.app.widgets.footer import Footer
from dockerwall.app.widgets.header import Header
from dockerwall.app.widgets.heading import Heading
from dockerwall.app.widgets.hosttext import HostText
from dockerwall.app.widgets.lines import Lines
from dockerwall.app.widgets.listing import Listing
from dockerwall.app.widgets.notice import Notice
from dockerwall.app.widgets.prompt import Prompt
from dockerwall.app.widgets.tabs import Tabs
from dockerwall.app.widgets.toosmall import LEAST_HEIGHT, LEAST_WIDTH, TooSmall
from dockerwall.app.widgets.traversal import Traversal
from dockerwall.model.kinds import Family

if TYPE_CHECKING:
    from dockerwall.app.judging import Verdict

WIDE = 120
"""From this width on a list and the tree stand side by side."""

TALL = 40
"""From this height on the pane below has more lines whatever is above it."""
AROUND = 5
"""The lines that are neither a list's nor the pane's below."""
LEAST_DETAIL, MOST_DETAIL = 6, 14

_OF_TREE = {"families", "words", "next_moving"}
"""Commands that only the tree shows anything of."""


class Frame(Screen[None], inherit_bindings=False):
    """The parts of the screen and their places."""

    picture: reactive[Picture | None] = reactive(None, repaint=False, always_update=True)
    """The reading on the screen; everything else follows from it."""
    judgement: reactive[Verdict | None] = reactive(None, repaint=False, always_update=True)
    """What was found out of a reading, a little later than the reading itself."""

    def __init__(self, look: Look, who: str, *, live: bool) -> None:
        super().__init__(classes="-unjudged -at1")
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
        self.facts = HostText(look, [], id="facts")
        self.notice = Notice(look)
        self.waiting = Notice(look, id="waiting")
        self.detail = Detail(look)
        self.prompt = Prompt(look, "", id="prompt")
        self.footer = Footer(look)
        self.may_plan = False
        """Whether the keys that begin a change are there."""
        self.can_declare = False
        """Whether an exposure can be declared intended; set by the application."""
        self.footing = Footing()
        """Whether a key is meant for the line under the cursor; set by the application."""
        self.show_family: Callable[[Family], None] = lambda family: None
        """Asks for a family to be shown as well; set by the application."""

    def compose(self) -> ComposeResult:
        """The tree and what is around it: all that the first frame shows."""
        yield self.header
        yield self.tabs
        yield self.notice
        with Horizontal(id="body"), Vertical(id="right"):
            yield self.heading
            yield self.traversal
        yield self.detail
        yield self.footer
        yield TooSmall(self.look, id="toosmall")

    def on_mount(self) -> None:
        """Give the keyboard to the tree until there is something better."""
        self.paint_ground()
        self.place_panes()
        self.say_all()
        self.call_after_refresh(self._mount_rest)

    def paint_ground(self) -> None:
        """Let the screen's own background be that of the look."""
        color = self.look.ground.bgcolor
        self.styles.background = "ansi_default" if color is None else color.name

    async def _mount_rest(self) -> None:
        """The lists and the line to type into, once the first frame is out."""
        lists = (self.waiting, self.exposure_heading, self.exposures, self.findings, self.facts)
        right = self.query_one("#right")
        with self.app.batch_update():
            await self.mount(self.prompt, before=self.footer)
            await self.query_one("#body").mount(
                Vertical(*lists, id="left"), Divider(self.look), before=right
            )
        self.place_panes()

    def on_resize(self, event: events.Resize) -> None:
        """Say so when there is no room; two panes where there is much."""
        width, height = event.size
        self.set_class(width < LEAST_WIDTH or height < LEAST_HEIGHT, "-toosmall")
        self.set_class(height < 20, "-short")
        self.set_class(height >= TALL, "-tall")
        self.set_class(width >= WIDE, "-wide")
        self.give_room()
        self._say_keys()

    def say_all(self) -> None:
        """Say what is shown and where; the parts that know of it do."""

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
        self.place_panes()
        self.say_all()

    def place_panes(self) -> None:
        """Let the view be seen, give it the keyboard, and say the keys that work there."""
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
        self.give_room()
        self._say_keys()

    def give_room(self) -> None:
        """Let the pane below have what a list alone on the screen leaves free."""
        listed, (width, height) = self.active, self.size
        if isinstance(listed, Listing) and listed.records and width < WIDE and height < TALL:
            free = height - AROUND - len(listed.records)
            self.detail.styles.height = max(LEAST_DETAIL, min(free, MOST_DETAIL))
        else:
            self.detail.styles.height = None

    @property
    def place(self) -> Where:
        """The part of the screen whose keys work now."""
        if self.active is self.traversal:
            return Where.TREE
        return Where.LIST if self.active is self.facts else Where.RECORDS

    def say_changes(self, mark: Mark, *, may_plan: bool) -> None:
        """Say whether this host can be changed, and which trial runs."""
        self.header.say(mark)
        if may_plan is not self.may_plan:
            self.may_plan = may_plan
            self._say_keys()

    @property
    def key_places(self) -> tuple[Where, ...]:
        """The parts of the screen whose keys work now, and that have any effect."""
        changes = (Where.CHANGE,) if self.may_plan else ()
        return (Where.ANYWHERE, Where.VIEW, *changes, self.place)

    def _say_keys(self) -> None:
        if self.prompt.has_focus:
            self.footer.show(renamed={"take": self.prompt.does, "close": "Leave"})
            return
        self.footer.show(*self.key_places, without=self.idle_commands())

    def idle_commands(self) -> set[str]:
        """The commands whose keys would do nothing here now; the footer does not offer them."""
        idle = set() if self.live else {"freeze", "reread", "next_moving"}
        if self.has_class("-notree"):
            return idle | {"search", "what_if", "choose", "fold_or_unfold", *_OF_TREE, "freeze"}
        if self.active is not self.traversal and not self.has_class("-wide"):
            idle |= _OF_TREE
        return idle

    def tell_of_tree(self, news: str) -> None:
        """Say what became of the tree where it is not to be seen."""
        if self.active is not self.traversal and not self.has_class("-wide"):
            self.post_message(Told(f"The tree {news}: view 2."))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Another pane was given the keyboard by the mouse: it is the view now."""
        if event.widget is self.prompt:
            self._say_keys()
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

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Keys are commands again."""
        if event.widget is self.prompt:
            self._say_keys()

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
