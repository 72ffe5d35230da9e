"""A change applied, on trial, and every way it can end."""

from __future__ import annotations

import pytest
from tests.app.changing import PLAN, FakeChanging
from tests.app.driving import NARROW, app_for, app_of, forward, text_of_screen, until
from tests.app.working import (
    at_work,
    changing_of,
    docker,
    failing,
    on_trial,
    settled,
)
from textual.pilot import Pilot

from dockerwall.app.editing.ended import EndPage
from dockerwall.app.editing.trial import TrialPage
from dockerwall.changes import ChangeError, Ending, OnTrial


async def test_a_port_is_closed_put_on_trial_and_kept() -> None:
    host = docker()
    async with at_work(host) as pilot:
        changing = changing_of(host)
        await on_trial(pilot)
        assert len(changing.applied) == 1
        forward(pilot, 12)
        app_of(pilot).desk.trials.tick()
        await pilot.pause()
        assert "taken back in 47 s" in text_of_screen(pilot)
        await pilot.press(*"keep", "enter")
        await settled(pilot)
        assert [each.standing for each in changing.past] == ["kept"]
        assert "Kept: Close 8080/tcp to the Internet." in text_of_screen(pilot)
        await pilot.press("enter")
        assert app_of(pilot).screen is app_of(pilot).main


async def test_the_host_is_read_again_once_it_was_changed() -> None:
    host = docker()
    async with at_work(host) as pilot:
        before = host.read_count
        await on_trial(pilot)
        await until(pilot, lambda: host.read_count > before)


async def test_a_trial_is_taken_back_by_hand() -> None:
    host = docker()
    async with at_work(host) as pilot:
        await on_trial(pilot)
        await pilot.press(*"undo", "enter")
        await settled(pilot)
        assert changing_of(host).past[-1].standing == "taken back"
        assert "Taken back" in text_of_screen(pilot)


async def test_esc_leaves_the_trial_running_and_the_header_counts() -> None:
    host = docker()
    async with at_work(host) as pilot:
        await on_trial(pilot)
        await pilot.press("escape")
        assert app_of(pilot).screen is app_of(pilot).main
        app_of(pilot).desk.trials.tick()
        await pilot.pause()
        assert "ON TRIAL 59 s" in text_of_screen(pilot)
        await pilot.press("e")
        assert isinstance(app_of(pilot).screen, TrialPage)


async def test_a_trial_that_ends_elsewhere_says_how() -> None:
    host = docker()
    async with at_work(host) as pilot:
        changing = changing_of(host)
        await on_trial(pilot)
        trial = changing.waiting[0]
        changing.decide(trial.change, "taken back", "it was not confirmed in time")
        app_of(pilot).desk.trials.watch()
        await until(pilot, lambda: isinstance(app_of(pilot).screen, EndPage))
        assert "t was not confirmed in time" in text_of_screen(pilot)
        await settled(pilot)
        await pilot.press("enter")
        assert "TAKEN BACK" in text_of_screen(pilot)


async def test_a_trial_of_somebody_else_is_shown_at_once() -> None:
    changing = FakeChanging()
    changing.put_on_trial(OnTrial("20261120-140100-0000", PLAN, "alice from 192.0.2.1", 30))
    app = app_for(docker(changing))
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: isinstance(app.screen, TrialPage))
        assert "made by alice from 192.0.2.1" in text_of_screen(pilot)


async def test_established_connections_of_those_who_lose_are_ended_on_demand() -> None:
    host = docker()
    async with at_work(host) as pilot:
        await on_trial(pilot)
        await pilot.press(*"end", "enter")
        await settled(pilot)
        assert "3 established connections ended." in text_of_screen(pilot)
        assert len(changing_of(host).ended) == 1


