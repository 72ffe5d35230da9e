"""The commands that change who gets in. None of them does anything before `apply` is typed."""

from __future__ import annotations

from dockerwall.app.commands.command import Command, Where


def _change(
    id: str, keys: tuple[str, ...], label: str, help: str, where: Where = Where.CHANGE
) -> Command:
    return Command(id, keys, label, help, where, action=f"app.edit('{id}')")


IN_CHANGES: tuple[Command, ...] = (
    _change(
        "change",
        ("e",),
        "Change",
        "Change who gets in: what should hold for the port or rule under the cursor.",
    )._replace(footer=4),
    _change(
        "close_or_delete",
        ("x",),
        "Close",
        "Close the port under the cursor to the Internet, or delete the rule.",
    ),
    _change("insert_rule", ("i",), "Insert", "Insert a rule before the one under the cursor."),
    _change("undo", ("u",), "Undo", "Undo the last change that was kept; first you see what for."),
    _change("lan_only_all", (), "LAN only", "Let only the LAN reach containers, on every port."),
    _change("block_source", (), "Block", "Let a source reach no container."),
    _change("forward", (), "Forward", "Let connections pass from one interface to another."),
    _change("set_add", (), "Set add", "Add a member to an ipset."),
    _change("set_delete", (), "Set del", "Delete a member from an ipset."),
    _change("history", ("5",), "History", "Who changed what, when, and how it ended.", Where.VIEW),
    _change(
        "lock",
        ("f10",),
        "Lock",
        "Take the keys that change anything away, or give them back.",
        Where.VIEW,
    ),
)

ON_PREVIEW: tuple[Command, ...] = (
    Command(
        "plan_families",
        ("f",),
        "v4/v6",
        "Plan for both families, or for one alone.",
        Where.PREVIEW,
        footer=2,
        in_palette=False,
    ),
    Command(
        "plan_input",
        ("i",),
        "INPUT",
        "Plan with rules in INPUT as well, where a process of the host serves the port.",
        Where.PREVIEW_INPUT,
        footer=3,
        in_palette=False,
    ),
)

IN_HISTORY: tuple[Command, ...] = (
    Command(
        "undo_change",
        ("u",),
        "Undo",
        "Plan the undoing of the change under the cursor.",
        Where.HISTORY,
        footer=2,
        in_palette=False,
    ),
)
