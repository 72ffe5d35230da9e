"""Other keys for commands, as the operator's settings ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.keys import _character_to_key

from dockerwall.app.commands.command import Command, Where, put_keys
from dockerwall.model.settings import KeyChoice

UNBOUND = "f35"
"""A key that no keyboard has, for commands that are to have none."""

_TOGETHER = (Where.ANYWHERE, Where.VIEW, Where.LIST, Where.CHANGE)
_ON_VIEWS = (*_TOGETHER, Where.TREE, Where.RECORDS)
"""All but these are places on pages over the views, whose own keys come first."""


def choose_keys(
    choices: Iterable[KeyChoice], commands: Iterable[Command]
) -> tuple[dict[str, str], list[str]]:
    """Give commands these keys from now on: Textual's keymap, and a line for what cannot be.

    A key that presses another command in the same place is refused: one of them would be lost.
    """
    known = {command.id: command for command in commands}
    taken: dict[str, tuple[str, ...]] = {}
    problems = []
    for choice in choices:
        where = f"{choice.place}: " if choice.place else ""
        keys = tuple(dict.fromkeys(_named(key) for key in choice.keys))
        command = known.get(choice.command)
        if command is None:
            problems.append(f"{where}there is no command {choice.command!r}")
            continue
        other = _other(command, keys, known, taken)
        if other is not None:
            problems.append(f"{where}{choice.command}: the key already presses {other!r}")
            continue
        taken[choice.command] = keys
    put_keys(taken)
    return {id: ",".join(keys) or UNBOUND for id, keys in taken.items()}, problems


def _named(key: str) -> str:
    """A key as Textual names it."""
    return _character_to_key(key) if len(key) == 1 else key


def _other(
    command: Command,
    keys: tuple[str, ...],
    known: Mapping[str, Command],
    taken: Mapping[str, tuple[str, ...]],
) -> str | None:
    """A command that has one of the keys where this one works too."""
    for other in known.values():
        if other.id != command.id and _meet(command.where, other.where):
            held = taken.get(other.id, other.keys)
            if set(held) & set(keys):
                return other.id
    return None


def _meet(one: Where, other: Where) -> bool:
    """Whether commands of two places can be pressed at the same time."""
    if (one in _ON_VIEWS) is not (other in _ON_VIEWS):
        return False
    return one is other or one not in _ON_VIEWS or one in _TOGETHER or other in _TOGETHER
