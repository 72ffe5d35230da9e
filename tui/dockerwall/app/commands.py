"""Every command there is: the one list behind bindings, footer, help, palette and the README.

No command does anything dangerous on a single key, and none is bound to a letter that the end of a
split escape sequence could press (`A B C D F H O P Q R S [ ] ~`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from textual.binding import Binding


class Where(StrEnum):
    """The part of the screen in which a command's keys work."""

    ANYWHERE = "anywhere"
    VIEW = "in every view"
    LIST = "in every list"
    TREE = "in the tree"
    RECORDS = "in the exposures and findings"
    PAGE = "on a page over the views"


class Command(NamedTuple):
    """Something the operator can ask for."""

    id: str
    """The action's name: `freeze` is `action_freeze` of whatever `where` is."""
    keys: tuple[str, ...]
    label: str
    """One or two words for the footer."""
    help: str
    """One sentence for the help, the palette and the README."""
    where: Where = Where.ANYWHERE
    footer: int = 0
    """Place in the footer, from 1; 0 keeps it out. The highest leave first where it is narrow."""
    in_palette: bool = True

    @property
    def key_names(self) -> tuple[str, ...]:
        """The keys as they are written on a keyboard."""
        return tuple(_key_name(key) for key in self.keys)


_KEY_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "asterisk": "*",
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "f5": "F5",
    "colon": ":",
}


def _key_name(key: str) -> str:
    if key.startswith("ctrl+"):
        return f"^{key[-1]}"
    return _KEY_NAMES.get(key, key)


COMMANDS: tuple[Command, ...] = (
    Command("exposures", ("1",), "Exposures", "Who reaches which port, worst first.", Where.VIEW),
    Command(
        "traversal", ("2",), "Traversal", "A packet's way through the rules, as a tree.", Where.VIEW
    ),
    Command(
        "findings", ("3",), "Findings", "What is wrong with the rules, and what to do.", Where.VIEW
    ),
    Command("host", ("4",), "Host", "What was read of this host, and what was not.", Where.VIEW),
    Command("next_pane", ("tab",), "Pane", "Go to the next pane.", Where.VIEW, in_palette=False),
    Command(
        "previous_pane",
        ("shift+tab",),
        "Pane back",
        "Go to the pane before.",
        Where.VIEW,
        in_palette=False,
    ),
    Command(
        "choose",
        ("enter",),
        "Why",
        "Show why: the packet's way through the tree, or the rule a finding is about.",
        Where.RECORDS,
        footer=3,
    ),
    Command(
        "what_if",
        ("t",),
        "What if",
        "Follow a packet of your own: source, interface, port.",
        Where.VIEW,
        footer=4,
    ),
    Command("help", ("question_mark",), "Help", "Show the keys and what the marks mean.", footer=1),
    Command(
        "search",
        ("slash",),
        "Search",
        "Find a rule, chain or name by its text.",
        Where.VIEW,
        footer=2,
    ),
    Command(
        "next_match",
        ("n",),
        "Next",
        "Go to the next place of the search, or to the next step of a proof.",
        Where.VIEW,
    ),
    Command(
        "previous_match",
        ("N",),
        "Previous",
        "Go to the place or step before.",
        Where.VIEW,
    ),
    Command(
        "families",
        ("v",),
        "v4/v6",
        "Switch between IPv4, IPv6 and both.",
        Where.ANYWHERE,
        footer=5,
    ),
    Command(
        "freeze",
        ("space",),
        "Freeze",
        "Hold the picture still, or let it move again.",
        Where.ANYWHERE,
        footer=6,
    ),
    Command("reread", ("f5", "r"), "Reread", "Read the host again now.", Where.ANYWHERE, footer=9),
    Command(
        "words",
        ("w",),
        "Words",
        "Show rules in words, or as iptables text.",
        Where.VIEW,
        footer=7,
    ),
    Command(
        "back",
        ("escape",),
        "Back",
        "End the search or the proof, and go back to where it began.",
        Where.VIEW,
        in_palette=False,
    ),
    Command("palette", ("ctrl+p", "colon"), "Commands", "Choose a command by its name."),
    Command("redraw", ("ctrl+l",), "Redraw", "Draw the screen anew, whatever has spoilt it."),
    Command("suspend", ("ctrl+z",), "Suspend", "Go to the shell; `fg` comes back."),
    Command(
        "close",
        ("escape", "q"),
        "Close",
        "Go back to the view.",
        Where.PAGE,
        footer=1,
        in_palette=False,
    ),
    Command("quit", ("q", "ctrl+c", "ctrl+q"), "Quit", "Leave. Nothing was changed.", footer=10),
    Command("up", ("up", "k"), "Up", "One line up.", Where.LIST, in_palette=False),
    Command("down", ("down", "j"), "Down", "One line down.", Where.LIST, in_palette=False),
    Command(
        "page_up", ("pageup", "ctrl+b"), "Page up", "One page up.", Where.LIST, in_palette=False
    ),
    Command(
        "page_down",
        ("pagedown", "ctrl+f"),
        "Page down",
        "One page down.",
        Where.LIST,
        in_palette=False,
    ),
    Command("first", ("home", "g"), "Top", "To the first line.", Where.LIST, in_palette=False),
    Command("last", ("end", "G"), "End", "To the last line.", Where.LIST, in_palette=False),
    Command(
        "fold_or_unfold",
        ("enter",),
        "Fold",
        "Unfold or fold what is under the cursor.",
        Where.TREE,
        footer=3,
    ),
    Command(
        "unfold",
        ("right", "l"),
        "Unfold",
        "Unfold the line, or go down into it.",
        Where.TREE,
        in_palette=False,
    ),
    Command(
        "fold",
        ("left", "h"),
        "Fold",
        "Fold the line, or go up to the one it hangs on.",
        Where.TREE,
        in_palette=False,
    ),
    Command(
        "fold_all",
        ("asterisk",),
        "All",
        "Unfold everything below the line, or fold it again.",
        Where.TREE,
    ),
    Command(
        "all_lines",
        ("a",),
        "All",
        "In a proof: show every line, or only those on the packet's way.",
        Where.TREE,
    ),
    Command(
        "next_moving",
        ("m",),
        "Moving",
        "Go to the next counter that has just moved.",
        Where.TREE,
        footer=8,
    ),
)


def bindings(where: Where) -> list[Binding]:
    """Textual's bindings for the commands of one part of the screen."""
    return [
        Binding(",".join(command.keys), command.id, command.label, show=False, id=command.id)
        for command in COMMANDS
        if command.where is where
    ]


def commands_for(*places: Where) -> list[Command]:
    """The commands that work in these places, in the order of the list."""
    return [command for command in COMMANDS if command.where in places]


def footer_commands(*places: Where) -> list[Command]:
    """The commands worth a place in the footer, the most wanted first."""
    shown = [command for command in commands_for(*places) if command.footer]
    return sorted(shown, key=lambda command: command.footer)
