"""A part of Textual that this program never shows, kept from being imported with the rest.

`textual.app` imports its command palette and with it half a dozen widgets: a tenth of the time to
the first screen. This program has a page of commands of its own, so an empty module stands in.
"""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from types import ModuleType

SPARED = "textual.command"


def spare_palette(modules: MutableMapping[str, ModuleType] | None = None) -> None:
    """Let an empty module stand for the palette's; does nothing once Textual is imported."""
    modules = sys.modules if modules is None else modules
    if "textual.app" not in modules and SPARED not in modules:
        modules[SPARED] = _StandIn(SPARED)


class _StandIn(ModuleType):
    """A module in which every name is a class of that name with nothing in it."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {"__module__": self.__name__})
        setattr(self, name, made)
        return made
