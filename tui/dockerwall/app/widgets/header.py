"""The first line: which host, which rules, who is looking, and whether the picture is live."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style

from dockerwall.app.editing.mark import Mark
from dockerwall.app.headline import facts
from dockerwall.app.look import Look
from dockerwall.app.standing import Clockface, Standing
from dockerwall.app.widgets.pane import Line, Pane, text_width
from dockerwall.model.snapshot import Snapshot
from dockerwall.present.plain import plain


class Header(Pane):
    """One line; it is rewritten only when one of its facts changes."""

    def __init__(self, look: Look, who: str) -> None:
        super().__init__(look, id="header")
        self.who = who
        self.snapshot: Snapshot | None = None
        self.clockface = Clockface(Standing.STARTING)
        self.mark = Mark("")

    @property
    def ground(self) -> Style:
        """The bar's background."""
        return self.look.bar

    def show(self, snapshot: Snapshot | None, clockface: Clockface) -> None:
        """Say these facts."""
        self.snapshot, self.clockface = snapshot, clockface
        self.update_lines()

    def say(self, mark: Mark) -> None:
        """Say whether the host can be changed, or how long a trial still runs."""
        if mark != self.mark:
            self.mark = mark
            self.update_lines()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """Facts on the left as far as they fit, the standing always on the right."""
        look = self.look
        state = look.safe(f" {self.clockface.text} ")
        style = look.alarm if self.clockface.alarming else look.bar
        right = [Segment(state, style)]
        if self.mark.text:
            tone = look.alarm if self.mark.alarming else look.bar_strong
            right.insert(0, Segment(look.safe(f" {self.mark.text} "), tone))
        if self.snapshot is not None and self.snapshot.gaps:
            count = len(self.snapshot.gaps)
            right.insert(0, Segment(f" {count} not read ", look.alarm))
        room = width - text_width(right)
        left: Line = [Segment(" dockerwall ", look.bar_strong)]
        for fact in facts(self.snapshot, self.who):
            part = [
                Segment(f"{look.glyphs.divider} ", look.bar),
                Segment(look.safe(plain(fact)) + " ", look.bar),
            ]
            if text_width(left) + text_width(part) > room:
                break
            left += part
        gap = room - text_width(left)
        return [[*left, Segment(" " * max(0, gap), look.bar), *right]]
