"""Changes on the screen: from the port or rule under the cursor to the trial and its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.app.changing import CLIENT, PLAN, FakeChanging, Stopwatch
from tests.app.driving import NARROW, WIDE, app_for, app_of, text_of_screen, until
from tests.app.hosts import FakeHost, recorded
from textual import events
from textual.pilot import Pilot

from dockerwall.app.editing.ended import EndPage
from dockerwall.app.editing.history import HistoryPage
from dockerwall.app.editing.menu import MenuPage
from dockerwall.app.editing.preview import PreviewPage
from dockerwall.app.editing.trial import TrialPage
from dockerwall.changes import ChangeError, Denial, Ending, OnTrial
from dockerwall.editing.edited import edited_snapshot
from dockerwall.model.snapshot import Snapshot

WEB, REDIS6 = 1, 0
"""Rows of the recorded host: 8080/tcp of web, and 6379/tcp of redis by docker-proxy."""

_SNAPSHOT: list[Snapshot] = []


def docker(changing: FakeChanging | None = None, *, live: bool = True) -> FakeHost:
    """A Docker host that can be changed."""
    if not _SNAPSHOT:
        _SNAPSHOT.append(recorded("docker-28").read())
    host = FakeHost(_SNAPSHOT[0], live=live)
    if live:
        host.changing = changing or FakeChanging()
    return host


@asynccontextmanager
async def at_work(
    host: FakeHost, row: int | None = WEB, size: tuple[int, int] = NARROW
) -> AsyncIterator[Pilot[None]]:
    """The application in its exposures, the cursor on a row; time passes only when told to."""
    app = app_for(host)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.main.judgement is not None and not app.desk.busy)
        if row is not None:
            await pilot.press("1")
            app.main.exposures.cursor = row
        await pilot.pause()
        yield pilot


async def settled(pilot: Pilot[None]) -> None:
    """Wait until nothing is under way; then let the moment pass in which a dialog takes no key."""
    app = app_of(pilot)
    await until(pilot, lambda: not app.desk.busy)
    forward(pilot, 1)


def forward(pilot: Pilot[None], seconds: float) -> None:
    """Let time pass."""
    clock = app_of(pilot).desk.clock
    if isinstance(clock, Stopwatch):
        clock.forward(seconds)


async def go_to_rule(pilot: Pilot[None], text: str) -> None:
    """Put the tree's cursor on the first rule that holds a text."""
    await pilot.press("2")
    tree = app_of(pilot).main.traversal
    rows = [row for row in range(tree.count()) if text in tree.unfolded.row(row).node.text]
    tree.cursor = rows[0]
    await pilot.pause()


def words_of(pilot: Pilot[None]) -> tuple[str, ...]:
    """The words of the wish whose preview is shown."""
    page = app_of(pilot).screen
    assert isinstance(page, PreviewPage)
    assert page.wish is not None
    return page.wish.words


async def on_trial(pilot: Pilot[None]) -> None:
    """Close the port under the cursor, as far as the trial."""
    await pilot.press("x")
    await settled(pilot)
    await pilot.press(*"apply", "enter")
    await settled(pilot)
    assert isinstance(app_of(pilot).screen, TrialPage)


# From the cursor to the preview.


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("x",), ("close", "8080/tcp")),
        (("e", "c"), ("close", "8080/tcp")),
        (("e", "enter"), ("close", "8080/tcp")),
        (("e", "l"), ("lan-only", "8080/tcp")),
        (("e", "down", "enter"), ("lan-only", "8080/tcp")),
        (("e", "o", "enter"), ("only", "me", "to", "8080/tcp")),
        (("e", "a", "enter"), ("allow", "me", "to", "8080/tcp")),
        (("e", "w"), ("lan-only",)),
    ],
)
async def test_three_keys_at_most_lead_from_a_port_to_a_preview(
    keys: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert len(keys) <= 3
    async with at_work(docker()) as pilot:
        await pilot.press(*keys)
        assert words_of(pilot) == words
        await settled(pilot)
        assert app_of(pilot).screen.planned is not None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("keys", "answer", "words"),
    [
        ("ea", "198.51.100.0/24", ("allow", "198.51.100.0/24", "to", "8080/tcp")),
        ("ea", "192.0.2.1-192.0.2.9", ("allow", "192.0.2.1-192.0.2.9", "to", "8080/tcp")),
        ("eo", "10.0.0.0/8, me", ("only", "10.0.0.0/8", "me", "to", "8080/tcp")),
        ("es", "office create", ("use-set", "office", "create", "for", "8080/tcp")),
        ("eb", "198.51.100.7", ("block", "198.51.100.7")),
        ("ef", "eth0 docker0", ("forward", "eth0", "docker0")),
        ("e+", "office 192.0.2.1", ("set", "add", "office", "192.0.2.1")),
        ("e-", "office 192.0.2.1", ("set", "del", "office", "192.0.2.1")),
    ],
)
async def test_what_is_missing_is_asked_for(keys: str, answer: str, words: tuple[str, ...]) -> None:
    async with at_work(docker()) as pilot:
        await pilot.press(*keys, "ctrl+e", "ctrl+u", *answer, "enter")
        assert words_of(pilot) == words