async def test_a_change_that_is_refused_shows_the_difference() -> None:
    changing = FakeChanging()
    difference = ("--- ipv4 DOCKER-USER as planned from", "+-A DOCKER-USER -j LOG")
    error = ChangeError("the rules are no longer those.", difference=difference)
    changing.trouble = failing("apply", error)
    async with at_work(docker(changing)) as pilot:
        await pilot.press("x")
        await settled(pilot)
        await pilot.press(*"apply", "enter")
        await settled(pilot)
        screen = text_of_screen(pilot)
        assert "Nothing was changed." in screen
        assert "+-A DOCKER-USER -j LOG" in screen


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ChangeError("change 1 was taken back: the lock", Ending.TAKEN_BACK), "is taken back"),
        (ChangeError("ip6tables failed", Ending.STUCK), "could not be taken back yet"),
        (RuntimeError("a defect"), "It failed."),
    ],
)
async def test_every_end_is_a_page(error: Exception, said: str) -> None:
    changing = FakeChanging()
    changing.trouble = failing("apply", error)
    async with at_work(docker(changing)) as pilot:
        await pilot.press("x")
        await settled(pilot)
        await pilot.press(*"apply", "enter")
        await settled(pilot)
        assert isinstance(app_of(pilot).screen, EndPage)
        assert said in text_of_screen(pilot)


async def test_the_keyboard_is_free_while_a_change_is_made() -> None:
    changing = FakeChanging()
    async with at_work(docker(changing)) as pilot:
        await pilot.press("x")
        await settled(pilot)
        changing.gate.clear()
        await pilot.press(*"apply", "enter")
        await pilot.press("pagedown", "escape", "enter")
        assert "Applying..." in text_of_screen(pilot)
        changing.gate.set()
        await settled(pilot)
        assert isinstance(app_of(pilot).screen, TrialPage)


# In force, and not read back yet.


async def test_a_change_is_shown_on_trial_before_it_was_read_back() -> None:
    changing = FakeChanging()
    changing.at_last = "systemd timer one.timer"
    async with at_work(docker(changing)) as pilot:
        await pilot.press("x")
        await settled(pilot)
        changing.reading_back.clear()
        await pilot.press(*"apply", "enter")
        await until(pilot, lambda: isinstance(app_of(pilot).screen, TrialPage))
        await until(pilot, lambda: "detached" in text_of_screen(pilot))
        changing.reading_back.set()
        await settled(pilot)
        await until(pilot, lambda: "one.timer" in text_of_screen(pilot))
        await pilot.press(*"keep", "enter")
        await settled(pilot)
        assert [each.standing for each in changing.past] == ["kept"]


async def test_the_page_that_was_left_before_the_reading_back_stays_away() -> None:
    changing = FakeChanging()
    async with at_work(docker(changing)) as pilot:
        await pilot.press("x")
        await settled(pilot)
        changing.reading_back.clear()
        await pilot.press(*"apply", "enter")
        await until(pilot, lambda: isinstance(app_of(pilot).screen, TrialPage))
        await until(pilot, lambda: "Leave it running" in text_of_screen(pilot))
        forward(pilot, 1)
        await pilot.press("escape")
        await until(pilot, lambda: app_of(pilot).screen is app_of(pilot).main)
        changing.reading_back.set()
        await settled(pilot)
        assert app_of(pilot).screen is app_of(pilot).main
        assert "ON TRIAL" in text_of_screen(pilot)


async def test_what_is_not_as_predicted_is_taken_back_on_the_screen() -> None:
    changing = FakeChanging()
    error = ChangeError("change 1 was taken back: somebody else edited.", Ending.TAKEN_BACK)
    changing.trouble = failing("read back", error)
    async with at_work(docker(changing)) as pilot:
        await pilot.press("x")
        await settled(pilot)
        changing.reading_back.clear()
        await pilot.press(*"apply", "enter")
        await until(pilot, lambda: isinstance(app_of(pilot).screen, TrialPage))
        changing.reading_back.set()
        await settled(pilot)
        assert isinstance(app_of(pilot).screen, EndPage)
        assert "somebody else edited" in text_of_screen(pilot)
        await pilot.press("enter")
        assert app_of(pilot).screen is app_of(pilot).main
        assert "ON TRIAL" not in text_of_screen(pilot)


