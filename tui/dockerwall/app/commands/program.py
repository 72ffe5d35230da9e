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
    Command(
        "copy",
        ("y",),
        "Copy",
        "Copy the rule, a command, the explanation or the report.",
    ),
    Command(
        "zero",
        ("z",),
        "Zero",
        "Count from here on, on the screen only; again: the kernel's own counters.",
    ),
    Command("interval", (), "Interval", "Choose how often the host is read."),
    Command("theme", (), "Theme", "Choose colours for a dark or a light background, or none."),
    Command("way", (), "The way", "Show a packet's way through this host's own chains."),
    Command("glossary", (), "Words", "Explain DNAT, DOCKER-USER, RETURN and the other words."),
    Command("save_screen", ("f8",), "Save", "Save the screen as a picture (SVG)."),
    Command("palette", ("ctrl+p", "colon"), "Commands", "Choose a command by its name."),
    Command("redraw", ("ctrl+l",), "Redraw", "Draw the screen anew, whatever has spoilt it."),
    Command("suspend", ("ctrl+z",), "Suspend", "Go to the shell; `fg` comes back."),
    Command(
        "quit",
        ("q", "ctrl+c", "ctrl+q"),
        "Quit",
        "Leave. Nothing is changed by it, and a trial runs on.",
        footer=10,
    ),
    Command(
        "take",
        ("enter", "y"),
        "Take",
        "Take what the cursor is on.",
        Where.CHOICE,
        footer=1,
        in_palette=False,
    ),
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
