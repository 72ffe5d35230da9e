"""The traversal as a tree: hooks, base chains, rules and the chains they jump to, with counters."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import BindingType

from dockerwall.app.commands import Where, bindings
from dockerwall.app.look import Look
from dockerwall.app.messages import Told
from dockerwall.app.picture import Picture
from dockerwall.app.search import Way
from dockerwall.app.unfolded import Row, Unfolded
from dockerwall.app.widgets.lines import Lines
from dockerwall.app.widgets.pane import Line
from dockerwall.app.widgets.rulerow import marked, title_line
from dockerwall.present.counters import rate, short
from dockerwall.present.node import Kind, Node
from dockerwall.present.pieces import Tone

if TYPE_CHECKING:
    from dockerwall.app.proving import Trail

MOVING_WITHIN = 1_000
"""How many lines are looked at for the next counter that moved."""
NARROW = 64
"""Below this width the column of bytes is left out."""


class Traversal(Lines):
    """The tree; `show` gives it a picture, everything else it keeps itself."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Where.TREE)]

    def __init__(self, look: Look, *, id: str | None = None) -> None:
        super().__init__(look, id=id)
        self.picture: Picture | None = None
        self.unfolded = Unfolded(())
        self.words = False
        """Whether rules are shown in words instead of iptables text."""
        self.sought = ""
        """The text to mark, in folded case."""
        self.trail: Trail | None = None
        """The way of a packet to show; every other line is faint then."""
        self.only_trail = True
        """Whether lines beside a packet's way are left out."""
        self._only: Sequence[Way] | None = None
        """The lines to show with what they hang on; None shows every line."""
        self._rows: list[int] | None = None
        """While only some lines are shown: the rows of the tree that are, in order."""
        self._drawn: dict[int, str] = {}
        """The counters on screen, by row: what a new reading is compared with."""

    # What is shown.

    def show(self, picture: Picture, unfolded: Unfolded | None = None) -> None:
        """Take in a new reading: redraw the counters that changed, or all when the rules did."""
        before, self.picture = self.picture, picture
        if before is not None and before.outline is picture.outline:
            self._redraw_counters()
            return
        keys, hints = self.place()
        self.trail, self._only = None, None  # their ways were through the tree before
        self.unfolded = unfolded or Unfolded(picture.outline.roots, self.unfolded.foldings)
        offset = self.cursor - self.top_row
        cursor = max(0, self.unfolded.find(keys, hints))
        self._trim()
        number = self._number(cursor)
        self.top_row = max(0, number - offset)
        self.recount(number)

    def place(self) -> tuple[list[str], list[int]]:
        """Where the cursor is: the keys from the top down, and each one's place among siblings."""
        if not self.count():
            return [], []
        way = self.way()
        keys = []
        branch = self.unfolded.top.branch
        for index in way:
            keys.append(branch[index].key)
            branch = branch[index].children()
        return keys, list(way)

    @property
    def node(self) -> Node | None:
        """The node under the cursor."""
        return self.line_at(self.cursor).node if self.count() else None

    def reveal(self, way: Way) -> None:
        """Unfold the way to a line, given by child indices from the top, and go there."""
        if way:
            row = self.unfolded.row_of(way)
            if self._rows is not None and row not in self._rows:
                self.only_trail = False  # what is looked for is not among the lines shown
                self._only = None
                self._trim()
            self.recount(self._number(row))
            self.keep_in_view(self.size.height // 3)
        else:
            self.recount(0)

    def go_to_place(self, keys: Sequence[str], hints: Sequence[int]) -> None:
        """Go to a line by its keys from the top down, or to the last of them still there."""
        row = self.unfolded.find(keys, hints)
        if row >= 0:
            self.reveal(self.unfolded.way_of(row))

    @property
    def touched(self) -> bool:
        """Whether the operator has moved about in it."""
        return self.cursor > 0 or bool(self.unfolded.foldings)

    def mark_text(self, text: str) -> None:
        """Mark a text wherever it stands."""
        self.sought = text.casefold()
        self.refresh()

    def way(self) -> Way:
        """The child indices from the top to the line under the cursor."""
        return self.unfolded.way_of(self._row(self.cursor)) if self.count() else ()

    def prove(self, trail: Trail | None, *, arrive: bool = True) -> None:
        """Show the way of a packet, with the cursor on what decides; None ends it."""
        here = self.way()
        self.trail = trail
        self._trim()
        target = here
        if trail is not None and trail.ways and (arrive or not here):
            target = trail.decided or trail.ways[-1]
        self.reveal(target)

    def show_all(self, everything: bool) -> None:
        """While a packet's way is shown: show the lines beside it as well, or not."""
        here = self.way()
        self.only_trail = not everything
        self._trim()
        self.reveal(here)

    def next_step(self, step: int) -> None:
        """Go to the next line of the packet's way, or with -1 to the one before."""
        if self.trail is None or not self.trail.ways:
            return
        here, ways = self.way(), self.trail.ways
        place = (ways.index(here) + step) % len(ways) if here in ways else 0
        self.reveal(ways[place])

    def show_only(self, ways: Sequence[Way] | None) -> None:
        """Show nothing but these lines and what they hang on; None shows everything."""
        if ways is None and self._only is None:
            return
        here = self.way()
        self._only = ways
        self._trim()
        self.recount(self._number(self.unfolded.row_of(here)) if here and self.count() else 0)

    def _trim(self) -> None:
        """Find the rows to show while only some are."""
        self._rows = None
        for way in self.trail.ways if self.trail is not None else ():
            self.unfolded.row_of(way)
        if self.trail is not None and self.only_trail:
            self._rows = self._rows_of(self.trail.ways)
        elif self.trail is None and self._only is not None:
            self._rows = self._rows_of(self._only)

    def _rows_of(self, ways: Iterable[Way]) -> list[int]:
        """The rows of some lines and of all they hang on."""
        parts = {way[:size] for way in ways for size in range(1, len(way) + 1)}
        for part in parts:
            self.unfolded.row_of(part)  # unfold first: it moves what is below
        return sorted(self.unfolded.row_of(part) for part in parts)

    def _row(self, number: int) -> int:
        """The row of the tree that a line of the list shows."""
        return number if self._rows is None else self._rows[number]

    def _number(self, row: int) -> int:
        """The line of the list that shows a row of the tree, or the nearest above it."""
        return row if self._rows is None else max(0, bisect_right(self._rows, row) - 1)

    def line_at(self, number: int) -> Row:
        """The line at a number of the list."""
        return self.unfolded.row(self._row(number))

    def empty(self) -> str:
        """That nothing is as the search asks."""
        return "Nothing is as the search asks, or has moved yet; f shows everything."

    def count(self) -> int:
        """How many lines are shown."""
        return len(self.unfolded) if self._rows is None else len(self._rows)

    # Drawing.

    def draw(self, row: int, width: int, cursor: bool) -> Line:
        """Counters, then the line of the tree."""
        line = self.line_at(row)
        counters = self._counters(line.node)
        self._drawn[row] = counters
        glyphs, look = self.look.glyphs, self.look
        mark = Segment(glyphs.cursor if cursor and self.lit else " ", look.ground)
        gutter = self.left_columns(width)
        moved = counters[0] != " "
        cells = counters if gutter == len(counters) + 1 else counters[:5] + counters[10:]
        style = look.moved if moved else look.tone(Tone.FAINT)
        strong = look.moved if moved else look.ground
        made = [mark, Segment(cells[:5], strong), Segment(cells[5:], style)]
        made += self._tree(line)
        return self._plain(made) if cursor else made

    def left_columns(self, width: int) -> int:
        """How many cells the cursor's mark and the counters take."""
        return 15 if width < NARROW else 20

    def _plain(self, line: Line) -> Line:
        """The cursor's row: one style for all of it, so that it stands out without colour."""
        return [Segment("".join(segment.text for segment in line), self.cursor_style)]

    def _counters(self, node: Node) -> str:
        """`+1.2k  72k  +3.0/s ` in 19 cells: mark, packets, bytes, rate."""
        changed = None if self.picture is None else self.picture.change(node)
        if changed is None or self.picture is None:
            return " " * 19
        mark = self.look.glyphs.moved if changed.moved else " "
        speed = rate(changed.packets, self.picture.seconds)
        counted = self.picture.counted(node.ref) or changed.now
        packets, octets = short(counted.packets), short(counted.octets)
        return f"{mark}{packets:>4} {octets:>4} {speed:>7} "

    def _tree(self, line: Row) -> Iterator[Segment]:
        glyphs, faint = self.look.glyphs, self.look.tone(Tone.FAINT)
        yield Segment(f"{glyphs.guide} " * line.depth, faint)
        fold = " "
        if line.node.foldable:
            fold = glyphs.opened if line.unfolded else glyphs.closed
        yield Segment(f"{fold} ", faint)
        title: Iterable[Segment] = title_line(line.node, self.look, words=self.words)
        if self.trail is not None:
            title = self._on_trail(line.node, title, self.trail)
        yield from marked(title, self.sought, self.look.found) if self.sought else title

    def _on_trail(self, node: Node, title: Iterable[Segment], trail: Trail) -> Iterator[Segment]:
        """The line as part of a packet's way: its place on it, or faint when it is none."""
        step = trail.steps.get(node.key)
        look = self.look
        if step is None:
            faint = look.tone(Tone.FAINT)
            near = node.key in trail.around
            yield from title if near else (Segment(part.text, faint) for part in title)
            return
        number = f"{step.number}." if step.number else "reply"
        doubt = "" if step.certain else "?"
        yield Segment(f" {number}{doubt} ", look.alarm if step.decides else look.cursor)
        yield Segment(" decides " if step.decides else " ", look.ground)
        yield from title

    def _redraw_counters(self) -> None:
        width = self.left_columns(self.size.width)
        for number in range(self.top_row, min(self.top_row + self.size.height, self.count())):
            now = self._counters(self.line_at(number).node)
            if self._drawn.get(number) != now:
                self.redraw_cells(number, width)

    # Keys.

    def action_fold_or_unfold(self) -> None:
        """Unfold or fold the line under the cursor."""
        if self.count():
            self._fold(not self.line_at(self.cursor).unfolded)

    def action_unfold(self) -> None:
        """Unfold the line, or go to the first line below it."""
        if not self.count():
            return
        row = self.line_at(self.cursor)
        if row.unfolded:
            self.cursor += 1
        else:
            self._fold(True)

    def action_fold(self) -> None:
        """Fold the line, or go up to its parent."""
        if not self.count():
            return
        row = self.line_at(self.cursor)
        if row.unfolded and self._rows is None:
            self._fold(False)
        elif row.parent >= 0:
            self.cursor = self._number(row.parent)

    def action_fold_all(self) -> None:
        """Unfold everything below the line, as far as it stays readable, or fold it all again."""
        if not self.count() or self._rows is not None:
            return
        if not self.unfolded.unfold_below(self.cursor):
            self._fold(False)
        self.recount()

    def action_all_lines(self) -> None:
        """In a proof: show every line, or only the packet's way."""
        if self.trail is not None:
            self.show_all(self.only_trail)

    def action_next_moving(self) -> None:
        """Go to the next line on show whose counter has just moved."""
        if self.picture is None:
            return
        total = self.count()
        for step in range(1, min(total, MOVING_WITHIN) + 1):
            number = (self.cursor + step) % total
            node = self.line_at(number).node
            changed = self.picture.change(node)
            if changed is not None and changed.moved:
                self.cursor = number
                return
        self.post_message(Told("No counter on show has moved since the last reading."))

    def _fold(self, unfolded: bool) -> None:
        if self._rows is not None:
            self._only = None
            self.show_all(True)  # folding is for the whole tree
        elif self.unfolded.set_unfolded(self.cursor, unfolded):
            self._drawn.clear()
            self.recount()
            self._show_more()

    def _show_more(self) -> None:
        """Scroll so that as much of what was unfolded comes into view as fits."""
        row = self.unfolded.row(self.cursor)
        if row.unfolded and row.node.kind is not Kind.HOOK:
            below = min(len(row.node.branch), self.size.height - 1)
            lowest = self.cursor + below
            if lowest > self.top_row + self.size.height - 1:
                self.put_top(lowest - self.size.height + 1)
