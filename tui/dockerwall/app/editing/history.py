"""The changes that were made: who, when, what, and how each ended; from here one is undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import BindingType

from dockerwall.app.commands import Where, bindings
from dockerwall.app.explain import Explanation, Remark
from dockerwall.app.screens.page import Page
from dockerwall.app.widgets.detail import Detail
from dockerwall.app.widgets.footer import Footer
from dockerwall.app.widgets.lines import Lines
from dockerwall.app.widgets.listing import Listing
from dockerwall.app.widgets.notice import Notice
from dockerwall.app.widgets.pane import Line
from dockerwall.changes import Past
from dockerwall.present.pieces import Tone, piece
from dockerwall.present.plain import plain

if TYPE_CHECKING:
    from dockerwall.app.editing.desk import Desk

_TONES = {"kept": Tone.ACCEPT, "on trial": Tone.WARN, "failed": Tone.FAINT}


class HistoryList(Listing[Past]):
    """The changes, newest first."""

    def identity(self, record: Past) -> object:
        """The change's id."""
        return record.change

    def searched(self, record: Past) -> str:
        """Everything a line says."""
        return f"{record.at} {record.by} {record.standing} {record.summary}"

    def line(self, record: Past, width: int) -> Line:
        """When, how it ended, who, what."""
        look = self.look
        standing = "undone" if record.standing == "kept" and not record.can_be_undone else None
        when = record.at.replace("T", " ").removesuffix("Z")[:16]
        tone = _TONES.get(record.standing, Tone.PLAIN)
        return [
            Segment(f"{when}  ", look.tone(Tone.FAINT)),
            Segment(f"{standing or record.standing:<11}", look.tone(tone)),
            Segment(look.safe(plain(record.by)) + "  ", look.tone(Tone.NAME)),
            Segment(look.safe(plain(record.summary)), look.tone(Tone.PLAIN)),
        ]

    def explain(self, record: Past) -> Explanation:
        """What it did and how it ended."""
        return Explanation(f"change {record.change}", tuple(_remarks(record)))


def _remarks(record: Past) -> Iterator[Remark]:
    yield Remark("wish", plain(record.summary), Tone.NAME)
    yield Remark("ended", f"{plain(record.standing)}; made {record.at} by {plain(record.by)}")
    for place, line in enumerate(record.lines):
        yield Remark("did" if place == 0 else "", plain(line))


class HistoryPage(Page[None]):
    """The list, and below it what each change did."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Where.HISTORY)]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.look, "History")
        self.desk = desk
        self.listed = HistoryList(desk.look, id="history")
        self.detail = Detail(desk.look)
        self.notice = Notice(desk.look, id="instead")

    def body(self) -> ComposeResult:
        """List, detail, and a word where there is no list."""
        yield self.listed
        yield self.notice
        yield self.detail

    def footer(self) -> Footer:
        """How to undo, and how to leave."""
        return Footer(self.look, (Where.PAGE, Where.HISTORY))

    def on_mount(self) -> None:
        """Nothing was read yet."""
        self.say("Reading the journal...", Tone.FAINT)

    def show(self, changes: Sequence[Past]) -> None:
        """Show the journal's changes."""
        if not changes:
            self.say("Nothing was changed with this program yet.", Tone.PLAIN)
            return
        self.notice.display = False
        self.listed.display = self.detail.display = True
        self.listed.show(reversed(changes))
        self.listed.focus()
        self._explain()

    def say(self, sentence: str, tone: Tone = Tone.WARN) -> None:
        """Say why there is no list."""
        self.listed.display = self.detail.display = False
        self.notice.display = True
        self.notice.show([(piece(sentence, tone),)])

    def on_lines_moved(self, message: Lines.Moved) -> None:
        """Explain the change under the cursor."""
        self._explain()

    def _explain(self) -> None:
        listed = self.listed
        position = f"{listed.cursor + 1}/{listed.count()}" if listed.count() else ""
        self.detail.show(listed.explanation(), position)

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """Everything that is known of the change."""
        if self.listed.current is not None:
            self.desk.open_past(self.listed.current)

    def action_undo_change(self) -> None:
        """Plan the undoing of the change under the cursor."""
        current = self.listed.current
        if current is not None:
            self.desk.planner.undo(current.change)
