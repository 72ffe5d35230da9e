"""An application that reads and judges one host, and shows each reading; screens only show."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.screen import Screen
from textual.timer import Timer

from dockerwall.app.commands import COMMANDS
from dockerwall.app.commands.chosen import choose_keys
from dockerwall.app.judging import Judge, NotKept, NoVerdict, Opinion, Proof, Verdict
from dockerwall.app.link import WAITING, backlog
from dockerwall.app.look import Look, look_for
from dockerwall.app.messages import Found, Judged
from dockerwall.app.picture import Picture
from dockerwall.app.proofs import Asked, Meant
from dockerwall.app.reader import Failure, Reader, Reading, Wanted
from dockerwall.app.screens.main import MainScreen
from dockerwall.app.standing import Clockface, Standing
from dockerwall.app.terminal import Terminal
from dockerwall.app.typing_ahead import TypingAheadApp
from dockerwall.app.unfolded import Unfolded
from dockerwall.app.widgets.pane import Pane
from dockerwall.model.kinds import Family
from dockerwall.model.settings import KeyChoice
from dockerwall.present.counters import Readings
from dockerwall.present.outline import BOTH, outline

FAMILIES: tuple[tuple[Family, ...], ...] = ((Family.IPV4,), (Family.IPV6,), BOTH)
"""What is shown, in the order of the key that switches."""
MISSED = 3
"""After so many intervals without an answer the picture counts as stale."""


class ObservingApp(TypingAheadApp, inherit_bindings=False):
    """Keeps the picture of one host up to date."""

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
    ) -> None:
        """`keys` are the operator's own; `hint` is said until the first key is pressed."""
        super().__init__()
        if self.theme != "ansi-dark":  # all colours come from the look; this keeps Textual's out
            self.theme = "ansi-dark"
        self.terminal = terminal
        self.look: Look = look_for(terminal)
        self.host = reader.host
        self.interval = interval
        self.who = who if self.host.live else ""
        self.frozen_since = ""
        self.stale_since = ""
        self.reader = reader
        self.clock = clock or _time_of_day
        self.judge = Judge(self.host, lambda opinion: self.post_message(Judged(opinion)))
        self._families: tuple[Family, ...] = FAMILIES[0]
        self._arrived_at = time.monotonic()
        self._arrived_clock = ""
        keymap, problems = choose_keys(keys, COMMANDS)
        self.set_keymap(keymap)
        self._greeting = problems[0] if problems else hint
        self.error: Exception | None = None
        """What ended the program, if an error did."""
        self._main: MainScreen | None = None
        self._timer: Timer | None = None
        self.base: Readings | None = None
        """The counters shown as nothing, while the operator counts from somewhere on."""
        self.counted_since = ""

    @property
    def main(self) -> MainScreen:
        """The screen with the views."""
        assert self._main is not None
        return self._main

    def get_default_screen(self) -> Screen[None]:
        """The views."""
        self._main = MainScreen(self.look, self.who, live=self.host.live)
        self._main.show_family = self._show_family
        if self.host.name and self.host.live:
            self._main.far, self._main.of_host = self.host.name, ("--ssh", self.host.name)
        elif self.host.name:
            self._main.of_host = ("--snapshot", self.host.name)
        self._main.can_declare = self.host.can_declare
        return self._main

    def on_mount(self) -> None:
        """Show what was read meanwhile, and go on reading."""
        found = self.reader.connect(lambda outcome: self.post_message(Found(outcome)))
        if found is not None:
            self._take(found)
        self._stand()
        if self.host.live:
            self._timer = self.set_interval(self.interval, self._tick, name="reading")
        if self._greeting:
            self.call_after_refresh(lambda: self.say(self._greeting))
        self.app_resume_signal.subscribe(self, self._resumed)

    # Reading.

    def _tick(self) -> None:
        if not self.frozen_since:
            self._ask()

    def _ask(self) -> None:
        """Ask for a reading, unless one is under way or the terminal takes no more."""
        if self.host.live and backlog(self) <= WAITING:
            self.reader.ask(self._wanted())
        if time.monotonic() - self._arrived_at > MISSED * self.interval and not self.stale_since:
            self.stale_since = self._arrived_clock or self.clock()
        self._stand()

    def _wanted(self) -> Wanted:
        picture = self.main.picture
        previous = None if picture is None else picture.outline
        return Wanted(self._families, previous, dict(self.main.traversal.unfolded.foldings))

    def on_found(self, message: Found) -> None:
        """Show what was read."""
        self._take(message.outcome)
        self._stand()

    def _take(self, outcome: Reading | Failure) -> None:
        if isinstance(outcome, Reading):
            self._take_reading(outcome)
        else:
            self._take_failure(outcome)

    def _take_reading(self, reading: Reading) -> None:
        """Show it, unless the operator holds the picture still."""
        self._arrived_at = time.monotonic()
        self._arrived_clock = self.clock()
        self.stale_since = ""
        if self.frozen_since and self.main.picture is not None:
            return
        picture, unfolded = reading
        if picture.families != self._families:  # switched while it was read
            picture, unfolded = self._redrawn(picture), None
        self._put(picture, unfolded)
        self._ask_for_judgement()

    def _put(self, picture: Picture, unfolded: Unfolded | None = None) -> None:
        """Show a picture with the counters as the operator wants them."""
        picture = picture.based(self.base)
        self.base = picture.base
        self._watch_docker(picture)
        self.main.show(picture, unfolded)

    def _watch_docker(self, picture: Picture) -> None:
        """Notice when Docker stops answering, and when it answers again."""
        before, now = self.main.picture, picture.snapshot.docker
        if now is not None and self.main.docker_lost:
            self.main.docker_lost = ""
            self.say("Docker answers again.")
        elif now is None and before is not None and before.snapshot.docker is not None:
            self.main.docker_lost = self.clock()

    def _ask_for_judgement(self) -> None:
        """Judge what is shown, once all of it was read: without Docker nothing is known."""
        picture = self.main.picture
        if picture is not None and self.reader.complete:
            snapshot = picture.snapshot
            # After the frame: analysis is heavy to import, and the tree comes first.
            self.call_after_refresh(lambda: self.judge.ask(snapshot))

    def on_judged(self, message: Judged) -> None:
        """Show what was found out."""
        opinion: Opinion = message.opinion
        if isinstance(opinion, Verdict):
            self.main.judgement = opinion
        elif isinstance(opinion, Proof):
            self._prove(opinion)
        elif isinstance(opinion, NoVerdict):
            self.main.doubt(opinion.reason)
        elif isinstance(opinion, NotKept):
            self.main.refuse(f"Not kept: {opinion.reason}")

    def _prove(self, proof: Proof) -> None:
        if proof.probe.family not in self._families:
            self._show_family(proof.probe.family)
        self.main.prove(proof)

    def _show_family(self, family: Family) -> None:
        """Show the rules of one family."""
        self._families = (family,)
        if self.main.picture is not None:
            self._put(self._redrawn(self.main.picture))

    def on_meant(self, message: Meant) -> None:
        """Keep that an exposure is intended."""
        self.judge.declare(message.expectation)

    def on_asked(self, message: Asked) -> None:
        """Follow a packet."""
        self.judge.prove(message.probe)

    def _take_failure(self, failure: Failure) -> None:
        """Say that nothing could be read; what was shown stays, marked stale."""
        self.stale_since = self.stale_since or self._arrived_clock or self.clock()
        self.main.fail(failure.reason)

    def _redrawn(self, picture: Picture) -> Picture:
        drawn = outline(picture.snapshot, self._families)
        return Picture(picture.snapshot, drawn, picture.earlier, picture.seconds)

    def read_every(self, seconds: float) -> None:
        """Read the host so often from now on."""
        self.interval = seconds
        if self._timer is not None:
            self._timer.stop()
            self._timer = self.set_interval(seconds, self._tick, name="reading")
        self._stand()

    def _stand(self) -> None:
        self.main.stand(self._clockface())

    def _clockface(self) -> Clockface:
        picture = self.main.picture
        if picture is not None and not self.host.live:
            taken = picture.snapshot.host.taken_at.replace("T", " ")
            taken = taken[:16] if self.size.width >= 100 else taken[:10]
            return Clockface(Standing.OFFLINE, taken)
        if self.frozen_since:
            return Clockface(Standing.FROZEN, self.frozen_since)
        if self.stale_since:
            return Clockface(Standing.STALE, f"since {self.stale_since}")
        if picture is None:
            return Clockface(Standing.STARTING)
        return Clockface(Standing.LIVE, interval=self.interval, slow_link=backlog(self) > WAITING)

    def wear(self, theme: str) -> None:
        """Put on other colours."""
        self.terminal = self.terminal._replace(theme=theme)
        self.look = look_for(self.terminal)
        for screen in self.screen_stack:
            for widget in (screen, *screen.query("*")):
                if hasattr(widget, "look"):
                    widget.look = self.look
                if isinstance(widget, Pane):
                    widget.update_lines()
            screen.refresh(layout=True)
        self.main.paint_ground()
        self.frames.forget()

    def leave(self, status: int) -> None:
        """End the program with this status."""
        self.exit(return_code=status)

    def _fatal_error(self) -> None:
        """End with one line instead of a traceback, which would print the host's rules as well."""
        self.error = self._exception
        self._close_messages_no_wait()

    def _resumed(self, app: object) -> None:
        self.action_redraw()


def _time_of_day() -> str:
    return time.strftime("%H:%M:%S")