async def test_the_name_of_an_ipset_stands_for_it() -> None:
    host = FakeHost(recorded("ipsets").read())
    name = (host.readings[0].ipsets or ())[0].name  # type: ignore[union-attr]
    async with at_work(host, row=0) as pilot:
        await pilot.press("e", "b", *name, "enter")
        assert words_of(pilot) == ("block", f"set:{name}")


async def test_a_wrong_answer_is_named_and_can_be_mended() -> None:
    async with at_work(docker()) as pilot:
        await pilot.press("e", "a", "ctrl+u", *"nowhere", "enter")
        assert "'nowhere' is no source" in text_of_screen(pilot)
        await pilot.press("ctrl+u", *"192.0.2.7", "enter")
        assert words_of(pilot) == ("allow", "192.0.2.7", "to", "8080/tcp")


async def test_the_operators_own_address_is_proposed_only_where_it_is_known() -> None:
    changing = FakeChanging()
    changing.ssh = lambda: None  # type: ignore[method-assign]
    async with at_work(docker(changing)) as pilot:
        await pilot.press("e", "a")
        page = app_of(pilot).screen
        assert isinstance(page, MenuPage)
        assert page.prompt.text == ""
        await pilot.press(*"me", "enter")
        assert "Your own address is not known" in text_of_screen(pilot)


async def test_esc_goes_back_step_by_step_and_nothing_is_done() -> None:
    host = docker()
    async with at_work(host) as pilot:
        await pilot.press("e", "a", "escape")
        assert isinstance(app_of(pilot).screen, MenuPage)
        await pilot.press("escape")
        assert app_of(pilot).screen is app_of(pilot).main


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("x",), ("delete", "DOCKER-USER", "2")),
        (("e", "x"), ("delete", "DOCKER-USER", "2")),
        (("e", "u"), ("move", "DOCKER-USER", "2", "up")),
        (("e", "d"), ("move", "DOCKER-USER", "2", "down")),
        (("e", "t"), ("off", "DOCKER-USER", "2")),
        (("i", *"-j LOG", "enter"), ("insert", "DOCKER-USER", "2", "-j LOG")),
        (("e", "i", *"-j LOG", "enter"), ("insert", "DOCKER-USER", "2", "-j LOG")),
        (("e", "n", *"-j LOG", "enter"), ("insert", "DOCKER-USER", "3", "-j LOG")),
    ],
)
async def test_a_rule_of_the_tree_is_changed(keys: tuple[str, ...], words: tuple[str, ...]) -> None:
    async with at_work(docker()) as pilot:
        await go_to_rule(pilot, "-s 203.0.113.0/27 -i eth0")
        await pilot.press(*keys)
        assert words_of(pilot) == words
        await settled(pilot)
        assert "DOCKER-USER, IPv4" in text_of_screen(pilot)


async def test_dockers_own_rules_are_not_offered() -> None:
    async with at_work(docker()) as pilot:
        await go_to_rule(pilot, "-d 172.30.0.2/32")
        await pilot.press("x")
        screen = text_of_screen(pilot)
        assert "Docker's own chain" in screen or "Only rules of the filter table" in screen


async def test_the_port_of_a_proof_can_be_closed_from_the_tree() -> None:
    async with at_work(docker()) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: app_of(pilot).main.proof.proof is not None)
        await pilot.press("x")
        assert words_of(pilot) == ("close", "8080/tcp")


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("LAN only", "lan-only"),
        ("no container", "block"),
        ("interface to another", "forward"),
        ("Add a member", "set add"),
        ("Delete a member", "set del"),
    ],
)
async def test_the_palette_holds_what_is_about_the_whole_host(typed: str, asked: str) -> None:
    async with at_work(docker()) as pilot:
        await pilot.press("ctrl+p", *typed, "enter")
        await until(pilot, lambda: isinstance(app_of(pilot).screen, MenuPage | PreviewPage))
        await pilot.pause()
        page = app_of(pilot).screen
        if isinstance(page, PreviewPage):
            assert words_of(pilot) == ("lan-only",)
        else:
            assert f"{asked} ..." in text_of_screen(pilot)


