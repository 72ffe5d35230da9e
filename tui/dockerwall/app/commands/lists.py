"""The commands of the lists and of the tree: moving about, folding, choosing."""

from __future__ import annotations

from dockerwall.app.commands.command import Command, Where

IN_LISTS: tuple[Command, ...] = (
    Command(
        "choose",
        ("enter",),
        "Why",
        "Show why: the packet's way, or a finding's rule.",
        Where.RECORDS,
        footer=3,
    ),
    Command(
        "sort",
        ("o",),
        "Sort",
        "Sort the exposures by severity, port, container or packets.",
        Where.RECORDS,
    ),
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
        "In a proof: show every line, or only the packet's way.",
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
