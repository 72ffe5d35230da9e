"""Keys typed in one burst, before the page that the first of them opens is there."""

from __future__ import annotations

import pytest
from tests.app.changing import FakeChanging
from tests.app.driving import app_of, until
from tests.app.working import at_work, docker, settled, words_of
from textual import events
from textual.pilot import Pilot

from dockerwall.app.editing.preview import PreviewPage

_NAMES = {"\n": "enter", ".": "full_stop", "/": "slash", "?": "question_mark", "\x1b": "escape",
          "\x15": "ctrl+u"}  # fmt: skip


def burst(pilot: Pilot[None], typed: str) -> None:
    """Hand over all keys at once, as a terminal does that was typed into while nobody read."""
    for each in typed:
        pilot.app.post_message(events.Key(_NAMES.get(each, each), each))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ec", ("close", "8080/tcp")),
        ("e\n", ("close", "8080/tcp")),
        ("el", ("lan-only", "8080/tcp")),
        ("eo\x15198.51.100.7\n", ("only", "198.51.100.7", "to", "8080/tcp")),
        ("ea\n", ("allow", "me", "to", "8080/tcp")),
        ("?\x1bx", ("close", "8080/tcp")),
        ("e\x1b?\x1bec", ("close", "8080/tcp")),
    ],
)  # fmt: skip
async def test_each_key_goes_to_the_page_that_the_one_before_opened(
    typed: str, words: tuple[str, ...]
) -> None:
    async with at_work(docker()) as pilot:
        burst(pilot, typed)
        await until(pilot, lambda: isinstance(pilot.app.screen, PreviewPage))
        assert words_of(pilot) == words


async def test_what_was_typed_before_the_preview_opened_applies_nothing() -> None:
    changing = FakeChanging()
    async with at_work(docker(changing)) as pilot:
        await pilot.press("x")
        await settled(pilot)
        page = pilot.app.screen
        assert isinstance(page, PreviewPage)
        for each in ("a", "p", "p", "l", "y", "enter"):
            key = events.Key(each, each)
            key.time -= 30  # as if the program had been too busy to take it until now
            pilot.app.post_message(key)
        await pilot.press("a")
        await until(pilot, lambda: page.confirm.text == "a")
        assert not changing.applied


async def test_a_paste_goes_to_the_line_that_the_key_before_opened() -> None:
    async with at_work(docker()) as pilot:
        burst(pilot, "eo\x15")
        pilot.app.post_message(events.Paste("198.51.100.7"))
        burst(pilot, "\n")
        await until(pilot, lambda: isinstance(pilot.app.screen, PreviewPage))
        assert words_of(pilot) == ("only", "198.51.100.7", "to", "8080/tcp")


async def test_a_key_that_closed_its_page_does_nothing_behind_it() -> None:
    async with at_work(docker()) as pilot:
        burst(pilot, "e\n")
        await until(pilot, lambda: isinstance(pilot.app.screen, PreviewPage))
        await settled(pilot)
        await pilot.press("enter")
        main = app_of(pilot).main
        await until(pilot, lambda: pilot.app.screen is main)
        assert main.active is main.exposures
        assert main.proof.proof is None
