"""The history, undoing, and who may change anything."""

from __future__ import annotations

import pytest
from tests.app.changing import CLIENT, FakeChanging
from tests.app.driving import app_of, text_of_screen
from tests.app.working import (
    at_work,
    changing_of,
    docker,
    on_trial,
    settled,
)

from dockerwall.app.editing.history import HistoryPage
from dockerwall.changes import Denial
from dockerwall.editing.edited import edited_snapshot


async def test_the_history_lists_changes_and_undoes_one() -> None:
    host = docker()
    async with at_work(host) as pilot:
        changing = changing_of(host)
        await on_trial(pilot)
        host.readings[:] = [edited_snapshot(docker().read(), changing.applied[0].changes)]
        await pilot.press(*"keep", "enter")
        await settled(pilot)
        await pilot.press("enter", "5")
        await settled(pilot)
        page = app_of(pilot).screen
        assert isinstance(page, HistoryPage)
        assert f"root from {CLIENT}" in text_of_screen(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("end")
        assert "DOCKER-USER before it" in text_of_screen(pilot)
        await pilot.press("escape", "u")
        await settled(pilot)
        assert "Undo: Close 8080/tcp" in text_of_screen(pilot)
        await pilot.press(*"apply", "enter")
        await settled(pilot)
        assert changing.undone == [None, changing.past[0].change]


async def test_u_undoes_the_last_change_and_says_when_there_is_none() -> None:
    async with at_work(docker()) as pilot:
        await pilot.press("u")
        await settled(pilot)
        assert "There is no change to undo." in text_of_screen(pilot)


async def test_an_empty_history_says_so() -> None:
    async with at_work(docker()) as pilot:
        await pilot.press("5")
        await settled(pilot)
        assert "Nothing was changed with this program yet." in text_of_screen(pilot)


# Who may.


async def test_a_recorded_host_is_planned_for_but_not_changed() -> None:
    async with at_work(docker(live=False)) as pilot:
        assert "RO recorded" in text_of_screen(pilot)
        await pilot.press("x")
        await settled(pilot)
        assert "This is a recorded host: a plan can be seen, not applied." in text_of_screen(pilot)
        await pilot.press(*"apply", "enter")
        assert app_of(pilot).screen is app_of(pilot).main


async def test_a_host_over_ssh_where_one_is_not_root_is_not_changed() -> None:
    denial = Denial("not root there", "Changing the firewall of far needs root there.")
    async with at_work(docker(FakeChanging(denial))) as pilot:
        assert "RO not root there" in text_of_screen(pilot)
        await pilot.press("x")
        assert app_of(pilot).screen is app_of(pilot).main
        assert "needs root there" in text_of_screen(pilot)
        await pilot.press(*"apply", "enter")
        assert app_of(pilot).screen is app_of(pilot).main


@pytest.mark.parametrize("word", ["--read-only", "not root"])
async def test_read_only_says_why_and_takes_the_keys_away(word: str) -> None:
    changing = FakeChanging(Denial(word, f"Nothing is changed: {word}."))
    async with at_work(docker(changing)) as pilot:
        assert f"RO {word}" in text_of_screen(pilot)
        assert "e Change" not in text_of_screen(pilot)
        for key in ("e", "x", "u", "i"):
            await pilot.press(key)
            assert app_of(pilot).screen is app_of(pilot).main
            assert f"Nothing is changed: {word}." in text_of_screen(pilot)
        await pilot.press("f10")
        assert f"RO {word}" in text_of_screen(pilot)


async def test_f10_locks_and_unlocks() -> None:
    async with at_work(docker()) as pilot:
        assert "e Change" in text_of_screen(pilot)
        await pilot.press("f10")
        assert "RO F10" in text_of_screen(pilot)
        assert "e Change" not in text_of_screen(pilot)
        await pilot.press("x")
        assert app_of(pilot).screen is app_of(pilot).main
        await pilot.press("f10")
        assert " RW " in text_of_screen(pilot)


async def test_a_program_locked_meanwhile_applies_nothing() -> None:
    host = docker()
    async with at_work(host) as pilot:
        await pilot.press("x")
        await settled(pilot)
        app_of(pilot).desk.locked = True
        await pilot.press(*"apply", "enter")
        await settled(pilot)
        assert changing_of(host).applied == []
        assert "Changes are locked" in text_of_screen(pilot)