async def test_a_host_lost_before_the_reading_back_still_counts_down() -> None:
    changing = FakeChanging()
    changing.trouble = failing("read back", LOST)
    async with at_work(docker(changing)) as pilot:
        await pilot.press("x")
        await settled(pilot)
        await pilot.press(*"apply", "enter")
        await settled(pilot)
        assert "The host takes the change back by itself in" in text_of_screen(pilot)
        changing.trouble = lambda what: None
        app_of(pilot).desk.trials.watch()
        await until(pilot, lambda: "type keep" in text_of_screen(pilot))


# A host whose link drops.

LOST = ChangeError("The link to far was lost. The host takes it back by itself.", Ending.LOST)


def cut(changing: FakeChanging) -> None:
    """Let nothing come through any more."""

    def trouble(_: str) -> None:
        raise LOST

    changing.trouble = trouble


async def cut_off(pilot: Pilot[None], changing: FakeChanging) -> None:
    """Let nothing come through any more, and wait until the screen says so."""
    cut(changing)
    app_of(pilot).desk.trials.watch()
    await until(pilot, lambda: "The link is lost" in text_of_screen(pilot))


async def test_a_link_that_drops_in_a_trial_is_said_and_the_trial_found_again() -> None:
    host = docker()
    async with at_work(host) as pilot:
        changing = changing_of(host)
        await on_trial(pilot)
        await cut_off(pilot, changing)
        assert "takes the change back by itself in" in text_of_screen(pilot)
        assert "type keep" not in text_of_screen(pilot)
        await settled(pilot)
        changing.trouble = lambda what: None
        app_of(pilot).desk.trials.watch()
        await until(pilot, lambda: "type keep" in text_of_screen(pilot))
        assert "The link is lost" not in text_of_screen(pilot)


async def test_a_link_that_drops_is_back_when_the_host_has_taken_the_change_back() -> None:
    host = docker()
    async with at_work(host) as pilot:
        changing = changing_of(host)
        await on_trial(pilot)
        await cut_off(pilot, changing)
        forward(pilot, 70)
        app_of(pilot).desk.trials.tick()
        await until(pilot, lambda: "The time is over" in text_of_screen(pilot))
        await settled(pilot)
        changing.trouble = lambda what: None
        changing.decide(changing.waiting[0].change, "taken back", "it was not confirmed in time")
        app_of(pilot).desk.trials.watch()
        await until(pilot, lambda: isinstance(app_of(pilot).screen, EndPage))
        assert "t was not confirmed in time" in text_of_screen(pilot)


async def test_a_decision_that_does_not_come_through_decides_nothing() -> None:
    host = docker()
    async with at_work(host) as pilot:
        changing = changing_of(host)
        await on_trial(pilot)
        cut(changing)
        await pilot.press(*"keep", "enter")
        await until(pilot, lambda: "The link is lost" in text_of_screen(pilot))
        await settled(pilot)
        changing.trouble = lambda what: None
        app_of(pilot).desk.trials.watch()
        await until(pilot, lambda: "type keep" in text_of_screen(pilot))
        await settled(pilot)
        await pilot.press(*"keep", "enter")
        await settled(pilot)
        assert [each.standing for each in changing.past] == ["kept"]


async def test_a_host_lost_while_the_change_is_made_leaves_its_end_open() -> None:
    changing = FakeChanging()
    changing.trouble = failing("apply", LOST)
    async with at_work(docker(changing)) as pilot:
        await pilot.press("x")
        await settled(pilot)
        await pilot.press(*"apply", "enter")
        await settled(pilot)
        assert "what came of it is not known yet" in text_of_screen(pilot)
        assert "Nothing was changed" not in text_of_screen(pilot)
