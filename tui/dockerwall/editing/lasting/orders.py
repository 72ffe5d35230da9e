"""What systemd is to be told once its units are written or removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dockerwall.editing.lasting.planning import Persisting
from dockerwall.model.boot import EARLY, UNIT, WATCH

RELOAD = "daemon-reload"
"""Where this fails, systemd is told nothing more."""


class Order(NamedTuple):
    """A command of systemctl."""

    verb: str
    units: tuple[str, ...] = ()


def orders(planned: Persisting) -> tuple[Order, ...]:
    """The commands, in order; a unit that is new is started, which shows that it works."""
    return tuple(_orders({change.path: change.after for change in planned.changes}, planned))


def _orders(changed: dict[str, str | None], planned: Persisting) -> Iterator[Order]:
    gone = tuple(_name(path) for path in (UNIT, EARLY, WATCH) if changed.get(path, "") is None)
    if planned.touches_units:
        if gone:
            yield Order("stop", gone)
        yield Order(RELOAD)
        if gone:  # a unit that had failed would be listed as such for ever
            yield Order("reset-failed", gone)
    yield from (Order("start", (_name(path),)) for path in (UNIT, WATCH) if changed.get(path))


def trouble(order: Order, problem: str) -> str:
    """A sentence on an order that failed; empty where that does not matter."""
    if order.verb == RELOAD:
        return f"systemd does not know of it yet: {problem}"
    if order.verb == "start":
        (name,) = order.units
        return f"{name} does not start (see journalctl -u {name}): {problem}"
    return ""


def _name(path: str) -> str:
    return path.rpartition("/")[2]
