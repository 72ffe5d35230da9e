"""A key is meant for the line that was seen: lines may move, but not under the cursor."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.app.changing import FakeChanging, Stopwatch
from tests.app.driving import app_for, app_of, forward, reread, text_of_screen, until
from tests.app.hosts import RULES, FakeHost, recorded, snapshot_of
from tests.app.working import WEB, at_work, docker, go_to_rule, words_of
from textual.pilot import Pilot

from dockerwall.app.editing.preview import PreviewPage
from dockerwall.app.footing import LOOK_AGAIN, REFLEX, Footing
from dockerwall.app.recognition import place_among
from dockerwall.model.snapshot import Snapshot
from dockerwall.present.exposures import Row, rows
from dockerwall.session import Session

DOCKER = recorded("docker-28").read()
NAMELESS = replace(DOCKER, docker=None)
OTHER = recorded("host-network").read()


def host(*readings: Snapshot) -> FakeHost:
    """A host that can be changed, and time that passes when told to."""
    made = FakeHost(*readings)
    made.changing = FakeChanging()
    made.can_declare = True
    return made


async def judged_again(pilot: Pilot[None], ask: Callable[[], object]) -> None:
    """Wait until another judgement is shown."""
    main = app_of(pilot).main
    before = main.judgement
    ask()
    await until(pilot, lambda: main.judgement is not before)


def here(pilot: Pilot[None]) -> Row:
    """The exposure under the cursor."""
    row = app_of(pilot).main.exposures.current
    assert row is not None
    return row


async def test_the_cursor_stays_on_its_port_when_docker_answers_at_last() -> None:
    async with at_work(host(NAMELESS, DOCKER), row=None) as pilot:
        app = app_of(pilot)
        await pilot.press("j", "j", "j")
        assert (here(pilot).port, here(pilot).families) == ("6379/tcp", "IPv4")
        await judged_again(pilot, app.look_again)
        assert (here(pilot).port, here(pilot).container) == ("6379/tcp", "redis")
        assert here(pilot).families == "IPv4"
        await pilot.press("x")
        assert words_of(pilot) == ("close", "6379/tcp")


async def test_while_nobody_has_typed_the_worst_stays_under_the_cursor() -> None:
    async with at_work(host(NAMELESS, DOCKER), row=None) as pilot:
        app = app_of(pilot)
        assert here(pilot).port == "8080/tcp"
        await judged_again(pilot, app.look_again)
        assert app.main.exposures.cursor == 0
        assert here(pilot).port == "6379/tcp"


async def test_a_key_for_a_line_that_is_gone_does_nothing() -> None:
    async with at_work(host(DOCKER, OTHER), row=5) as pilot:
        app = app_of(pilot)
        assert here(pilot).port == "5432/tcp"
        await judged_again(pilot, app.look_again)
        for key in ("x", "e", "equals_sign"):
            await pilot.press(key)
            assert app.screen is app.main
            assert not app.main.prompt.display
            assert LOOK_AGAIN.split(":")[0] in text_of_screen(pilot)
        forward(pilot, 1)
        app.main.exposures.cursor = 4
        await pilot.press("x")
        assert words_of(pilot) == ("close", "8080/tcp")


async def test_a_key_typed_at_the_tree_does_nothing_to_the_exposures_that_come_up() -> None:
    app = app_for(host(DOCKER))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.main.judgement is not None and not app.desk.busy)
        assert app.main.active is app.main.exposures
        await pilot.press("x")
        assert app.screen is app.main
        forward(pilot, 1)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, PreviewPage))


async def test_what_is_declared_is_what_the_cursor_was_on_when_it_was_asked() -> None:
    made = host(DOCKER, OTHER)
    async with at_work(made, row=WEB) as pilot:
        app = app_of(pilot)
        await pilot.press("equals_sign")
        await judged_again(pilot, app.look_again)
        await pilot.press("enter")
        await until(pilot, lambda: made.declared)
        assert [(each.port, each.container) for each in made.declared] == [(8080, "web")]


async def test_a_proof_is_about_the_port_it_was_asked_for() -> None:
    async with at_work(docker()) as pilot:
        main = app_of(pilot).main
        await pilot.press("enter")
        await until(pilot, lambda: main.proof.proof is not None)
        main.exposures.cursor = 0
        await pilot.press("x")
        assert words_of(pilot) == ("close", "8080/tcp")


@pytest.mark.parametrize(
    ("packet", "offered"),
    [("198.51.100.7 eth0 8080", True), ("198.51.100.7 eth0 6379", False)],
)
async def test_a_packet_of_ones_own_is_about_the_port_at_hand_or_none(
    packet: str, offered: bool
) -> None:
    async with at_work(docker()) as pilot:
        main = app_of(pilot).main
        await pilot.press("t")
        main.prompt.put("")
        await pilot.press(*packet, "enter")
        await until(pilot, lambda: main.proof.proof is not None)
        await pilot.press("e")
        await pilot.pause()
        assert ("8080/tcp of web" in text_of_screen(pilot)) is offered


async def test_a_key_for_a_rule_that_is_gone_does_nothing() -> None:
    rule = next(line for line in RULES.splitlines() if "abuse" in line)
    made = host(snapshot_of(RULES), snapshot_of(RULES.replace(f"{rule}\n", "")))
    async with at_work(made, row=None) as pilot:
        app = app_of(pilot)
        await go_to_rule(pilot, "-s 198.51.100.0/24")
        await reread(pilot)
        await pilot.press("x")
        assert app.screen is app.main
        assert LOOK_AGAIN.split(":")[0] in text_of_screen(pilot)


async def test_a_rule_that_another_came_before_is_still_the_one_that_is_meant() -> None:
    rule = next(line for line in RULES.splitlines() if "abuse" in line)
    more = RULES.replace(rule, f"[0:0] -A DOCKER-USER -s 192.0.2.7/32 -j DROP\n{rule}")
    async with at_work(host(snapshot_of(RULES), snapshot_of(more)), row=None) as pilot:
        await go_to_rule(pilot, "-s 198.51.100.0/24")
        await reread(pilot)
        await pilot.press("x")
        assert words_of(pilot) == ("delete", "DOCKER-USER", "2")


def test_families_that_part_or_come_together_are_one_port() -> None:
    judgement = Session(recorded("docker-28")).judge(DOCKER)
    listed = rows(judgement.world, judgement.exposures)
    both = next(number for number, row in enumerate(listed) if len(row.exposures) == 2)
    alone = replace(listed[both], exposures=listed[both].exposures[1:])
    assert place_among(listed, alone) == both
    assert place_among([alone], listed[both]) == 0
    assert place_among([row for row in listed if row.port != alone.port], alone) is None


def test_a_port_of_the_same_number_elsewhere_is_another() -> None:
    """At another address of the host, or of another container once both are known by name."""
    judgement = Session(FakeHost(DOCKER)).judge(DOCKER)
    (row,) = [
        each
        for each in rows(judgement.world, judgement.exposures)
        if each.port == "8082/tcp" and each.container == "app"
    ]

    def told(**changes: Any) -> Row:
        offers = [replace(each.offer, **changes) for each in row.exposures]
        parts = zip(row.exposures, offers, strict=True)
        return replace(row, exposures=tuple(replace(each, offer=offer) for each, offer in parts))

    assert place_among([told(container=None)], row) == 0
    assert place_among([row], told(container=None)) == 0
    assert place_among([told(container="other")], row) is None
    assert place_among([told(container=None, host_ip="203.0.113.1")], row) is None


def test_a_key_counts_from_when_it_was_typed() -> None:
    clock = Stopwatch()
    footing = Footing(clock)

    def is_firm_for_a_key_typed(seconds: float) -> bool:
        footing.typed(time.monotonic() - seconds)
        return footing.firm

    assert not footing.touched
    clock.forward(10)
    footing.slip()
    clock.forward(5)
    assert is_firm_for_a_key_typed(0)
    assert not is_firm_for_a_key_typed(5)  # it waited that long
    clock.forward(REFLEX + 1)
    assert is_firm_for_a_key_typed(5)
    assert footing.touched
