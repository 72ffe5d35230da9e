"""A refresh changes what changed and nothing else."""

from __future__ import annotations

from dataclasses import replace

from tests.app.driving import WIDE, app_for, app_of, reread, showing, text_of_screen, until
from tests.app.hosts import RULES, FakeHost, counted, recorded, snapshot_of

from dockerwall.app.standing import Standing
from dockerwall.model.snapshot import Gap

MOVED = counted(RULES, [("[40:2100]", "[52:2820]")])
INSERTED = RULES.replace(
    "[40:2100] -A DOCKER-USER",
    "[0:0] -A DOCKER-USER -s 192.0.2.1/32 -j DROP\n[40:2100] -A DOCKER-USER",
)


async def test_a_moved_counter_stands_out_for_one_reading() -> None:
    first = snapshot_of()
    second = snapshot_of(MOVED, previous=first)
    async with showing(FakeHost(first, second, second), WIDE) as pilot:
        assert "    40 2.1k " in text_of_screen(pilot)
        await reread(pilot)
        assert " +  52 2.8k  +6.0/s " in text_of_screen(pilot)
        await reread(pilot)
        assert "    52 2.8k  " in text_of_screen(pilot)


async def test_only_moved_counters_are_drawn_again() -> None:
    first = snapshot_of()
    second = snapshot_of(MOVED, previous=first)
    async with showing(FakeHost(first, second), WIDE) as pilot:
        tree = app_of(pilot).main.traversal
        drawn: list[int] = []
        draw = tree.draw
        tree.draw = lambda row, *rest: drawn.append(row) or draw(row, *rest)  # type: ignore[method-assign,func-returns-value]
        await reread(pilot)
        assert [tree.unfolded.row(row).node.rule.text for row in drawn] == [  # type: ignore[union-attr]
            '-A DOCKER-USER -s 198.51.100.0/24 -m comment --comment "abuse" -j DROP'
        ]


async def test_cursor_and_folding_survive_rules_inserted_above() -> None:
    first = snapshot_of()
    second = snapshot_of(INSERTED, previous=first)
    async with showing(FakeHost(first, second), WIDE) as pilot:
        tree = app_of(pilot).main.traversal
        texts = [tree.unfolded.row(row).node.text for row in range(tree.count())]
        tree.cursor = texts.index("#2 -j DOCKER-FORWARD")
        await pilot.press("left")
        tree.cursor = next(i for i, text in enumerate(texts) if "198.51.100.0" in text)
        before = tree.count()
        await reread(pilot)
        assert tree.count() == before + 1
        assert "198.51.100.0" in tree.node.text  # type: ignore[union-attr]
        assert tree.node.rule.number == 2  # type: ignore[union-attr]


async def test_a_vanished_line_leaves_the_cursor_on_what_held_it() -> None:
    first = snapshot_of(INSERTED)
    second = snapshot_of(RULES, previous=first)
    async with showing(FakeHost(first, second), WIDE) as pilot:
        tree = app_of(pilot).main.traversal
        texts = [tree.unfolded.row(row).node.text for row in range(tree.count())]
        tree.cursor = next(i for i, text in enumerate(texts) if "192.0.2.1" in text)
        await reread(pilot)
        assert tree.node.target == "DOCKER-USER"  # type: ignore[union-attr]


async def test_a_frozen_picture_ignores_what_arrives() -> None:
    first = snapshot_of()
    host = FakeHost(first, snapshot_of(MOVED, previous=first))
    async with showing(host) as pilot:
        app = app_of(pilot)
        before = app.main.picture
        await pilot.press("space")
        app._ask()
        await until(pilot, lambda: not app.reader.busy)
        assert app.main.picture is before
        await pilot.press("space")
        await until(pilot, lambda: app.main.picture is not before)


async def test_a_failed_reading_keeps_the_picture_and_marks_it_stale() -> None:
    host = FakeHost(snapshot_of(), RuntimeError("iptables-save: cannot fork"), snapshot_of())
    async with showing(host) as pilot:
        app = app_of(pilot)
        await pilot.press("f5")
        await until(pilot, lambda: "STALE since 14:02:07" in text_of_screen(pilot))
        assert "PREROUTING" in text_of_screen(pilot)
        await pilot.press("f5")
        await until(pilot, lambda: app.main.header.clockface.standing is Standing.LIVE)


async def test_a_host_that_cannot_be_read_at_all_is_no_empty_tree() -> None:
    app = app_for(FakeHost(OSError("no such program")))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "could not be read" in text_of_screen(pilot))
        assert "OSError: no such program" in text_of_screen(pilot)


async def test_an_answer_that_does_not_come_is_stale() -> None:
    host = FakeHost(snapshot_of())
    app = app_for(host, interval=0.02)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.main.picture is not None)
        host.gate.clear()
        await until(pilot, lambda: "STALE" in text_of_screen(pilot))
        host.gate.set()
        await until(pilot, lambda: "STALE" not in text_of_screen(pilot))


async def test_without_privilege_the_screen_says_what_to_do() -> None:
    gap = Gap(
        "iptables-save.nft",
        "iptables-nft-save was refused: Permission denied (you must be root).",
        "Run dockerwall-tui as root.",
        denied=True,
    )
    host = FakeHost(snapshot_of(None, None, gaps=(gap,)))
    async with showing(host) as pilot:
        text = text_of_screen(pilot)
        assert "The firewall is unknown: it needs root." in text
        assert "sudo dockerwall-tui" in text


async def test_without_privilege_over_ssh_the_screen_says_what_to_do_there() -> None:
    gap = Gap("iptables-save.nft", "it was refused.", "Log in as root.", denied=True)
    host = FakeHost(snapshot_of(None, None, gaps=(gap,)))
    host.name = "anna@far:2022"
    async with showing(host) as pilot:
        text = text_of_screen(pilot)
        assert "dockerwall-tui --ssh root@far:2022" in text
        assert "sudo dockerwall-tui" not in text


async def test_leaving_does_not_wait_for_a_stuck_reading() -> None:
    host = FakeHost(snapshot_of())
    async with showing(host) as pilot:
        host.gate.clear()
        await pilot.press("f5", "q")
        await until(pilot, lambda: not pilot.app.is_running)
        host.gate.set()


async def test_hostile_text_is_shown_as_text() -> None:
    text = RULES.replace('"abuse"', '"[red]x[/red] \x1b[2J \u202e"')
    async with showing(FakeHost(snapshot_of(text)), (200, 50)) as pilot:
        shown = text_of_screen(pilot)
        assert "[red]x[/red] \\x1b[2J \\u{202e}" in shown
        assert "\x1b" not in shown


async def test_a_small_terminal_says_so_and_resizing_brings_the_view_back() -> None:
    async with showing(FakeHost(snapshot_of()), (59, 24)) as pilot:
        assert "Terminal too small: needs 60x15" in text_of_screen(pilot)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "PREROUTING" in text_of_screen(pilot))


async def test_docker_lost_and_found_again() -> None:
    whole = recorded("docker-28").read()
    gap = Gap("docker-info.json", "Docker does not answer.", "See systemctl status docker.")
    lost = replace(whole, docker=None, gaps=(gap,))
    host = FakeHost(whole, lost, whole)
    async with showing(host, WIDE) as pilot:
        assert "docker 28.5.2" in text_of_screen(pilot)
        await reread(pilot)
        assert "no docker" in text_of_screen(pilot)
        assert "1 not read" in text_of_screen(pilot)
        await reread(pilot)
        assert "docker 28.5.2" in text_of_screen(pilot)
        assert "not read" not in text_of_screen(pilot)
