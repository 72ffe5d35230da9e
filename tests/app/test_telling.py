"""What the screen says, where it says it, and that nothing is cut without a mark."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.app.driving import NARROW, WIDE, app_of, showing, text_of_screen, until
from tests.app.hosts import FakeHost, recorded
from tests.app.working import docker

from dockerwall.app.explain import Explanation, Remark
from dockerwall.app.headline import firewall
from dockerwall.app.look import look_for
from dockerwall.app.terminal import Terminal
from dockerwall.app.views import View
from dockerwall.app.widgets.detail import Detail
from dockerwall.model.docker import Container
from dockerwall.model.snapshot import Gap

DOCKER = recorded("docker-28").read()
SMALL = (60, 15)


@pytest.mark.parametrize(
    ("key", "says"), [("t", "Enter Follow"), ("slash", "Enter To what is found")]
)
async def test_while_something_is_typed_the_footer_says_what_ends_it(key: str, says: str) -> None:
    async with showing(recorded("docker-28"), view="1") as pilot:
        await pilot.press(key)
        await until(pilot, lambda: f"{says}  Esc Leave" in text_of_screen(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "q Quit" in text_of_screen(pilot))


@pytest.mark.parametrize("keys", [("y",), ("colon",)])
async def test_a_page_of_choices_says_how_to_take_one(keys: tuple[str, ...]) -> None:
    async with showing(recorded("docker-28"), view="1") as pilot:
        await pilot.press(*keys)
        await until(pilot, lambda: text_of_screen(pilot).endswith("Enter Take  Esc Close"))


@pytest.mark.parametrize(
    ("key", "news"),
    [("v", "The tree shows IPv6 now: view 2."), ("w", "The tree says rules in words: view 2.")],
)
async def test_what_becomes_of_a_tree_out_of_sight_is_said(key: str, news: str) -> None:
    async with showing(recorded("docker-28"), view="1") as pilot:
        await pilot.press(key)
        await until(pilot, lambda: news in text_of_screen(pilot))
    async with showing(recorded("docker-28"), WIDE, view="1") as pilot:
        await pilot.press(key)
        await pilot.pause()
        assert news not in text_of_screen(pilot)


@pytest.mark.parametrize(
    ("size", "view", "says"),
    [(SMALL, "2", "Put the cursor on a rule"), (NARROW, "4", "Go to a published port first")],
)
async def test_a_refusal_is_said_also_where_there_is_no_pane_below(
    size: tuple[int, int], view: str, says: str
) -> None:
    async with showing(docker(), size, view=view) as pilot:
        app = app_of(pilot)
        await until(pilot, lambda: app.main.may_plan)
        await pilot.press("x")
        await until(pilot, lambda: says in text_of_screen(pilot))


async def test_the_order_is_said_beside_the_tabs() -> None:
    async with showing(recorded("docker-28"), view="1") as pilot:
        await pilot.press("o")
        await until(pilot, lambda: "by port" in text_of_screen(pilot).splitlines()[1])


async def test_a_search_says_in_which_rules_it_found_nothing() -> None:
    async with showing(recorded("docker-28"), view="2") as pilot:
        await pilot.press("v", "slash", *"8080")
        await until(pilot, lambda: "not found in IPv6" in text_of_screen(pilot))


async def test_a_finding_leads_to_its_exposure_and_escape_back() -> None:
    async with showing(recorded("docker-28"), view="3") as pilot:
        main = app_of(pilot).main
        await pilot.press("enter")
        await until(pilot, lambda: main.view is View.EXPOSURES)
        await pilot.press("escape")
        await until(pilot, lambda: main.view is View.FINDINGS)
        await pilot.press("enter", "2", "1", "escape")
        await pilot.pause()
        assert main.view is View.EXPOSURES


async def test_the_copied_command_asks_the_host_that_is_shown() -> None:
    async with showing(recorded("docker-28"), view="1") as pilot:
        texts = [choice.text for choice in app_of(pilot).main.copies()]
        assert f"--snapshot {recorded('docker-28').name}" in texts[0]


async def test_the_host_view_lists_every_container_in_columns() -> None:
    assert DOCKER.docker is not None
    assert DOCKER.docker.containers is not None
    known = DOCKER.docker.containers[0]
    many: tuple[Container, ...] = tuple(
        replace(known, name=f"c{'x' * (number % 7)}{number}") for number in range(60)
    )
    host = FakeHost(replace(DOCKER, docker=replace(DOCKER.docker, containers=many)))
    async with showing(host, (100, 30), view="4") as pilot:
        main = app_of(pilot).main
        assert all(main.facts.row_of_container(each.name) is not None for each in many)
        await pilot.press("end", "pageup", "pageup")
        lines = [line for line in text_of_screen(pilot).splitlines() if known.image in line]
        assert len(lines) > 5
        assert len({line.index(known.image) for line in lines}) == 1


async def test_advice_is_broken_where_the_screen_ends() -> None:
    advice = " ".join(f"word{number}" for number in range(30))
    host = FakeHost(replace(DOCKER, gaps=(Gap("ss", "It could not be read.", advice),)))
    async with showing(host, SMALL, view="4") as pilot:
        assert "word29" in text_of_screen(pilot)
        await pilot.resize_terminal(*NARROW)
        await until(pilot, lambda: "word7 word8" in text_of_screen(pilot))


async def test_a_list_alone_leaves_its_room_to_the_pane_below() -> None:
    async with showing(recorded("docker-28"), view="3") as pilot:
        main = app_of(pilot).main
        await until(pilot, lambda: main.detail.size.height > 10)
        assert "-j DROP" in text_of_screen(pilot)
        await pilot.press("2")
        await until(pilot, lambda: main.detail.size.height == 6)


def test_a_text_that_is_too_long_for_the_pane_ends_with_a_mark() -> None:
    look = look_for(Terminal())
    detail = Detail(look)
    detail.explanation = Explanation("t", tuple(Remark("r", f"line {n}") for n in range(4)))

    def said(height: int) -> list[str]:
        return ["".join(part.text for part in line) for line in detail.lines(40, height)]

    assert not any(look.glyphs.cut in line for line in said(5))
    assert [line.endswith(look.glyphs.cut) for line in said(4)[:4]] == [False, False, False, True]


def test_a_single_family_is_named_in_few_words() -> None:
    legacy = recorded("legacy").read()
    assert firewall(legacy) == "iptables-legacy v4"
