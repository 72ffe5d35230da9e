"""From a port to its container and back, the last place, only what moves, other orders."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.app.driving import app_of, reread, showing, text_of_screen, until
from tests.app.hosts import RULES, FakeHost, counted, recorded, snapshot_of
from textual.pilot import Pilot

from dockerwall.app.views import View


def docker() -> FakeHost:
    """A recorded host with containers."""
    return FakeHost(recorded("docker-28").read(), live=False)


def moving() -> FakeHost:
    """A host with one moved counter at the second reading."""
    first = snapshot_of()
    return FakeHost(
        first, snapshot_of(counted(RULES, [("[40:2100]", "[52:2820]")]), previous=first)
    )


def view_of(pilot: Pilot[None]) -> View:
    """The view on the screen now."""
    return app_of(pilot).main.view


async def test_a_port_leads_to_its_container_and_back() -> None:
    async with showing(docker(), view="1") as pilot:
        main = app_of(pilot).main
        await pilot.press("j", "c")
        assert main.view is View.HOST
        assert main.facts.container_at(main.facts.cursor) == "web"
        await pilot.press("c")
        assert view_of(pilot) is View.EXPOSURES
        assert main.exposures.current is not None
        assert main.exposures.current.container == "web"


async def test_a_rule_leads_to_its_container() -> None:
    async with showing(docker(), view="1") as pilot:
        main = app_of(pilot).main
        await pilot.press("j", "enter")
        await until(pilot, lambda: main.view is View.TRAVERSAL)
        await pilot.press("c")
        assert main.view is View.EXPOSURES
        assert main.exposures.current is not None
        assert main.exposures.current.container == "web"


async def test_the_last_place_is_a_key_away_and_so_is_the_one_before() -> None:
    async with showing(docker(), view="1") as pilot:
        main = app_of(pilot).main
        await pilot.press("j", "j", "2", "j", "minus")
        assert (main.view, main.exposures.cursor) == (View.EXPOSURES, 2)
        await pilot.press("minus")
        assert (main.view, main.traversal.cursor) == (View.TRAVERSAL, 1)


async def test_a_line_about_no_container_says_so() -> None:
    async with showing(docker()) as pilot:
        await pilot.press("c")
        assert "no container" in text_of_screen(pilot)


async def test_only_what_is_found_is_shown_and_everything_again() -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        tree = app_of(pilot).main.traversal
        everything = tree.count()
        await pilot.press("slash", *"abuse", "enter", "f")
        await until(pilot, lambda: tree.count() < everything)
        assert "abuse" in text_of_screen(pilot)
        assert "INPUT" not in [tree.line_at(row).node.text for row in range(tree.count())]
        await pilot.press("f")
        assert tree.count() >= everything


async def test_only_what_moves_is_shown() -> None:
    async with showing(moving()) as pilot:
        tree = app_of(pilot).main.traversal
        await pilot.press("f")
        await until(pilot, lambda: tree.count() == 0)
        await reread(pilot)
        await until(pilot, lambda: tree.count() > 0)
        shown = [tree.line_at(row).node for row in range(tree.count())]
        assert [node.rule is not None and "abuse" in node.rule.text for node in shown][-1]
        await pilot.press("f")
        assert tree.count() > len(shown)


@pytest.mark.parametrize(
    ("presses", "first"), [(1, "53"), (2, "app"), (3, "packets"), (4, "severity")]
)
async def test_the_exposures_are_sorted(presses: int, first: str) -> None:
    async with showing(docker(), view="1") as pilot:
        listed = app_of(pilot).main.exposures
        worst = [row.key for row in listed.shown]
        await pilot.press(*["o"] * presses)
        top = listed.shown[0]
        if first == "packets":
            assert listed.packets(top) == max(map(listed.packets, listed.shown))
        elif first == "severity":
            assert [row.key for row in listed.shown] == worst
        else:
            assert first in (top.port.partition("/")[0].rpartition(":")[2], top.container)
        assert "Sorted by" in text_of_screen(pilot)


async def test_counting_begins_anew_on_the_screen_alone() -> None:
    async with showing(moving()) as pilot:
        main = app_of(pilot).main
        await pilot.press("z")
        assert "counted since 14:02:07" in text_of_screen(pilot)
        assert "88k" not in text_of_screen(pilot)
        await reread(pilot)
        row = next(
            row
            for row in range(main.traversal.count())
            if "abuse" in main.traversal.line_at(row).node.text
        )
        assert main.picture is not None
        counted_now = main.picture.counted(main.traversal.line_at(row).node.ref)
        assert counted_now is not None
        assert counted_now.packets == 12
        await pilot.press("z")
        assert "88k" in text_of_screen(pilot)


async def test_docker_lost_and_found_again_keeps_the_place() -> None:
    whole = recorded("docker-28").read()
    host = FakeHost(whole, replace(whole, docker=None), whole)
    async with showing(host, view="1") as pilot:
        main = app_of(pilot).main
        await until(pilot, lambda: host.read_count == 1)
        await pilot.press("j", "j")
        place = main.exposures.current
        assert place is not None
        await reread(pilot)
        await until(pilot, lambda: "silent since 14:02:07" in text_of_screen(pilot))
        await reread(pilot)
        await until(pilot, lambda: "not answered since" not in text_of_screen(pilot))
        assert "Docker answers again." in text_of_screen(pilot)
        assert main.exposures.current is not None
        assert main.exposures.current.port == place.port
