"""Following the change that is on trial: its countdown, its decision, and how it ended.

Nothing depends on it: the deadline is the host's, and the watchdog a process of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dockerwall.app.editing.mark import Mark
from dockerwall.app.editing.running import Running
from dockerwall.changes import ChangeError, Ending, OnTrial, Past, Planned

if TYPE_CHECKING:
    from dockerwall.app.editing.desk import Desk
    from dockerwall.present.plan_sheet import Paragraph


class Trials:
    """The trial that runs, whoever began it; one at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self.running: Running | None = None
        self.news = ""
        """How the last trial ended, for the header; empty once it was seen."""
        self._announced = ""
        self._ticking = False

    def mark(self) -> Mark | None:
        """What the header says; None where nothing runs and nothing ended unseen."""
        if self.running is not None:
            return Mark(f"ON TRIAL {self.running.left(self._desk.clock())} s", alarming=True)
        return Mark(self.news, alarming=True) if self.news else None

    # Looking.

    def watch(self) -> None:
        """Ask which trials run, unless the host is being asked something already."""
        desk = self._desk
        if desk.changing is not None and not desk.hands.busy:
            desk.hands.send(desk.changing.trials, self.see)

    def see(self, found: tuple[OnTrial, ...] | Exception) -> None:
        """Take in which trials run."""
        if isinstance(found, Exception):
            # Otherwise a folder that is not for this user: nothing is known, nothing can be done.
            if self.running is not None and _is_lost(found):
                self._lose(self.running, found)
            return
        clock, running = self._desk.clock, self.running
        if running is None:
            if found:
                self._follow(Running(found[0], clock() + found[0].left))
        else:
            same = next((each for each in found if each.change == running.trial.change), None)
            if same is None:
                self._find_out_end(running)
            else:
                self.running = running._replace(deadline=clock() + same.left, lost="")
                if running.lost:
                    self._show_running()
        self._desk.tell()
        self._announce()

    def _follow(self, running: Running) -> None:
        self.running, self.news = running, ""
        if not self._ticking:
            self._ticking = True
            self._app.set_timer(1.0, self.tick)
        self._desk.tell()

    def _lose(self, running: Running, error: Exception) -> None:
        """The host cannot be asked: it counts on by itself, and so does the page."""
        self.running = running._replace(lost=running.lost or str(error))
        if not running.lost:
            self._show_running()

    def _show_running(self) -> None:
        from dockerwall.app.editing.trial import TrialPage

        if self.running is not None and isinstance(self._app.screen, TrialPage):
            self._app.screen.show(self.running)

    def tick(self) -> None:
        """A second of a trial has passed."""
        from dockerwall.app.editing.trial import TrialPage

        self._ticking = self.running is not None
        if self.running is None or not self._app.screen_stack:  # which is empty on the way out
            return
        self._app.set_timer(1.0, self.tick)
        if isinstance(self._app.screen, TrialPage):
            self._app.screen.tick(self.running)
        self._desk.tell()
        self.watch()

    def _announce(self) -> None:
        """Show a trial that was not seen yet, as after connecting again."""
        running, app = self.running, self._app
        if running is None or running.trial.change == self._announced:
            return
        if app.screen is app.main and app.main.picture is not None:
            self.open()

    def open(self, *, replacing: bool = False) -> None:
        """Show the trial that runs, in the place of the page on top if that has done its work."""
        from dockerwall.app.editing.trial import TrialPage

        if self.running is None:
            return
        self._announced = self.running.trial.change
        page = TrialPage(self._desk, self.running)
        if replacing and self._app.screen is not self._app.main:
            self._app.switch_screen(page)
        else:
            self._app.push_screen(page)

    # Deciding.

    def in_force(self, planned: Planned, trial: OnTrial) -> None:
        """A change was made and is on trial; it is being read back."""
        self._app.look_again()
        self._follow(Running(trial, self._desk.clock() + trial.left, planned))
        self.open(replacing=True)

    def applied(self, result: OnTrial | Exception) -> None:
        """A change was read back, or was not made, or not as predicted."""
        running = self.running
        if not isinstance(result, Exception):
            if running is not None and running.trial.watchdog != result.watchdog:
                self.running = running._replace(trial=result)
                self._show_running()
        elif running is not None and _is_lost(result):
            self._lose(running, result)
        else:
            self.running = None
            self._app.look_again()
            self._end(result)

    def keep(self, running: Running) -> None:
        """Confirm it."""
        changing, change = self._desk.changing, running.trial.change
        if changing is not None:
            self._desk.hands.send(
                lambda: changing.keep(change),
                lambda result: self._decided(running, "Kept", result),
            )

    def take_back(self, running: Running) -> None:
        """Take it back now."""
        changing, change = self._desk.changing, running.trial.change
        if changing is not None:
            self._desk.hands.send(
                lambda: changing.take_back(change),
                lambda result: self._decided(running, "Taken back", result),
            )

    def _decided(self, running: Running, title: str, result: Any) -> None:
        from dockerwall.app.editing.trial import TrialPage

        if isinstance(result, Exception) and _is_lost(result):
            if isinstance(self._app.screen, TrialPage):
                self._app.screen.deciding = ""
            self._lose(self.running or running, result)
            return
        if self.running is not None and self.running.trial.change == running.trial.change:
            self.running = None
        self._app.look_again()
        if isinstance(result, Exception):
            self._announced = ""  # if it runs on after all, it is shown again
            self._end(result)
            return
        from dockerwall.app.editing.ended import of_decision

        self._show(title, of_decision(title, running.trial.plan, str(result or "")))
        self._desk.tell()

    def end_connections(self, running: Running) -> None:
        """End the established connections of those who lost access."""
        changing, planned = self._desk.changing, running.planned
        if changing is not None and planned is not None:
            self._desk.hands.send(
                lambda: changing.end_connections(planned.preview.reaches),
                lambda result: self._ended_connections(running, result),
            )

    def _ended_connections(self, running: Running, result: int | Exception) -> None:
        from dockerwall.app.editing.desk import words_of
        from dockerwall.app.editing.trial import TrialPage

        if isinstance(result, Exception):
            said = words_of(result)
        else:
            said = f"{result} established connection{'' if result == 1 else 's'} ended."
        if self.running is None or self.running.trial.change != running.trial.change:
            return
        self.running = self.running._replace(connections=said)
        if isinstance(self._app.screen, TrialPage):
            self._app.screen.show(self.running)

    # How it ended.

    def _find_out_end(self, running: Running) -> None:
        """It was decided elsewhere: ask the journal how."""
        changing, self.running = self._desk.changing, None
        self.news = "TRIAL ENDED"
        self._app.look_again()
        if changing is not None:
            self._desk.hands.send(changing.history, lambda found: self._learn_end(running, found))

    def _learn_end(self, running: Running, found: Sequence[Past] | Exception) -> None:
        change = running.trial.change
        pasts = () if isinstance(found, Exception) else found
        past = next((each for each in pasts if each.change == change), None)
        if past is not None:
            from dockerwall.app.editing.ended import of_past

            self.news = past.standing.upper()
            self._app.main.refuse(f"Change {change} was {past.standing}: {past.summary}.")
            self._show(past.standing.capitalize(), of_past(past), only_replacing=True)
        self._desk.tell()

    def _end(self, error: Exception) -> None:
        from dockerwall.app.editing.ended import of_error

        self._show(*of_error(error))
        self._desk.tell()

    def _show(
        self, title: str, words: Sequence[Paragraph], *, only_replacing: bool = False
    ) -> None:
        """Show how it ended, in the place of the page that waits for it if that is there."""
        from dockerwall.app.editing.ended import EndPage
        from dockerwall.app.editing.preview import PreviewPage
        from dockerwall.app.editing.trial import TrialPage

        page = EndPage(self._desk, title, words)
        if isinstance(self._app.screen, PreviewPage | TrialPage):
            self._app.switch_screen(page)
        elif not only_replacing:
            self._app.push_screen(page)


def _is_lost(error: Exception) -> bool:
    """Whether the host was lost on the way."""
    return isinstance(error, ChangeError) and error.ending is Ending.LOST
