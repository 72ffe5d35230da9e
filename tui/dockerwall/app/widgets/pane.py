"""A widget made of lines: it keeps what it shows and rewrites only the lines that differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from dockerwall.app.look import Look
from dockerwall.present.pieces import Piece, Pieces

Line = list[Segment]


class Pane(Widget):
    """Lines from top to bottom; a subclass says them in `lines`, for a width and a height."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.look = look
        self._strips: list[Strip] = []
        self._made_for: Size | None = None

    @property
    def ground(self) -> Style:
        """The background of the pane."""
        return self.look.ground

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """What the pane says now."""
        raise NotImplementedError

    def update_lines(self) -> None:
        """Say it anew; lines that read the same are not written again."""
        if not self.is_mounted:
            return
        before, self._strips = self._strips, self._made()
        if len(before) != len(self._strips):
            self.refresh()
            return
        width = self.size.width
        for y, (old, new) in enumerate(zip(before, self._strips, strict=True)):
            if old != new:
                self.refresh(Region(0, y, width, 1))

    def _made(self) -> list[Strip]:
        self._made_for = self.size
        width, height = self.size
        if width <= 0 or height <= 0:
            return []
        made = [
            fit(line, width, self.ground, self.look)
            for line in list(self.lines(width, height))[:height]
        ]
        return made + [Strip.blank(width, self.ground)] * (height - len(made))

    def on_mount(self) -> None:
        """Say it for the first time."""
        self.update_lines()

    def on_resize(self, event: events.Resize) -> None:
        """Say it for the new size, if no frame of that size did."""
        if self._made_for != self.size:
            self._strips = self._made()
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the pane; a frame may come before the news of the size it has."""
        if self._made_for != self.size:
            self._strips = self._made()
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, self.ground)


def fit(line: Iterable[Segment], width: int, ground: Style, look: Look) -> Strip:
    """A line made exactly `width` cells wide; a mark at the end tells that something was cut."""
    strip = Strip(line)
    missing = width - strip.cell_length
    if missing < 0:
        mark = look.glyphs.cut
        strip = strip.crop(0, max(0, width - 1))
        strip = Strip([*strip, Segment(mark, ground)])
        missing = width - strip.cell_length
    if missing > 0:
        strip = Strip([*strip, Segment(" " * missing, ground)])
    return strip


def segments(pieces: Pieces | Iterable[Piece], look: Look) -> Line:
    """Pieces of text in their tones, as plain text whatever they hold."""
    return [Segment(look.safe(part.text), look.tone(part.tone)) for part in pieces]


def text_width(line: Iterable[Segment]) -> int:
    """How many cells a line takes."""
    return sum(segment.cell_length for segment in line)
