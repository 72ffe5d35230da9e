"""The key table of the README, made from the registry of commands."""

from __future__ import annotations

from pathlib import Path

from dockerwall.app.commands import Where, commands_for

README = Path(__file__).parent.parent.parent / "README.md"
BEGIN, END = "<!-- keys: made by python -m tests.app.screenshots -->\n", "<!-- end of keys -->\n"
_ORDER = (
    Where.VIEW,
    Where.CHANGE,
    Where.PREVIEW,
    Where.PREVIEW_INPUT,
    Where.HISTORY,
    Where.RECORDS,
    Where.TREE,
    Where.LIST,
    Where.ANYWHERE,
)


def key_table() -> str:
    """The table in Markdown."""
    lines = ["| key | what it does | where |", "| --- | --- | --- |"]
    for command in commands_for(*_ORDER):
        keys = " ".join(f"`{name}`" for name in command.key_names) or "by name"
        lines.append(f"| {keys} | {command.help} | {command.where} |")
    return "\n".join(lines) + "\n"


def with_table(text: str) -> str:
    """The README with the table between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{key_table()}\n{END}{after}"
