"""The page of commands: type a few letters, choose one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from textual.app import ComposeResult

from dockerwall.app.commands import COMMANDS, Command, Where
from dockerwall.app.look import Look
from dockerwall.app.screens.page import Page
from dockerwall.app.widgets.footer import Footer
from dockerwall.app.widgets.lines import Lines
from dockerwall.app.widgets.prompt import Prompt
from dockerwall.app.widgets.text import Text
from dockerwall.present.pieces import Piece, Pieces, Tone


def matching(text: str, places: Collection[Where] = tuple(Where)) -> list[Command]:
    """The commands of these places with every typed word in their name, label or help."""
    words = text.lower().split()
    return [
        command
        for command in COMMANDS
        if command.in_palette
        and command.where in places
        and all(word in _searched(command) for word in words)
    ]


def _searched(command: Command) -> str:
    return f"{command.id} {command.label} {command.help}".lower()


def _row(command: Command) -> Pieces:
    keys = ", ".join(command.key_names)
    return (
        Piece(f"{keys:<12}", Tone.ACCEPT),
        Piece(f"{command.label:<11}", Tone.NAME),
        Piece(command.help),
    )


class PalettePage(Page[str]):
    """Commands by name; the result is the chosen command's id."""

    def __init__(self, look: Look, places: Collection[Where] = tuple(Where)) -> None:
        """`places` are where a command may work to be listed."""
        super().__init__(look, "Commands")
        self._places = places
        self._found: Sequence[Command] = matching("", places)

    def body(self) -> ComposeResult:
        """A line to type into, and what it finds."""
        yield Prompt(self.look, "", id="typed")
        yield Text(self.look, [_row(command) for command in self._found], id="found")

    def footer(self) -> Footer:
        """How to choose, and how to leave."""
        return Footer(self.look, (Where.CHOICE, Where.PAGE))

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one(Prompt).focus()

    def on_prompt_changed(self, message: Prompt.Changed) -> None:
        """Narrow the list."""
        self._found = matching(message.text, self._places)
        listed = self.query_one(Text)
        listed.rows = [_row(command) for command in self._found]
        listed.recount(0)

    def on_prompt_submitted(self) -> None:
        """Take the command under the cursor."""
        self._choose(self.query_one(Text).cursor)

    def on_prompt_left(self) -> None:
        """Go back without a command."""
        self.dismiss(None)

    def on_lines_chosen(self, message: Lines.Chosen) -> None:
        """Take the command clicked on."""
        self._choose(message.row)

    def on_key(self, event: object) -> None:
        """Arrows move in the list while the typing goes on above it."""
        key = getattr(event, "key", "")
        listed = self.query_one(Text)
        if key == "down":
            listed.action_down()
        elif key == "up":
            listed.action_up()

    def _choose(self, row: int) -> None:
        if row < len(self._found):
            self.dismiss(self._found[row].id)
