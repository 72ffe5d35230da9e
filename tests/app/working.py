"""Working on a host that can be changed: its rows, time that passes when told to, and trouble."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.app.changing import FakeChanging
from tests.app.driving import NARROW, app_for, app_of, forward, until
from tests.app.hosts import FakeHost, recorded
from textual.pilot import Pilot

from dockerwall.app.editing.preview import PreviewPage
from dockerwall.app.editing.trial import TrialPage
from dockerwall.model.snapshot import Snapshot

WEB, REDIS6 = 1, 0
"""Rows of the recorded host: 8080/tcp of web, and 6379/tcp of redis by docker-proxy."""

_SNAPSHOT: list[Snapshot] = []


def docker(changing: FakeChanging | None = None, *, live: bool = True) -> FakeHost:
    """A Docker host that can be changed."""
    if not _SNAPSHOT:
        _SNAPSHOT.append(recorded("docker-28").read())
    host = FakeHost(_SNAPSHOT[0], live=live)
    if live:
        host.changing = changing or FakeChanging()
    return host


def changing_of(host: FakeHost) -> FakeChanging:
    """What changes a host of `docker`, to ask it what it was asked."""
    assert isinstance(host.changing, FakeChanging)
    return host.changing


@asynccontextmanager
async def at_work(
    host: FakeHost, row: int | None = WEB, size: tuple[int, int] = NARROW
) -> AsyncIterator[Pilot[None]]:
    """The application in its exposures, the cursor on a row; time passes only when told to."""
    app = app_for(host)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.main.judgement is not None and not app.desk.busy)
        forward(pilot, 1)  # its lines have been looked at
        if row is not None:
            await pilot.press("1")
            app.main.exposures.cursor = row
        await pilot.pause()
        yield pilot


async def settled(pilot: Pilot[None]) -> None:
    """Wait until nothing is under way; then let the moment pass in which a dialog takes no key."""
    app = app_of(pilot)
    await until(pilot, lambda: not app.desk.busy)
    forward(pilot, 1)


async def go_to_rule(pilot: Pilot[None], text: str) -> None:
    """Put the tree's cursor on the first rule that holds a text."""
    await pilot.press("2")
    tree = app_of(pilot).main.traversal
    rows = [row for row in range(tree.count()) if text in tree.unfolded.row(row).node.text]
    tree.cursor = rows[0]
    await pilot.pause()


def words_of(pilot: Pilot[None]) -> tuple[str, ...]:
    """The words of the wish whose preview is shown."""
    page = app_of(pilot).screen
    assert isinstance(page, PreviewPage)
    assert page.wish is not None
    return page.wish.words


async def previewed(pilot: Pilot[None]) -> PreviewPage:
    """Close the port under the cursor, as far as the preview."""
    await pilot.press("x")
    await settled(pilot)
    page = app_of(pilot).screen
    assert isinstance(page, PreviewPage)
    return page


async def on_trial(pilot: Pilot[None]) -> None:
    """Close the port under the cursor, as far as the trial."""
    await previewed(pilot)
    await pilot.press(*"apply", "enter")
    await settled(pilot)
    assert isinstance(app_of(pilot).screen, TrialPage)


def failing(where: str, error: Exception) -> Callable[[str], None]:
    """Trouble in one place."""

    def trouble(what: str) -> None:
        if what == where:
            raise error

    return trouble
