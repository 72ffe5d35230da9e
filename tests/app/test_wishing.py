"""What can be wished for the port or rule under the cursor, and the keys that lead there."""

from __future__ import annotations

import pytest
from tests.app.changing import FakeChanging
from tests.app.driving import app_of, text_of_screen, until
from tests.app.hosts import FakeHost, recorded
from tests.app.working import (
    at_work,
    docker,
    go_to_rule,
    settled,
    words_of,
)

from dockerwall.app.editing.menu import MenuPage
from dockerwall.app.editing.preview import PreviewPage


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
        page = app_of(pilot).screen
        assert isinstance(page, PreviewPage)
        assert page.planned is not None


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
    name = (host.read().ipsets or ())[0].name
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
