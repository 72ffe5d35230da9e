"""The application: what its commands do. Reading and judging is the observing application's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from dockerwall.app.commands import COMMANDS, Where, bindings
from dockerwall.app.editing.desk import Desk, ErrandDone
from dockerwall.app.footing import Footing
from dockerwall.app.messages import Told, Written
from dockerwall.app.observing import FAMILIES, ObservingApp
from dockerwall.app.reader import Reader
from dockerwall.app.screens.page import Page
from dockerwall.app.terminal import Terminal
from dockerwall.model.settings import THEMES, KeyChoice
from dockerwall.model.snapshot import Snapshot

_INTERVALS = (1.0, 2.0, 5.0, 15.0, 60.0)
_THEME_WORDS = {
    "dark": "dark: for a terminal with many colours",
    "light": "light: the same on a light background",
    "ansi": "ansi: the terminal's own eight colours, on its own background",
}


class DockerwallApp(ObservingApp, inherit_bindings=False):
    """Shows one host, and does what is asked of it."""

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = "dockerwall.tcss"
    TITLE = "dockerwall"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Where.ANYWHERE)]

    def __init__(
        self,
        reader: Reader,
        terminal: Terminal,
        *,
        interval: float = 2.0,
        who: str = "",
        clock: Callable[[], str] | None = None,
        keys: tuple[KeyChoice, ...] = (),
        hint: str = "",
        trial: float = 60.0,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        """`trial` is how many seconds a change waits to be kept, by the `stopwatch`."""
        super().__init__(
            reader, terminal, interval=interval, who=who, clock=clock, keys=keys, hint=hint
        )
        self.desk = Desk(self, self.host.changing, trial, stopwatch)

    def get_default_screen(self) -> Screen[None]:
        """The views; this application's clock tells what a key was meant for."""
        screen = super().get_default_screen()
        self.main.footing = Footing(self.desk.clock)
        return screen

    def taken(self, event: events.Key | events.Paste) -> None:
        """A key is dealt with from now on; it was typed a while ago."""
        self.main.footing.typed(event.time)

    def on_mount(self) -> None:
        """Find out what can be changed, and whether a trial runs."""
        self.desk.begin()

    def _tick(self) -> None:
        self.desk.trials.watch()
        super()._tick()

    def look_again(self) -> None:
        """Read the host again: something was changed."""
        self.frozen_since = ""
        self._ask()

    def on_errand_done(self, message: ErrandDone) -> None:
        """Something that took its time came to its end."""
        if self.screen_stack:  # which is empty on the way out
            message.errands.finish(message.done)

    def action_edit(self, command: str) -> None:
        """Carry out one of the commands that change who gets in."""
        if self.screen is self.main:
            self.desk.do(command)

    def action_families(self) -> None:
        """Show IPv4 alone, IPv6 alone, both."""
        place = (FAMILIES.index(self._families) + 1) % len(FAMILIES)
        self._families = FAMILIES[place]
        if self.main.picture is not None:
            self._put(self._redrawn(self.main.picture))
            self.main.tell_of_tree(f"shows {self.main.picture.family_names} now")

    def action_freeze(self) -> None:
        """Hold the picture still, or read again."""
        if not self.host.live:
            return
        self.frozen_since = "" if self.frozen_since else self.clock()
        if not self.frozen_since:
            self._ask()
        self._stand()

    def action_reread(self) -> None:
        """Read now; a frozen picture moves again."""
        self.look_again()

    def action_help(self) -> None:
        """Open the help page."""
        self._explain("keys")

    def action_way(self) -> None:
        """Open the help page at the packet's way."""
        self._explain("way")

    def action_glossary(self) -> None:
        """Open the help page at the glossary."""
        self._explain("glossary")

    def _explain(self, chapter: str) -> None:
        from dockerwall.app.screens.help import HelpPage

        if isinstance(self.screen, HelpPage):
            self.screen.turn()
        elif self.screen is self.main:
            picture = self.main.picture
            drawn = None if picture is None else picture.outline
            self.push_screen(HelpPage(self.look, self.main.place, drawn, chapter))

    def action_palette(self) -> None:
        """Open the page of commands."""
        from dockerwall.app.screens.palette import PalettePage

        if self.screen is self.main:
            places = tuple(each for each in Where if self.main.may_plan or each != Where.CHANGE)
            self.push_screen(PalettePage(self.look, places), self._run_chosen)

    async def _run_chosen(self, id: str | None) -> None:
        command = next((command for command in COMMANDS if command.id == id), None)
        if command is None:
            return
        namespaces: dict[Where, DOMNode] = {
            Where.ANYWHERE: self,
            Where.VIEW: self.main,
            Where.CHANGE: self.main,
        }
        namespace = namespaces.get(command.where, self.main.active)
        if command.where not in (*namespaces, Where.LIST, self.main.place):
            self.main.refuse(f"{command.label}: this works {command.where}.")
        else:
            await self.run_action(command.action or command.id, namespace)

    def action_zero(self) -> None:
        """Count from here on, on the screen alone; or as the kernel does again."""
        if self.main.picture is None:
            return
        if self.base is None:
            self.base = self.main.picture.snapshot.rules
            self.counted_since = self.clock()
            self.say("Counting from here on, on this screen only. z shows the kernel's counters.")
        else:
            self.base, self.counted_since = None, ""
        self.main.heading.count_since(self.counted_since)
        self._put(self.main.picture)

    def action_copy(self) -> None:
        """Choose what to copy of the line under the cursor."""
        from dockerwall.app.screens.choice import Choice, ChoicePage

        if isinstance(self.screen, Page):
            if self.screen.text_to_copy:
                self.copy(self.screen.text_to_copy)
            return
        choices = self.main.copies()
        picture = self.main.picture
        if picture is not None and self.main.judgement is not None:
            choices.append(Choice("report", "The whole audit, in Markdown."))

        def take(chosen: int | None) -> None:
            if chosen is None:
                return
            choice = choices[chosen]
            if choice.label == "report" and picture is not None:
                self._copy_report(picture.snapshot)
            else:
                self.copy(choice.text)

        self.push_screen(ChoicePage(self.look, "Copy", choices), take)

    def _copy_report(self, snapshot: Snapshot) -> None:
        """Write the report aside: on a large host that takes a while."""

        def write() -> None:
            try:
                text = self.host.report(snapshot, "markdown")
            except Exception as error:
                self.post_message(Told(f"No report: {type(error).__name__}: {error}"))
            else:
                self.post_message(Written(text))

        threading.Thread(target=write, name="report", daemon=True).start()

    def on_written(self, message: Written) -> None:
        """Copy what was written aside."""
        self.copy(message.text)

    def on_told(self, message: Told) -> None:
        """Say what a thread has to say."""
        self.say(message.sentence)

    def action_interval(self) -> None:
        """Choose how often the host is read."""
        from dockerwall.app.screens.choice import Choice, ChoicePage

        if self.screen is not self.main or not self.host.live:
            self.say("A recording is read once.")
            return

        def take(chosen: int | None) -> None:
            if chosen is not None:
                self.read_every(_INTERVALS[chosen])

        choices = [Choice(f"every {seconds:g} s") for seconds in _INTERVALS]
        at = _INTERVALS.index(self.interval) if self.interval in _INTERVALS else 1
        self.push_screen(ChoicePage(self.look, "Read the host", choices, at), take)

    def action_theme(self) -> None:
        """Choose the colours."""
        from dockerwall.app.screens.choice import Choice, ChoicePage

        if self.screen is not self.main:
            return
        if not self.terminal.color:
            self.say("Colours are off (NO_COLOR or --no-color).")
            return

        def take(chosen: int | None) -> None:
            if chosen is not None:
                self.wear(THEMES[chosen])

        choices = [Choice(_THEME_WORDS[name]) for name in THEMES]
        at = THEMES.index(self.terminal.theme)
        self.push_screen(ChoicePage(self.look, "Colours", choices, at), take)

    def action_save_screen(self) -> None:
        """Keep what the screen shows as a picture."""
        from dockerwall.app.keeping import keep, state_folder

        name = f"screen-{self.clock().replace(':', '')}.svg"
        file = keep(state_folder(self.environ), name, self.export_screenshot())
        self.say(
            f"screen: in {file}" if file else "The screen could not be kept: no folder for it."
        )

    def action_suspend(self) -> None:
        """Go to the shell until `fg`."""
        self.action_suspend_process()

    async def action_quit(self) -> None:
        """Leave."""
        self.leave(0)
