"""A change on trial: a view of a deadline that is held elsewhere, and the words that decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dockerwall.app.editing.confirm import Confirm
from dockerwall.app.editing.dialog import Dialog
from dockerwall.app.editing.running import Running
from dockerwall.present.pieces import Tone
from dockerwall.present.plan_sheet import (
    BLANK,
    Paragraph,
    heading,
    plan_paragraphs,
    reach_paragraphs,
    said,
)

if TYPE_CHECKING:
    from dockerwall.app.editing.desk import Desk

KEEP, UNDO, END = "keep", "undo", "end"
"""The words that can be typed."""


class TrialPage(Dialog):
    """The countdown, what was changed, and what to do before it is kept."""

    out = "Leave it running"

    def __init__(self, desk: Desk, running: Running) -> None:
        super().__init__(desk, f"On trial: {running.trial.plan.summary}")
        self.running = running
        self.deciding = ""

    def on_mount(self) -> None:
        """Show it at once."""
        self.show(self.running)

    def show(self, running: Running) -> None:
        """Show what is known now; while it is decided, say so."""
        self.running = running
        self.sheet.put(list(self._paragraphs(running)))
        words = self._words(running)
        if tuple(words) != tuple(self.confirm.words):
            self.confirm.offer(words, self.out)

    def tick(self, running: Running) -> None:
        """Count down to the deadline as the host tells it now."""
        self.running = running
        self.sheet.put_first(list(self._head(self.running)))

    def _words(self, running: Running) -> Sequence[tuple[str, str]]:
        if self.deciding or running.lost or self.desk.denial is not None:
            return ()
        words = [(KEEP, ""), (UNDO, "")]
        if self._may_end(running):
            words.append((END, ""))
        return words

    def _may_end(self, running: Running) -> bool:
        """Whether somebody lost access who may still be connected."""
        planned = running.planned
        return (
            planned is not None
            and not running.connections
            and any(each.lost for each in planned.preview.reaches)
        )

    def _head(self, running: Running) -> Iterator[Paragraph]:
        left = running.left(self.desk.clock())
        words = f"The change is made. It is taken back in {left} s unless you keep it."
        if running.lost and left:
            words = f"The link is lost. The host takes the change back by itself in {left} s."
        elif running.lost:
            words = "The link is lost. The time is over: the host takes the change back by itself."
        elif not left:
            words = "The time is over: the change is being taken back."
        yield heading(words, Tone.WARN)

    def _paragraphs(self, running: Running) -> Iterator[Paragraph]:
        trial, planned = running.trial, running.planned
        yield from self._head(running)
        if running.lost:
            yield said(running.lost, Tone.WARN, " ! ")
            yield said("Once the link is back, the trial or its end is shown here by itself.")
        watchdog = f" ({trial.watchdog})" if trial.watchdog else ""
        yield said(f"That happens even if this program ends or your connection breaks{watchdog}.")
        yield said(f"Change {trial.change}, made by {trial.by}.", Tone.FAINT)
        denial = self.desk.denial
        if denial is not None:
            yield said(denial.sentence, Tone.WARN, " ! ")
        yield BLANK
        yield heading("Before you keep it")
        yield said("Open a second session to this host, and see that you still get in.")
        yield said(
            "Esc goes back to the views; the first line counts down there, and e comes back here."
        )
        yield BLANK
        yield heading("The words")
        yield said("The change stays.", lead=f"  {KEEP}  ")
        yield said("It is taken back now.", lead=f"  {UNDO}  ")
        if running.connections:
            yield said(running.connections, Tone.NOTE)
        elif self._may_end(running):
            yield said("Established connections of those who lose access end.", lead=f"  {END}   ")
        if planned is not None and planned.preview.reaches:
            yield BLANK
            yield heading("Who gains, who loses")
            yield from reach_paragraphs(planned.preview, planned.answer.stage.world)
        yield BLANK
        yield heading("Rules")
        yield from plan_paragraphs(trial.plan)

    def on_confirm_typed(self, message: Confirm.Typed) -> None:
        """Decide."""
        if message.word == END:
            self.desk.trials.end_connections(self.running)
            return
        self.deciding = message.word
        self.confirm.offer((), self.out)
        decide = self.desk.trials.keep if message.word == KEEP else self.desk.trials.take_back
        decide(self.running)

    @property
    def text_to_copy(self) -> str:
        """The command that keeps the change from another session."""
        host = self.desk.app.host.name
        where = f" --ssh {host}" if host else ""
        return f"dockerwall-tui keep {self.running.trial.change}{where}"
