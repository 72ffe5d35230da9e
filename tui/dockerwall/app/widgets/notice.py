"""Paragraphs in the place of the tree, when there is none to show."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment

from dockerwall.app.look import Look
from dockerwall.app.widgets.pane import Line, Pane
from dockerwall.app.wrapping import wrapped
from dockerwall.present.pieces import Pieces


class Notice(Pane):
    """Text with room around it."""

    def __init__(self, look: Look, *, id: str = "notice") -> None:
        super().__init__(look, id=id)
        self.paragraphs: Sequence[Pieces] = ()

    def show(self, paragraphs: Sequence[Pieces]) -> None:
        """Say something else."""
        if paragraphs != self.paragraphs:
            self.paragraphs = paragraphs
            self.update_lines()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The paragraphs; one that is too long for a line goes on below, indented."""
        made: list[Line] = [[]]
        for paragraph in self.paragraphs:
            made += self._paragraph(paragraph, width - 4)
        return made

    def _paragraph(self, paragraph: Pieces, width: int) -> list[Line]:
        look = self.look
        margin = Segment("  ", look.ground)
        line = [Segment(look.safe(part.text), look.tone(part.tone)) for part in paragraph]
        if sum(part.cell_length for part in line) <= width:
            return [[margin, *line]]
        text = "".join(part.text for part in line)
        indent = len(text) - len(text.lstrip())
        tone = look.tone(paragraph[-1].tone)
        return [
            [margin, Segment(" " * indent + piece, tone)]
            for piece in wrapped(text.strip(), width - indent)
        ]
