"""The help page: the keys that work here, what the marks mean, what a packet's way is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import events
from textual.app import ComposeResult

from dockerwall.app.commands import Where, commands_for
from dockerwall.app.look import Look
from dockerwall.app.screens.page import Page, Title
from dockerwall.app.widgets.footer import Footer
from dockerwall.app.widgets.text import Text
from dockerwall.app.wrapping import wrapped
from dockerwall.present.glossary import GLOSSARY
from dockerwall.present.outline import Outline
from dockerwall.present.pieces import Piece, Pieces, Tone, piece
from dockerwall.present.waymap import way_rows

_BY_NAME = "by name"
"""Stands for the key of a command that has none."""
_KEYS = 14
"""How many cells the keys take."""
_WORD = 13
"""How many cells the words of the glossary take."""

_HEADINGS = {
    Where.TREE: "In the tree",
    Where.RECORDS: "In the exposures and findings",
    Where.VIEW: "In every view",
    Where.CHANGE: "Changing who gets in: nothing is done before you type apply",
    Where.LIST: "Moving about",
    Where.ANYWHERE: "Anywhere",
}


def help_rows(look: Look, place: Where, width: int) -> list[Pieces]:
    """The lines of the help page, the keys of one place first, for a page of this width."""
    rows: list[Pieces] = []
    headings = sorted(_HEADINGS.items(), key=lambda item: item[0] is not place)
    for where, heading in headings:
        rows.append((Piece(heading, Tone.NAME),))
        for command in commands_for(where):
            rows += _told(", ".join(command.key_names) or _BY_NAME, command.help, width)
        rows.append(())
    rows.append((Piece("Marks", Tone.NAME),))
    for mark, meaning in _marks(look):
        rows += _told(mark, meaning, width)
    return rows


def _told(left: str, right: str, width: int) -> Iterator[Pieces]:
    """A key or mark, and what it does or means beside it."""
    for number, line in enumerate(wrapped(right, max(20, width - _KEYS - 5))):
        yield (
            Piece(f"  {left if number == 0 else '':<{_KEYS}}", Tone.ACCEPT),
            Piece(line),
        )


def glossary_rows(width: int) -> list[Pieces]:
    """The words and what they mean, for a page of this width."""
    rows: list[Pieces] = []
    for word, meaning in GLOSSARY:
        for number, line in enumerate(wrapped(meaning, max(20, width - _WORD - 4))):
            rows.append(
                (piece(f" {word if number == 0 else '':<{_WORD}} ", Tone.NAME), piece(line))
            )
    return rows


def _marks(look: Look) -> Sequence[tuple[str, str]]:
    """The marks of the views, and what they mean."""
    glyphs = look.glyphs
    return (
        (glyphs.cursor, "the line the cursor is on"),
        (glyphs.moved, "a counter that moved since the last reading; +3.0/s is packets a second"),
        (glyphs.closed, "folded: there is more below"),
        (glyphs.opened, "unfolded"),
        (glyphs.cut, "cut here: the whole text is below the tree"),
        ("!! ! ? - =", "exposed, allowlisted, unknown, LAN only, as you declared it"),
        ("all some no", "who gets in: everyone, chosen addresses, nobody; ? may or may not"),
        ("3.", "in a proof: the third rule the packet meets; reply: only what comes back"),
        ("1.2k", "counters are cut to four characters: 1.2k packets are 1200 to 1299"),
    )


CHAPTERS = {
    "keys": "Help: the keys that work here",
    "way": "Help: a packet's way through this host's own chains",
    "glossary": "Help: the words",
}
"""The chapters by name, with their titles; `?` turns to the next."""


class HelpPage(Page[None]):
    """Keys and marks, a packet's way, the words."""

    def __init__(
        self, look: Look, place: Where, drawn: Outline | None, chapter: str = "keys"
    ) -> None:
        super().__init__(look, CHAPTERS[chapter])
        self.place = place
        self.drawn = drawn
        self.chapter = chapter
        self.text = Text(look, [], id="help")

    def body(self) -> ComposeResult:
        """The lines."""
        self.text.put(self.rows(self.app.size.width))
        yield self.text

    def footer(self) -> Footer:
        """How to turn, and how to leave."""
        return Footer(self.look, (Where.PAGE,), {"help": "Next page"})

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines for the new width."""
        self.text.put(self.rows(event.size.width))

    def rows(self, width: int) -> list[Pieces]:
        """What the chapter says."""
        if self.chapter == "way":
            return way_rows(self.drawn)
        if self.chapter == "glossary":
            return glossary_rows(width)
        return help_rows(self.look, self.place, width)

    def turn(self) -> None:
        """Go on to the next chapter."""
        names = list(CHAPTERS)
        self.chapter = names[(names.index(self.chapter) + 1) % len(names)]
        self.query_one(Title).rename(CHAPTERS[self.chapter])
        self.text.put(self.rows(self.size.width))
        self.text.action_first()
