"""The help page: the keys that work here, what the marks mean, what a packet's way is."""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import ComposeResult

from dockerwall.app.commands import Command, Where, commands_for
from dockerwall.app.look import Look
from dockerwall.app.screens.page import Page
from dockerwall.app.widgets.text import Text
from dockerwall.present.pieces import Piece, Pieces, Tone

_HEADINGS = {
    Where.TREE: "In the tree",
    Where.RECORDS: "In the exposures and findings",
    Where.VIEW: "In every view",
    Where.LIST: "Moving about",
    Where.ANYWHERE: "Anywhere",
}

_WAY = (
    "A packet for a published port arrives in PREROUTING, where nat rewrites its",
    "address to the container's (DNAT). Then it goes through FORWARD, never INPUT:",
    "what ufw or you forbid in INPUT does not hold for it. FORWARD jumps first to",
    "DOCKER-USER, the one chain Docker leaves to you, then to Docker's own chains.",
    "There, addresses and ports are already the container's.",
    "",
    "ACCEPT ends only its own base chain; one DROP anywhere is final. RETURN goes",
    "back to the chain that jumped; at the end of a base chain its policy decides.",
    "Where nothing rewrites the address, docker-proxy takes the connection, and",
    "INPUT decides after all.",
)


def help_rows(look: Look, place: Where) -> list[Pieces]:
    """The lines of the help page, the keys of one place first."""
    rows: list[Pieces] = []
    headings = sorted(_HEADINGS.items(), key=lambda item: item[0] is not place)
    for where, heading in headings:
        rows += [(Piece(heading, Tone.NAME),), *map(_key_row, commands_for(where)), ()]
    rows += [(Piece("Marks", Tone.NAME),), *_mark_rows(look), ()]
    rows += [(Piece("A packet's way", Tone.NAME),)]
    rows += [(Piece(f"  {line}"),) for line in _WAY]
    return rows


def _key_row(command: Command) -> Pieces:
    keys = ", ".join(command.key_names)
    return (Piece(f"  {keys:<14}", Tone.ACCEPT), Piece(command.help))


def _mark_rows(look: Look) -> Iterator[Pieces]:
    glyphs = look.glyphs
    marks = (
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
    for mark, meaning in marks:
        yield (Piece(f"  {mark:<14}", Tone.ACCEPT), Piece(meaning))


class HelpPage(Page[None]):
    """Keys, marks and a short explanation."""

    def __init__(self, look: Look, place: Where) -> None:
        super().__init__(look, "Help")
        self.place = place

    def body(self) -> ComposeResult:
        """The lines."""
        yield Text(self.look, help_rows(self.look, self.place), id="help")
