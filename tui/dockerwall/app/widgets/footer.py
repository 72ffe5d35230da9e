"""The last line: the keys that work here, or what has just become of a command."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rich.segment import Segment
from rich.style import Style

from dockerwall.app.commands import COMMANDS, Command, Where, footer_commands
from dockerwall.app.look import Look
from dockerwall.app.widgets.pane import Line, Pane


class Footer(Pane):
    """Keys and labels from the registry of commands."""

    def __init__(
        self,
        look: Look,
        places: tuple[Where, ...] = (Where.ANYWHERE,),
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        """`renamed` are commands of elsewhere that mean something here, with their labels."""
        super().__init__(look, id="footer")
        self.places = places
        self.renamed: Mapping[str, str] = renamed or {}
        self.without: Collection[str] = ()
        self.saying = ""

    @property
    def ground(self) -> Style:
        """The bar's background."""
        return self.look.bar

    def show(
        self,
        *places: Where,
        without: Collection[str] = (),
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        """Say the keys of these places, but not those of commands that do nothing here now."""
        self.places, self.without, self.renamed = places, without, renamed or {}
        self.update_lines()

    def say(self, sentence: str) -> None:
        """Say something in the keys' place until the next key; the empty text ends it."""
        if sentence != self.saying:
            self.saying = sentence
            self.update_lines()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """One line of keys."""
        line: Line = [Segment(" ", self.look.bar)]
        if self.saying:
            return [[*line, Segment(self.look.safe(self.saying), self.look.bar_strong)]]
        borrowed = [
            command._replace(label=self.renamed[command.id])
            for command in COMMANDS
            if command.id in self.renamed
        ]
        own = [each for each in footer_commands(*self.places) if each.id not in self.without]
        for command in fitting([*borrowed, *own], width - 1):
            line.append(Segment(command.key_names[0], self.look.key))
            line.append(Segment(f" {command.label}  ", self.look.bar))
        return [line]


def fitting(commands: Sequence[Command], width: int) -> list[Command]:
    """As many commands as fit, in order; the last one (how to leave) always stays."""
    if not commands:
        return []
    *others, last = commands
    room = width - _width(last)
    chosen = []
    for command in others:
        if _width(command) > room:
            break
        room -= _width(command)
        chosen.append(command)
    return [*chosen, last]


def _width(command: Command) -> int:
    return len(command.key_names[0]) + len(command.label) + 3
