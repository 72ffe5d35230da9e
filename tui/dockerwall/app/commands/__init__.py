"""Every command there is: the one list behind bindings, footer, help, palette and the README.

No command does anything dangerous on a single key, and none is bound to a letter that the end of a
split escape sequence could press (`A B C D F H O P Q R S [ ] ~`).
"""

from __future__ import annotations

from textual.binding import Binding

from dockerwall.app.commands.changes import IN_CHANGES, IN_HISTORY, ON_PREVIEW
from dockerwall.app.commands.command import Command, Where
from dockerwall.app.commands.lists import IN_LISTS
from dockerwall.app.commands.program import ANYWHERE
from dockerwall.app.commands.views import IN_VIEWS

__all__ = ["COMMANDS", "Command", "Where", "bindings", "commands_for", "footer_commands"]

COMMANDS: tuple[Command, ...] = (
    *IN_VIEWS,
    *IN_CHANGES,
    *ANYWHERE,
    *IN_LISTS,
    *ON_PREVIEW,
    *IN_HISTORY,
)


def bindings(where: Where) -> list[Binding]:
    """Textual's bindings for the commands of one part of the screen."""
    return [
        Binding(
            ",".join(command.keys),
            command.action or command.id,
            command.label,
            show=False,
            id=command.id,
        )
        for command in COMMANDS
        if command.where is where and command.keys
    ]


def commands_for(*places: Where) -> list[Command]:
    """The commands that work in these places, in the order of the list."""
    return [command for command in COMMANDS if command.where in places]


def footer_commands(*places: Where) -> list[Command]:
    """The commands worth a place in the footer, the most wanted first."""
    shown = [each for each in commands_for(*places) if each.footer and each.key_names]
    return sorted(shown, key=lambda command: command.footer)
