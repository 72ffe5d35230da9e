"""Where changes are made on the screen: who may, what is under way, and what the header says.

Plans are made by its `planner`, and trials followed by its `trials`; what takes its time is done by
`Errands`, never where keys are handled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from textual.message import Message

from dockerwall.app.editing.errands import Done, Errands
from dockerwall.app.editing.mark import Mark
from dockerwall.app.editing.planner import Planner
from dockerwall.app.editing.trials import Trials
from dockerwall.changes import RECORDED, ChangeError, Changing, Denial, Past

if TYPE_CHECKING:
    from dockerwall.app.app import DockerwallApp
    from dockerwall.app.editing.history import HistoryPage
    from dockerwall.app.look import Look

LOCKED = Denial("F10", "Changes are locked: F10 unlocks them.")


class ErrandDone(Message):
    """Something that took its time came to its end."""

    def __init__(self, errands: Errands, done: Done) -> None:
        super().__init__()
        self.errands = errands
        self.done = done


class Desk:
    """Everything about changes that outlives a page."""

    def __init__(
        self,
        app: DockerwallApp,
        changing: Changing | None,
        seconds: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`seconds` is how long a trial lasts."""
        self.app = app
        self.changing = changing
        self.seconds = seconds
        self.clock = clock
        self.locked = False
        self.client = ""
        """The operator's own address, as the host sees it; empty where it is not known."""
        self.thoughts = Errands("planner", self._deliver(lambda: self.thoughts))
        """What only looks: it never holds up a decision."""
        self.hands = Errands("changes", self._deliver(lambda: self.hands))
        """What asks the host, one after another."""
        self.planner = Planner(self)
        self.trials = Trials(self)

    def _deliver(self, which: Callable[[], Errands]) -> Callable[[Done], object]:
        return lambda done: self.app.post_message(ErrandDone(which(), done))

    @property
    def look(self) -> Look:
        """How everything is drawn."""
        return self.app.look

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self.thoughts.busy or self.hands.busy

    @property
    def denial(self) -> Denial | None:
        """Why nothing can be changed now; None if it can."""
        if self.changing is None:
            return RECORDED
        return self.changing.denial or (LOCKED if self.locked else None)

    @property
    def may_plan(self) -> bool:
        """Whether the keys that begin a change are there."""
        return self.denial is None or self.denial.plans

    def begin(self) -> None:
        """Find out who works here, and whether a trial runs."""
        if self.changing is not None:
            self.hands.send(self.changing.ssh, self._know_client)
            self.hands.send(self.changing.trials, self.trials.see)
        self.tell()

    def _know_client(self, ssh: Any) -> None:
        if ssh is not None and not isinstance(ssh, Exception):
            self.client = ssh.client

    def tell(self) -> None:
        """Say in the header what holds now, and show the keys that have any effect."""
        mark = self.trials.mark()
        if mark is None:
            denial = self.denial
            mark = Mark("RW") if denial is None else Mark(f"RO {denial.word}")
        self.app.main.say_changes(mark, may_plan=self.may_plan)

    def refuse(self) -> None:
        """Say why nothing can be changed."""
        self.app.main.refuse((self.denial or LOCKED).sentence)

    def do(self, command: str) -> None:
        """Carry out a command of the registry."""
        if command == "lock":
            self._lock()
        elif command == "history":
            self._open_history()
        elif not self.may_plan:
            self.refuse()
        elif self.trials.running is not None:
            self.trials.open()
        elif self.app.main.judgement is None:
            self.app.main.refuse("Who gets in is still being worked out.")
        elif command == "undo":
            self.planner.undo(None)
        else:
            from dockerwall.app.editing.beginning import begin

            begin(self, self.app.main, command)

    def _lock(self) -> None:
        """Take the change keys away, or give them back; never past what the host says."""
        if self.changing is None or self.changing.denial is not None:
            self.refuse()
            return
        self.locked = not self.locked
        self.tell()

    def _open_history(self) -> None:
        from dockerwall.app.editing.history import HistoryPage

        self.trials.news = ""
        self.tell()
        page = HistoryPage(self)
        self.app.push_screen(page)
        if self.changing is None:
            said = "A recorded host has no history of changes."
            page.call_after_refresh(page.say, said)
        else:
            self.hands.send(self.changing.history, lambda found: self._show_history(page, found))

    def _show_history(self, page: HistoryPage, found: Sequence[Past] | Exception) -> None:
        if not page.is_attached:
            return
        if isinstance(found, Exception):
            page.say(words_of(found))
        else:
            page.show(found)

    def open_past(self, past: Past) -> None:
        """Show everything that is known of a change."""
        from dockerwall.app.editing.ended import EndPage, of_past

        self.app.push_screen(EndPage(self, f"Change {past.change}", of_past(past)))


def words_of(error: Exception) -> str:
    """One sentence for what went wrong: ours as it is, any other with its kind."""
    text = str(error)
    if isinstance(error, ChangeError | ValueError):
        return text[:1].upper() + text[1:]
    return f"{type(error).__name__}: {text}"
