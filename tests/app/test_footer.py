"""Every key the footer offers does something that can be seen, wherever it is offered."""

from __future__ import annotations

import pytest
from tests.app.driving import NARROW, WIDE, app_of, showing, text_of_screen, until
from tests.app.hosts import RULES, FakeHost, counted, recorded, snapshot_of
from textual.pilot import Pilot

from dockerwall.app.commands import Command, footer_commands
from dockerwall.app.widgets.footer import Footer, fitting
from dockerwall.model.snapshot import Snapshot


def live() -> FakeHost:
    """A recorded host played as a live one."""
    return FakeHost(recorded("docker-28").read())


def moved() -> FakeHost:
    """Counters move at the second reading."""
    first = snapshot_of()
    return FakeHost(
        first, snapshot_of(counted(RULES, [("[40:2100]", "[52:2820]")]), previous=first)
    )


def empty() -> FakeHost:
    """Nothing could be read."""
    return FakeHost(Snapshot(host=snapshot_of().host))


def offered(pilot: Pilot[None]) -> list[Command]:
    """What the footer offers now."""
    footer = pilot.app.screen.query_one(Footer)
    own = [each for each in footer_commands(*footer.places) if each.id not in footer.without]
    return fitting(own, footer.size.width - 1)


PLACES = [
    (live, NARROW, ("1",)),
    (live, WIDE, ("1",)),
    (live, NARROW, ("2", "j")),
    (live, WIDE, ("2", "j")),
    (live, NARROW, ("3",)),
    (live, NARROW, ("4",)),
    (moved, NARROW, ("2", "f5")),
    (empty, NARROW, ()),
    (live, NARROW, ("question_mark",)),
    (live, NARROW, ("y",)),
]


@pytest.mark.parametrize(("host", "size", "keys"), PLACES)
async def test_every_key_in_the_footer_works_where_it_is_shown(
    host: type[FakeHost], size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async with showing(host(), size, view="1") as pilot:
        await pilot.press(*keys)
        commands = offered(pilot)
    assert commands
    for command in commands:
        played = host()
        async with showing(played, size, view="1") as pilot:
            await pilot.press(*keys)
            await does_something(pilot, command, played)


async def does_something(pilot: Pilot[None], command: Command, host: FakeHost) -> None:
    """Press a command's key and wait until the screen, the host or the program has noticed."""
    app = app_of(pilot)
    await until(pilot, lambda: not app.reader.busy)
    before = (text_of_screen(pilot), host.read_count)
    await pilot.press(command.keys[0])

    def noticed() -> bool:
        return not app.is_running or (text_of_screen(pilot), host.read_count) != before

    await until(pilot, noticed)


async def test_a_recording_offers_neither_freezing_nor_reading_again() -> None:
    async with showing(FakeHost(snapshot_of(), live=False), WIDE) as pilot:
        assert not {"freeze", "reread"} & {command.id for command in offered(pilot)}
