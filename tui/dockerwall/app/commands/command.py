"""What a command is: its keys, its words, and where it works."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Where(StrEnum):
    """The part of the screen in which a command's keys work."""

    ANYWHERE = "anywhere"
    VIEW = "in every view"
    LIST = "in every list"
    TREE = "in the tree"
    RECORDS = "in the exposures and findings"
    CHOICE = "on a page of choices"
    CHANGE = "where rules may be changed"
    PAGE = "on a page over the views"
    PREVIEW = "in the preview of a change"
    PREVIEW_INPUT = "in a preview that INPUT matters to"
    HISTORY = "in the history"


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
    action: str = ""
    """The action where it is not named like the command."""

    @property
    def key_names(self) -> tuple[str, ...]:
        """The keys as they are written on a keyboard: the operator's choice, or its own."""
        return tuple(_key_name(key) for key in _CHOSEN.get(self.id, self.keys))


_CHOSEN: dict[str, tuple[str, ...]] = {}


def put_keys(chosen: Mapping[str, tuple[str, ...]]) -> None:
    """Name these keys for these commands, by id, and for all others their own."""
    _CHOSEN.clear()
    _CHOSEN.update(chosen)


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
    "f8": "F8",
    "f10": "F10",
    "minus": "-",
    "colon": ":",
    "equals_sign": "=",
}


def _key_name(key: str) -> str:
    if key.startswith("ctrl+"):
        return f"^{key[-1]}"
    return _KEY_NAMES.get(key, key)
