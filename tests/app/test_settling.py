"""Keys, colours and the interval as the operator wants them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.app.driving import app_for, app_of, showing, text_of_screen, until
from tests.app.hosts import FakeHost, snapshot_of
from textual.pilot import Pilot

from dockerwall.app.app import DockerwallApp
from dockerwall.app.commands import COMMANDS
from dockerwall.app.commands.chosen import choose_keys
from dockerwall.app.reader import Reader
from dockerwall.app.terminal import Terminal
from dockerwall.app.views import View
from dockerwall.model.settings import KeyChoice


@pytest.fixture(autouse=True)
def _own_keys_again() -> Iterator[None]:
    yield
    choose_keys((), COMMANDS)


def test_unknown_commands_and_taken_keys_are_named_and_left_out() -> None:
    keymap, problems = choose_keys(
        (
            KeyChoice("nonsense", ("x",), "config.toml:3:1"),
            KeyChoice("freeze", ("j",), "config.toml:4:1"),
            KeyChoice("zero", ("f9",)),
            KeyChoice("words", ()),
        ),
        COMMANDS,
    )
    assert problems == [
        "config.toml:3:1: there is no command 'nonsense'",
        "config.toml:4:1: freeze: the key already presses 'down'",
    ]
    assert keymap == {"zero": "f9", "words": "f35"}


def test_keys_may_be_given_on() -> None:
    keymap, problems = choose_keys(
        (KeyChoice("freeze", ("f",)),), [each for each in COMMANDS if each.id != "only"]
    )
    assert not problems
    assert keymap == {"freeze": "f"}


async def test_a_chosen_key_works_and_is_the_one_that_is_shown() -> None:
    reader = Reader(FakeHost(snapshot_of()))
    reader.start()
    keys = (KeyChoice("freeze", ("?",)), KeyChoice("help", ("f1",)), KeyChoice("freeze", ("f9",)))
    app = DockerwallApp(reader, Terminal(), interval=3600, clock=lambda: "14:02:07", keys=keys)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.main.picture is not None)
        await pilot.press("f9")
        assert app.frozen_since
        await pilot.press("j")  # whatever was said at the start is over
        assert "f9 Freeze" in text_of_screen(pilot)
        assert "f1 Help" in text_of_screen(pilot)
        await pilot.press("f1")
        assert "the keys that work here" in text_of_screen(pilot)


async def test_a_hint_is_said_until_the_first_key() -> None:
    reader = Reader(FakeHost(snapshot_of()))
    reader.start()
    app = DockerwallApp(reader, Terminal(), interval=3600, hint="New here?")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "New here?" in text_of_screen(pilot))
        await pilot.press("2")
        assert "New here?" not in text_of_screen(pilot)
        assert app.main.view is View.TRAVERSAL


async def chosen_by_name(pilot: Pilot[None], name: str) -> None:
    """Choose a command by its name."""
    await pilot.press("ctrl+p", *name, "enter")


async def test_the_interval_is_chosen() -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await chosen_by_name(pilot, "interval")
        await pilot.press("end", "enter")
        assert app_of(pilot).interval == 60
        assert "every 60 s" in text_of_screen(pilot)


async def test_a_recording_has_no_interval() -> None:
    async with showing(FakeHost(snapshot_of(), live=False)) as pilot:
        await chosen_by_name(pilot, "interval")
        assert "read once" in text_of_screen(pilot)


@pytest.mark.parametrize(("key", "theme"), [("home", "dark"), ("down", "light"), ("end", "ansi")])
async def test_the_colours_are_chosen(key: str, theme: str) -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await chosen_by_name(pilot, "theme")
        await pilot.press(key, "enter")
        app = app_of(pilot)
        assert app.terminal.theme == theme
        looks = [widget.look for widget in app.main.query("*") if hasattr(widget, "look")]
        assert looks
        assert all(look is app.look for look in looks)


async def test_without_colours_there_are_none_to_choose() -> None:
    async with showing(
        FakeHost(snapshot_of()), terminal=Terminal(theme="ansi", color=False)
    ) as pilot:
        await chosen_by_name(pilot, "theme")
        assert "Colours are off" in text_of_screen(pilot)


def test_the_application_keeps_no_keys_of_another_one() -> None:
    app_for(FakeHost(snapshot_of()))
    assert next(each for each in COMMANDS if each.id == "freeze").key_names == ("Space",)
