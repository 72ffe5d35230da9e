"""The preview of a change: nothing is done before the word is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.changing import OPENED, FakeChanging, past_of
from tests.app.driving import WIDE, app_of, text_of_screen, until
from tests.app.working import (
    REDIS6,
    at_work,
    changing_of,
    docker,
    failing,
    go_to_rule,
    previewed,
    settled,
)
from textual import events

from dockerwall.app.editing.preview import PreviewPage
from dockerwall.changes import ChangeError, OnTrial


async def test_the_preview_says_everything_before_anything_is_done() -> None:
    host = docker()
    async with at_work(host, size=WIDE) as pilot:
        page = await previewed(pilot)
        said = "\n".join(p.lead.text + p.text.text for p in page.sheet.paragraphs)
        for heading in ("Rules", "Who gains, who loses", "Commands that do the same"):
            assert heading in said
        assert said.index("never pass") < said.index("\nRules") < said.index("\nWho gains")
        assert page.text_to_copy.startswith("iptables-nft -w 5 -I DOCKER-USER 2 -i eth0")
        assert changing_of(host).applied == []


async def test_y_copies_the_exact_commands(tmp_path: Path) -> None:
    async with at_work(docker()) as pilot:
        app_of(pilot).environ = {"XDG_STATE_HOME": str(tmp_path)}
        await pilot.press("x")
        await settled(pilot)
        await pilot.press("y")
        assert "Sent to the terminal" in text_of_screen(pilot).splitlines()[-1]
        (file,) = (each for each in tmp_path.rglob("*") if each.is_file())
        assert file.read_text().startswith("iptables-nft -w 5 -I DOCKER-USER")


async def test_enter_alone_leaves_the_preview() -> None:
    host = docker()
    async with at_work(host) as pilot:
        await pilot.press("x")
        await settled(pilot)
        await pilot.press("enter")
        assert app_of(pilot).screen is app_of(pilot).main
        assert changing_of(host).applied == []


@pytest.mark.parametrize("word", ["appl", "yes", "applyx", "APPLY"])
async def test_nothing_but_the_word_applies(word: str) -> None:
    host = docker()
    async with at_work(host) as pilot:
        await pilot.press("x")
        await settled(pilot)
        await pilot.press(*word)
        if not isinstance(app_of(pilot).screen, PreviewPage):
            return
        await pilot.press("enter")
        await settled(pilot)
        assert changing_of(host).applied == []


async def test_what_arrives_as_the_dialog_opens_is_lost() -> None:
    host = docker()
    async with at_work(host) as pilot:
        await pilot.press("x")
        await until(pilot, lambda: not app_of(pilot).desk.busy)
        await pilot.press(*"apply", "enter")
        page = app_of(pilot).screen
        assert isinstance(page, PreviewPage)
        assert page.confirm.text == ""
        assert changing_of(host).applied == []


async def test_a_pasted_word_does_not_count() -> None:
    host = docker()
    async with at_work(host) as pilot:
        page = await previewed(pilot)
        page.confirm.post_message(events.Paste("apply\n"))
        await pilot.pause()
        assert page.confirm.text == ""
        await pilot.press("enter")
        assert changing_of(host).applied == []


async def test_f_plans_for_one_family_and_says_what_is_left() -> None:
    async with at_work(docker()) as pilot:
        await pilot.press("x")
        await settled(pilot)
        await pilot.press("f")
        await settled(pilot)
        assert "This is for IPv4 only" in text_of_screen(pilot)
        assert "IPv6 is left as it is" in text_of_screen(pilot)


async def test_what_never_passes_docker_user_is_closed_in_input_unless_i_says_otherwise() -> None:
    async with at_work(docker()) as pilot:
        page = await previewed(pilot)
        assert "for them this plan writes to INPUT" in text_of_screen(pilot).replace("\n   ", "")
        assert "ip6tables-nft -w 5 -I INPUT" in page.text_to_copy
        await pilot.press("i")
        await settled(pilot)
        assert "press i for that" in text_of_screen(pilot)
        assert "INPUT" not in page.text_to_copy
        await pilot.press("i")
        await settled(pilot)
        assert "INPUT" in page.text_to_copy


async def test_a_row_of_one_family_is_closed_for_that_family() -> None:
    async with at_work(docker(), row=REDIS6) as pilot:
        page = await previewed(pilot)
        assert page.text_to_copy.startswith("ip6tables-nft")
        assert "IPv4 is left as it is" in text_of_screen(pilot)


async def test_the_preview_scrolls_with_the_keys_of_a_list() -> None:
    async with at_work(docker()) as pilot:
        page = await previewed(pilot)
        assert "below: PgDn" in text_of_screen(pilot)
        await pilot.press("pagedown", "j", "k", "down", "up")
        assert page.sheet.top_row > 0
        await pilot.press("end")
        assert page.sheet.below == 0
        assert "below: PgDn" not in text_of_screen(pilot)
        await pilot.press("home")
        assert page.sheet.top_row == 0


async def test_a_rule_the_kernel_refuses_is_said_before_it_can_be_applied() -> None:
    changing = FakeChanging()
    changing.trouble = failing("rehearse", ChangeError("unknown option --frobnicate."))
    async with at_work(docker(changing)) as pilot:
        await go_to_rule(pilot, "-s 203.0.113.0/27 -i eth0")
        await pilot.press("i", *"--frobnicate -j DROP", "enter")
        await settled(pilot)
        assert "unknown option --frobnicate" in text_of_screen(pilot)
        await pilot.press(*"apply", "enter")
        assert changing.applied == []


async def test_a_failure_of_the_planner_is_a_sentence() -> None:
    changing = FakeChanging()
    changing.trouble = failing("rehearse", OSError("no space left on device"))
    async with at_work(docker(changing)) as pilot:
        await pilot.press("x")
        await settled(pilot)
        assert "There is no plan for it." in text_of_screen(pilot)
        assert "no space left on device" in text_of_screen(pilot)


def cutting_off() -> FakeChanging:
    """A host where undoing the last change cuts the operator's own session."""
    changing = FakeChanging()
    changing.past = [past_of(OnTrial("20261120-140112-ab12", OPENED, "root", 60), "kept")]
    return changing


@pytest.mark.parametrize(("words", "made"), [("apply", 0), ("apply anyway", 1)])
async def test_a_change_that_may_cut_ones_own_session_takes_more_words(
    words: str, made: int
) -> None:
    changing = cutting_off()
    async with at_work(docker(changing)) as pilot:
        await pilot.press("u")
        await settled(pilot)
        assert "It would cut your own SSH session" in text_of_screen(pilot)
        await pilot.press("enter")  # the way out has the focus
        assert app_of(pilot).screen is app_of(pilot).main
        await pilot.press("u")
        await settled(pilot)
        await pilot.press(*("space" if letter == " " else letter for letter in words), "enter")
        await settled(pilot)
        assert len(changing.applied) == made


async def test_nobody_insists_on_what_the_kernel_refuses() -> None:
    changing = cutting_off()
    changing.trouble = failing("rehearse", ChangeError("no such chain."))
    async with at_work(docker(changing)) as pilot:
        await pilot.press("u")
        await settled(pilot)
        assert "no such chain" in text_of_screen(pilot)
        await pilot.press(*"apply", "space", *"anyway", "enter")
        await settled(pilot)
        assert changing.applied == []
