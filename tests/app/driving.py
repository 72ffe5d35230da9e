"""Driving the application without a terminal: start it, wait for a condition, read its screen."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count

from tests.app.changing import FakeChanging, Stopwatch
from textual.pilot import Pilot

from dockerwall.app.app import DockerwallApp
from dockerwall.app.reader import Host, Reader
from dockerwall.app.terminal import Terminal

DEADLINE = 10.0
"""Seconds after which a condition that did not come true fails the test."""

NARROW, WIDE = (80, 24), (160, 50)


def app_for(
    host: Host,
    terminal: Terminal | None = None,
    *,
    interval: float = 3600,
) -> DockerwallApp:
    """The application on a host; it rereads when asked, not by itself."""
    seconds = count(0, 2)  # every reading comes two seconds after the one before
    reader = Reader(host, lambda: float(next(seconds)))
    reader.start()
    # Where nothing real is changed, time passes only when a test says so.
    watch: Callable[[], float] = time.monotonic
    if host.changing is None:
        watch = Stopwatch()
    elif isinstance(host.changing, FakeChanging):
        watch = host.changing.watch
    return DockerwallApp(
        reader,
        terminal or Terminal(),
        interval=interval,
        who="root",
        clock=lambda: "14:02:07",
        stopwatch=watch,
    )


@asynccontextmanager
async def showing(
    host: Host,
    size: tuple[int, int] = NARROW,
    terminal: Terminal | None = None,
    view: str = "2",
) -> AsyncIterator[Pilot[None]]:
    """The application with its first reading on the screen, judged, in one of its views."""
    app = app_for(host, terminal)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.main.picture is not None and not app.reader.busy)
        await until(pilot, lambda: app.main.judgement is not None)
        forward(pilot, 1)  # its lines have been looked at
        await pilot.press(view)
        yield pilot


def forward(pilot: Pilot[None], seconds: float) -> None:
    """Let time pass, where a test tells it to."""
    clock = app_of(pilot).desk.clock
    if isinstance(clock, Stopwatch):
        clock.forward(seconds)


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        await pilot.pause(0.005)
    await pilot.pause()


def app_of(pilot: Pilot[None]) -> DockerwallApp:
    """The application a pilot drives."""
    assert isinstance(pilot.app, DockerwallApp)
    return pilot.app


def text_of_screen(pilot: Pilot[None]) -> str:
    """What the screen says, without colours."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def reread(pilot: Pilot[None]) -> None:
    """Ask for another reading and wait until it is shown."""
    app = app_of(pilot)
    before = app.main.picture
    await pilot.press("f5")
    await until(pilot, lambda: app.main.picture is not before)
