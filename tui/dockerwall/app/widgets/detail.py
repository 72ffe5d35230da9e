"""The pane below the tree: the line under the cursor, for a person and for an expert."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.segment import Segment

from dockerwall.app.explain import NOTHING, Explanation
from dockerwall.app.look import Look
from dockerwall.app.widgets.pane import Line, Pane
from dockerwall.app.wrapping import wrapped
from dockerwall.present.pieces import Tone

LABEL = 9
"""How many cells the labels on the left take."""


class Detail(Pane):
    """An explanation under a line that names what is explained."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="detail")
        self.explanation = NOTHING
        self.position = ""

    def show(self, explanation: Explanation, position: str) -> None:
        """Explain something else; `position` says where the cursor is in the list."""
        if (explanation, position) != (self.explanation, self.position):
            self.explanation, self.position = explanation, position
            self.update_lines()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """A rule with the title and the position, then one paragraph per remark."""
        made = [self._rule(width), *self._paragraphs(width)]
        if len(made) > height:  # what there is no room for is not just left out
            made[height - 1] = [*made[height - 1], Segment(f" {self.look.glyphs.cut}", self.ground)]
        return made

    def _rule(self, width: int) -> Line:
        look = self.look
        faint, stroke = look.tone(Tone.FAINT), look.glyphs.rule
        title = look.safe(f" {self.explanation.title} ") if self.explanation.title else ""
        right = f" {self.position} " if self.position else ""
        room = width - 2 - len(right) - 2
        title = title[: max(0, room)]
        fill = max(0, room - len(title))
        return [
            Segment(stroke * 2, faint),
            Segment(title, look.tone(Tone.NAME)),
            Segment(stroke * fill + right + stroke * 2, faint),
        ]

    def _paragraphs(self, width: int) -> Iterator[Line]:
        look = self.look
        for remark in self.explanation.remarks:
            room = width - LABEL - 2
            for number, text in enumerate(wrapped(look.safe(remark.text), room)):
                label = remark.label if number == 0 else ""
                yield [
                    Segment(f" {label:<{LABEL}}", look.tone(Tone.FAINT)),
                    Segment(text, look.tone(remark.tone)),
                ]
