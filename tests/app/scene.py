"""One picture: which host, which size, which keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.app.driving import NARROW

from dockerwall.app.reader import Host
from dockerwall.app.terminal import Terminal

REST = "..."
"""Among the keys: wait until nothing is under way, and a second longer."""


class Scene(NamedTuple):
    """One picture."""

    name: str
    host: Callable[[], Host]
    size: tuple[int, int] = NARROW
    keys: tuple[str, ...] = ()
    terminal: Terminal = Terminal()
    rereads: int = 0
    """How often the host is read again before the picture is taken."""
    view: str = "2"
