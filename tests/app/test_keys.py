"""Every key does what its command says."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.driving import app_of, showing, text_of_screen, until
from tests.app.hosts import FakeHost, snapshot_of
from textual.pilot import Pilot

from dockerwall.app.commands import COMMANDS, Where
from dockerwall.model.kinds import Family
from dockerwall.present.node import Kind

KEY_TESTS = (
    "test_keys.py",
    "test_views.py",
    "test_going_about.py",
    "test_copying.py",
    "test_wishing.py",
    "test_previewing.py",
    "test_remembering.py",
)


def tree(pilot: Pilot[None]):  # type: ignore[no-untyped-def]
    """The tree on the screen."""
    return app_of(pilot).main.traversal


async def go_to(pilot: Pilot[None], text: str) -> None:
    """Put the cursor on the first line that holds a text."""
    shown = tree(pilot)
    rows = [row for row in range(shown.count()) if text in shown.unfolded.row(row).node.text]
    shown.cursor = rows[0]
    await pilot.pause()


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (("down",), 1),
        (("j", "j"), 2),
        (("down", "up"), 0),
        (("j", "j", "k"), 1),
        (("up",), 0),
        (("end", "home"), 0),
        (("G", "g"), 0),
        (("pagedown", "pageup"), 0),
        (("ctrl+f", "ctrl+b"), 0),
    ],
)
async def test_the_cursor_moves(keys: tuple[str, ...], row: int) -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await pilot.press(*keys)
        assert tree(pilot).cursor == row


@pytest.mark.parametrize("key", ["end", "G"])
async def test_end_goes_to_the_last_line(key: str) -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await pilot.press(key)
        assert tree(pilot).cursor == tree(pilot).count() - 1
        assert tree(pilot).node.kind is Kind.SECTION


@pytest.mark.parametrize("key", ["pagedown", "ctrl+f"])
async def test_a_page_down_is_less_than_the_height(key: str) -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await pilot.press(key)
        assert tree(pilot).cursor == tree(pilot).size.height - 1


async def test_enter_folds_and_unfolds() -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await go_to(pilot, "DOCKER-USER")
        before = tree(pilot).count()
        await pilot.press("enter")
        assert tree(pilot).count() == before - 3
        await pilot.press("enter")
        assert tree(pilot).count() == before


@pytest.mark.parametrize(("fold", "unfold"), [("left", "right"), ("h", "l")])
async def test_left_folds_then_goes_up_and_right_unfolds_then_goes_down(
    fold: str, unfold: str
) -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await go_to(pilot, "DOCKER-USER")
        place, before = tree(pilot).cursor, tree(pilot).count()
        await pilot.press(fold)
        assert tree(pilot).count() == before - 3
        await pilot.press(fold)
        assert tree(pilot).node.kind is Kind.BASE
        tree(pilot).cursor = place
        await pilot.press(unfold, unfold)
        assert (tree(pilot).cursor, tree(pilot).count()) == (place + 1, before)


async def test_star_unfolds_everything_below_and_folds_it_again() -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await go_to(pilot, "nothing jumps here")
        before = tree(pilot).count()
        await pilot.press("asterisk")
        assert tree(pilot).count() == before + 2
        await pilot.press("asterisk")
        assert tree(pilot).count() == before


async def test_v_switches_between_the_families() -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        seen = [app_of(pilot).main.picture.families]  # type: ignore[union-attr]
        for _ in range(3):
            await pilot.press("v")
            seen.append(app_of(pilot).main.picture.families)  # type: ignore[union-attr]
        both = (Family.IPV4, Family.IPV6)
        assert seen == [(Family.IPV4,), (Family.IPV6,), both, (Family.IPV4,)]


async def test_w_shows_rules_in_words_and_as_text() -> None:
    async with showing(FakeHost(snapshot_of()), (160, 50)) as pilot:
        assert "Packets from 198.51.100.0/24 are dropped" not in text_of_screen(pilot)
        await pilot.press("w")
        assert "Packets from 198.51.100.0/24 are dropped" in text_of_screen(pilot)
        await pilot.press("w")
        assert "Packets from 198.51.100.0/24 are dropped" not in text_of_screen(pilot)


async def test_search_finds_while_typing_and_n_goes_on() -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await pilot.press("slash", *"172.17.0.2")
        await until(pilot, lambda: "1 of 3" in text_of_screen(pilot))
        found = [tree(pilot).node.rule.chain]
        await pilot.press("enter", "n")
        found.append(tree(pilot).node.rule.chain)
        await pilot.press("n")
        found.append(tree(pilot).node.rule.chain)
        assert "3 of 3" in text_of_screen(pilot)
        await pilot.press("N")
        found.append(tree(pilot).node.rule.chain)
        assert found == ["PREROUTING", "DOCKER", "DOCKER", "DOCKER"]
        assert "2 of 3" in text_of_screen(pilot)


async def test_a_search_opens_folded_chains() -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await pilot.press("slash", *"203.0.113.7", "enter")
        await until(pilot, lambda: tree(pilot).node.rule is not None)
        assert tree(pilot).node.rule.chain == "LOST"


async def test_a_search_that_finds_nothing_says_so() -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await pilot.press("slash", *"nowhere")
        await until(pilot, lambda: "not found" in text_of_screen(pilot))
        assert tree(pilot).cursor == 0


async def test_escape_ends_the_search_and_never_leaves() -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await pilot.press("slash", *"drop", "escape")
        assert not app_of(pilot).main.prompt.display
        assert app_of(pilot).focused is tree(pilot)
        await pilot.press("escape", "escape")
        assert app_of(pilot).is_running


async def test_the_prompt_is_edited_like_a_line() -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        prompt = app_of(pilot).main.prompt
        await pilot.press("slash", *"dron", "backspace", "p")
        assert prompt.text == "drop"
        await pilot.press("home", "x", "delete", "end", "left", "y")
        assert prompt.text == "xroyp"
        await pilot.press("space", "z", "ctrl+w")
        assert prompt.text == "xroy p"[:5] + "p"
        await pilot.press("ctrl+u")
        assert prompt.text == "p"


@pytest.mark.parametrize("key", ["f5", "r"])
async def test_the_host_is_read_again(key: str) -> None:
    host = FakeHost(snapshot_of())
    async with showing(host) as pilot:
        await pilot.press(key)
        await until(pilot, lambda: host.read_count == 2)


async def test_space_freezes_and_lets_go() -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await pilot.press("space")
        assert "FROZEN 14:02:07" in text_of_screen(pilot)
        await pilot.press("space")
        assert "FROZEN" not in text_of_screen(pilot)


@pytest.mark.parametrize("back", ["escape", "q"])
async def test_help_opens_and_closes(back: str) -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await pilot.press("question_mark")
        assert "Unfold or fold what is under the cursor." in text_of_screen(pilot)
        await pilot.press(back)
        assert app_of(pilot).screen is app_of(pilot).main


async def test_help_works_before_anything_was_read() -> None:
    host = FakeHost(snapshot_of())
    host.gate.clear()
    from tests.app.driving import app_for

    async with app_for(host).run_test() as pilot:
        await pilot.press("question_mark")
        assert "Leave. Nothing is changed by it, and a trial runs on." in "".join(
            "".join(part.text for part in row)
            for row in pilot.app.screen.query_one("#help").rows  # type: ignore[attr-defined]
        )
        host.gate.set()


@pytest.mark.parametrize("key", ["ctrl+p", "colon"])
async def test_the_palette_runs_a_command_by_name(key: str) -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await pilot.press(key, *"still", "enter")
        await until(pilot, lambda: "FROZEN" in text_of_screen(pilot))


async def test_the_palette_is_left_without_a_command() -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await pilot.press("ctrl+p", "down", "up", "escape")
        await until(pilot, lambda: app_of(pilot).screen is app_of(pilot).main)


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
async def test_the_program_is_left(key: str) -> None:
    async with showing(FakeHost(snapshot_of())) as pilot:
        await pilot.press(key)
        await until(pilot, lambda: not pilot.app.is_running)
        assert pilot.app.return_code == 0


async def test_m_goes_from_one_moving_counter_to_the_next() -> None:
    from tests.app.driving import reread
    from tests.app.hosts import RULES, counted

    first = snapshot_of()
    text = counted(RULES, [("[40:2100]", "[41:2160]"), ("[5700:310000]", "[5701:310060]")])
    async with showing(FakeHost(first, snapshot_of(text, previous=first))) as pilot:
        await reread(pilot)
        await pilot.press("m")
        assert tree(pilot).node.rule.chain == "DOCKER-USER"
        await pilot.press("m")
        assert tree(pilot).node.rule.chain == "DOCKER-FORWARD"


def test_every_command_is_tried() -> None:
    """A new command needs a test: its keys are looked for in the tests that press keys."""
    source = "".join((Path(__file__).parent / name).read_text() for name in KEY_TESTS)
    tried = {"suspend"}  # in test_pty: it needs a real terminal
    for command in COMMANDS:
        if command.id in tried or command.where is Where.PAGE:
            continue
        assert all(f'"{key}"' in source for key in command.keys), command.id
