"""Threads that compute stand back for the screen, and the collector for both."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

from dockerwall.app.attention import attentive_loop
from dockerwall.app.background import MANY, OFTEN, Background


class Screen(threading.Event):
    """Whether a screen rests; it counts who waited for it, and may come to rest then."""

    def __init__(self, *, comes_to_rest: bool) -> None:
        super().__init__()
        self.who: list[int] = []
        self.comes_to_rest = comes_to_rest

    @property
    def waited(self) -> int:
        """How often it was waited for."""
        return len(self.who)

    def wait(self, timeout: float | None = None) -> bool:
        """Somebody stands back."""
        self.who.append(threading.get_ident())
        if self.comes_to_rest:
            self.set()
        return self.is_set()


@pytest.fixture
def background() -> Iterator[Background]:
    """A background; afterwards the collector sees everything again."""
    before = gc.get_threshold(), list(gc.callbacks)
    yield Background()
    assert (gc.get_threshold(), gc.callbacks) == before
    gc.unfreeze()


class Page:
    """It holds a cycle, as what is on the screen does."""

    itself: Page


def values(count: int) -> list[list[int]]:
    """So many new values."""
    return [[] for _ in range(count)]


def test_a_thread_that_computes_stands_back_until_the_screen_rests(background: Background) -> None:
    background.screen_rests = screen = Screen(comes_to_rest=True)
    with background.computing():
        values(10 * OFTEN)
        assert screen.waited == 1
        screen.clear()
        values(10 * OFTEN)
        assert screen.waited == 2


def test_a_screen_that_does_not_come_to_rest_is_not_waited_for_again(
    background: Background,
) -> None:
    background.screen_rests = screen = Screen(comes_to_rest=False)
    with background.computing():
        values(10 * OFTEN)
        assert screen.waited == 1
        screen.set()
        values(10 * OFTEN)
        screen.clear()
        values(10 * OFTEN)
        assert screen.waited == 2


def test_the_screen_itself_never_stands_back(background: Background) -> None:
    background.screen_rests = screen = Screen(comes_to_rest=True)
    begun, over = threading.Event(), threading.Event()

    def compute() -> None:
        with background.computing():
            begun.set()
            over.wait(20)

    thread = threading.Thread(target=compute)
    thread.start()
    assert begun.wait(20)
    values(10 * OFTEN)
    over.set()
    thread.join()
    assert threading.get_ident() not in screen.who


def test_much_that_was_made_is_out_of_the_collectors_sight(background: Background) -> None:
    before = gc.get_freeze_count()
    with background.computing():
        made = values(2 * MANY)
    assert gc.get_freeze_count() - before >= len(made)


def test_a_page_that_was_closed_in_between_is_not_put_away_with_it(background: Background) -> None:
    with background.computing():
        values(2 * MANY)
    page = Page()
    page.itself, gone = page, weakref.ref(page)
    del page
    with background.computing():
        values(2 * MANY)
    assert gone() is None


def test_a_little_is_left_to_the_collector(background: Background) -> None:
    before = gc.get_freeze_count()
    with background.computing():
        made = values(10 * OFTEN)
    assert made
    assert gc.get_freeze_count() == before


def test_it_lasts_until_the_last_who_computes_is_done(background: Background) -> None:
    background.screen_rests = screen = Screen(comes_to_rest=True)
    with background.computing():
        with background.computing():
            pass
        values(10 * OFTEN)
    assert screen.waited == 1


def test_the_loop_is_at_work_until_it_waits() -> None:
    rests = threading.Event()

    async def work() -> bool:
        for _ in range(3):
            assert not rests.is_set()
            await asyncio.sleep(0)
        return await asyncio.to_thread(rests.wait, 20)

    with asyncio.Runner(loop_factory=lambda: attentive_loop(rests)) as runner:
        assert runner.run(asyncio.wait_for(work(), 30))