# The preview.


async def test_the_preview_says_everything_before_anything_is_done() -> None:
    host = docker()
    async with at_work(host, size=WIDE) as pilot:
        await pilot.press("x")
        await settled(pilot)
        page = app_of(pilot).screen
        assert isinstance(page, PreviewPage)
        said = "\n".join(p.lead.text + p.text.text for p in page.sheet.paragraphs)
        for heading in ("Rules", "Who gains, who loses", "Commands that do the same"):
            assert heading in said
        assert said.index("never pass") < said.index("\nRules") < said.index("\nWho gains")
        assert page.text_to_copy.startswith("iptables-nft -w 5 -I DOCKER-USER 2 -i eth0")
        assert isinstance(host.changing, FakeChanging)
        assert host.changing.applied == []


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
        assert host.changing.applied == []  # type: ignore[union-attr]


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
        assert host.changing.applied == []  # type: ignore[union-attr]


async def test_what_arrives_as_the_dialog_opens_is_lost() -> None:
    host = docker()
    async with at_work(host) as pilot:
        await pilot.press("x")
        await until(pilot, lambda: not app_of(pilot).desk.busy)
        await pilot.press(*"apply", "enter")
        page = app_of(pilot).screen
        assert isinstance(page, PreviewPage)
        assert page.confirm.text == ""
        assert host.changing.applied == []  # type: ignore[union-attr]


async def test_a_pasted_word_does_not_count() -> None:
    host = docker()
    async with at_work(host) as pilot:
        await pilot.press("x")
        await settled(pilot)
        page = app_of(pilot).screen
        assert isinstance(page, PreviewPage)
        page.confirm.post_message(events.Paste("apply\n"))
        await pilot.pause()
        assert page.confirm.text == ""
        await pilot.press("enter")
        assert host.changing.applied == []  # type: ignore[union-attr]


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
        await pilot.press("x")
        await settled(pilot)
        page = app_of(pilot).screen
        assert isinstance(page, PreviewPage)
        assert "for them this plan writes to INPUT" in text_of_screen(pilot).replace("\n   ", "")
        assert "ip6tables-nft -w 5 -I INPUT" in page.text_to_copy
        await pilot.press("i")
        await settled(pilot)
        assert "i plans with them" in text_of_screen(pilot)
        assert "INPUT" not in page.text_to_copy
        await pilot.press("i")
        await settled(pilot)
        assert "INPUT" in page.text_to_copy


async def test_a_row_of_one_family_is_closed_for_that_family() -> None:
    async with at_work(docker(), row=REDIS6) as pilot:
        await pilot.press("x")
        await settled(pilot)
        page = app_of(pilot).screen
        assert isinstance(page, PreviewPage)
        assert page.text_to_copy.startswith("ip6tables-nft")
        assert "IPv4 is left as it is" in text_of_screen(pilot)


async def test_the_preview_scrolls_with_the_keys_of_a_list() -> None:
    async with at_work(docker()) as pilot:
        await pilot.press("x")
        await settled(pilot)
        page = app_of(pilot).screen
        assert isinstance(page, PreviewPage)
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


def failing(where: str, error: Exception) -> Callable[[str], None]:
    """Trouble in one place."""

    def trouble(what: str) -> None:
        if what == where:
            raise error

    return trouble


# Applying, the trial, and its end.


async def test_a_port_is_closed_put_on_trial_and_kept() -> None:
    host = docker()
    async with at_work(host) as pilot:
        changing = host.changing
        assert isinstance(changing, FakeChanging)
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
        assert host.changing.past[-1].standing == "taken back"  # type: ignore[union-attr]
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
        changing = host.changing
        assert isinstance(changing, FakeChanging)
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
        assert len(host.changing.ended) == 1  # type: ignore[union-attr]


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


# History and undoing.


async def test_the_history_lists_changes_and_undoes_one() -> None:
    host = docker()
    async with at_work(host) as pilot:
        changing = host.changing
        assert isinstance(changing, FakeChanging)
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
        assert host.changing.applied == []  # type: ignore[union-attr]
        assert "Changes are locked" in text_of_screen(pilot)
