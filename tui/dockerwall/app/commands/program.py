"""The commands that work anywhere, and those of the pages over the views."""

from __future__ import annotations

from dockerwall.app.commands.command import Command, Where

ANYWHERE: tuple[Command, ...] = (
    Command("help", ("question_mark",), "Help", "Show the keys and what the marks mean.", footer=1),
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
    Command("palette", ("ctrl+p", "colon"), "Commands", "Choose a command by its name."),
    Command("redraw", ("ctrl+l",), "Redraw", "Draw the screen anew, whatever has spoilt it."),
    Command("suspend", ("ctrl+z",), "Suspend", "Go to the shell; `fg` comes back."),
    Command("quit", ("q", "ctrl+c", "ctrl+q"), "Quit", "Leave. Nothing was changed.", footer=10),
    Command(
        "close",
        ("escape", "q"),
        "Close",
        "Go back to the view.",
        Where.PAGE,
        footer=1,
        in_palette=False,
    ),
)
