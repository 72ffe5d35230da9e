"""Exposures, proof, what-if, findings and host: the views and the ways between them."""

from __future__ import annotations

import pytest
from tests.app.driving import NARROW, WIDE, app_for, app_of, showing, text_of_screen, until
from tests.app.hosts import FakeHost, recorded, snapshot_of

from dockerwall.app.views import View
from dockerwall.present.exposures import Row

DOCKER = "docker-28"


def titles_of(rows: list[Row]) -> list[str]:
    """Severity, port and container of each row."""
    return [f"{row.severity} {row.port} {row.container}" for row in rows]


@pytest.mark.parametrize(
    ("key", "view"),
    [("1", View.EXPOSURES), ("2", View.TRAVERSAL), ("3", View.FINDINGS), ("4", View.HOST)],
)
@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_each_view_has_a_key(key: str, view: View, size: tuple[int, int]) -> None:
    async with showing(recorded(DOCKER), size, view=key) as pilot:
        main = app_of(pilot).main
        assert main.view is view
        assert app_of(pilot).focused is main.active


@pytest.mark.parametrize("key", ["tab", "shift+tab"])
async def test_tab_goes_between_list_and_tree(key: str) -> None:
    async with showing(recorded(DOCKER), WIDE, view="3") as pilot:
        main = app_of(pilot).main
        await pilot.press(key)
        assert main.active.id == "tree"
        await pilot.press(key)
        assert main.active.id == "findings"


async def test_the_exposures_come_first_once_they_are_known() -> None:
    app = app_for(recorded(DOCKER))
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: app.main.judgement is not None)
        assert app.focused is app.main.exposures
        assert "SEVERITY" in text_of_screen(pilot)


async def test_an_operator_at_work_in_the_tree_is_not_interrupted() -> None:
    host = FakeHost(snapshot_of())
    app = app_for(host)
    judgements: list[object] = []
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: app.main.picture is not None)
        if app.main.judgement is None:
            await pilot.press("down")
        await until(pilot, lambda: app.main.judgement is not None)
        judgements.append(app.main.judgement)
        expected = app.main.traversal if app.main.traversal.touched else app.main.exposures
        assert app.focused is expected


async def test_the_worst_come_first_and_say_who_gets_in() -> None:
    async with showing(recorded(DOCKER), view="1") as pilot:
        rows = app_of(pilot).main.exposures.shown
        order = [str(row.severity) for row in rows]
        worst = ["exposed", "allowlisted", "unknown", "lan", "local", "closed"]
        assert order == sorted(order, key=worst.index)
        first = next(line for line in text_of_screen(pilot).splitlines() if "web" in line)
        assert first.split()[:3] == ["!!", "exposed", "8080/tcp"]
        assert first.split()[-4:-1] == ["all", "all", "all"]


async def test_a_filter_hides_what_does_not_hold_the_text() -> None:
    async with showing(recorded(DOCKER), view="1") as pilot:
        main = app_of(pilot).main
        total = main.exposures.count()
        await pilot.press("slash", *"redis")
        assert 0 < main.exposures.count() < total
        assert {row.container for row in main.exposures.shown} == {"redis"}
        assert f"{main.exposures.count()} of {total}" in text_of_screen(pilot)
        await pilot.press("enter", "n")
        assert main.exposures.cursor == 1
        await pilot.press("escape")
        assert main.exposures.count() == total


async def test_enter_proves_an_exposure_in_the_tree_and_escape_goes_back() -> None:
    async with showing(recorded(DOCKER), view="1") as pilot:
        main = app_of(pilot).main
        places = [row.container for row in main.exposures.shown]
        main.exposures.cursor = places.index("web")
        await pilot.press("enter")
        await until(pilot, lambda: main.proof.proof is not None)
        assert main.active.id == "tree"
        assert main.traversal.node is not None
        assert main.traversal.node.rule is not None
        assert "-j ACCEPT" in main.traversal.node.rule.text
        text = text_of_screen(pilot)
        assert " decides " in text
        assert "OPEN: container web gets it" in text
        await pilot.press("escape")
        assert main.active.id == "exposures"
        assert main.traversal.trail is None


async def test_a_proof_shows_only_the_way_or_everything() -> None:
    async with showing(recorded(DOCKER), view="1") as pilot:
        main = app_of(pilot).main
        main.exposures.cursor = [row.container for row in main.exposures.shown].index("web")
        whole = main.traversal.count()
        await pilot.press("enter")
        await until(pilot, lambda: main.traversal.trail is not None)
        trail = main.traversal.trail
        assert trail is not None
        assert main.traversal.count() < whole
        shown = {main.traversal.line_at(i).node.key for i in range(main.traversal.count())}
        assert shown == set(trail.steps) | trail.around
        here = main.traversal.way()
        await pilot.press("a")
        assert main.traversal.count() >= whole
        assert main.traversal.way() == here
        await pilot.press("a")
        assert main.traversal.count() < whole


async def test_n_follows_the_way_step_by_step() -> None:
    async with showing(recorded(DOCKER), view="1") as pilot:
        main = app_of(pilot).main
        await pilot.press("enter")
        await until(pilot, lambda: main.traversal.trail is not None)
        ways = main.traversal.trail.ways  # type: ignore[union-attr]
        main.traversal.reveal(ways[0])
        seen = [main.traversal.way()]
        for _ in ways[1:]:
            await pilot.press("n")
            seen.append(main.traversal.way())
        assert seen == list(ways)
        await pilot.press("N")
        assert main.traversal.way() == ways[-2]


async def test_a_packet_of_ones_own_is_followed() -> None:
    async with showing(recorded(DOCKER), view="1") as pilot:
        main = app_of(pilot).main
        await pilot.press("t", "ctrl+u")
        main.prompt.put("")
        await pilot.press(*"198.51.100.7 eth0 6379", "enter")
        await until(pilot, lambda: main.proof.proof is not None)
        assert main.proof.proof.trace.verdict == "drop"  # type: ignore[union-attr]
        assert main.traversal.node is not None
        assert "DROP" in main.traversal.node.text
        assert "CLOSED" in text_of_screen(pilot)


async def test_a_packet_that_makes_no_sense_is_refused_in_words() -> None:
    async with showing(recorded(DOCKER), view="1") as pilot:
        main = app_of(pilot).main
        await pilot.press("t")
        main.prompt.put("")
        await pilot.press(*"nonsense 80", "enter")
        assert "nonsense is no address, port or interface" in text_of_screen(pilot)
        await pilot.press("escape")
        assert not main.prompt.display


async def test_a_finding_leads_to_its_rule_and_escape_back() -> None:
    async with showing(recorded("ufw"), view="3") as pilot:
        main = app_of(pilot).main
        ids = [finding.id for finding in main.findings.shown]
        main.findings.cursor = ids.index("input-rule-useless")
        await pilot.press("enter")
        assert main.active.id == "tree"
        assert "policy DROP" in main.traversal.node.text  # type: ignore[union-attr]
        await pilot.press("escape")
        assert main.active.id == "findings"


async def test_a_finding_about_no_rule_leads_to_its_exposure() -> None:
    async with showing(recorded("ufw"), view="3") as pilot:
        main = app_of(pilot).main
        ids = [finding.id for finding in main.findings.shown]
        main.findings.cursor = ids.index("sensitive-port-open")
        await pilot.press("enter")
        assert main.active.id == "exposures"
        assert main.exposures.current is not None
        assert main.exposures.current.container == "mongo"


async def test_the_host_view_names_what_was_read() -> None:
    async with showing(recorded(DOCKER), (100, 50), view="4") as pilot:
        text = text_of_screen(pilot)
        assert "28.5.2" in text
        assert "172.16.0.0/12" in text


async def test_without_docker_nothing_is_called_closed() -> None:
    host = FakeHost(snapshot_of("*filter\n:FORWARD DROP [0:0]\nCOMMIT\n"))
    async with showing(host, view="1") as pilot:
        wanted = "Which ports containers offer is unknown"
        await until(pilot, lambda: wanted in text_of_screen(pilot))
        text = text_of_screen(pilot)
        assert "nothing exposed" not in text


async def test_the_cursor_stays_on_its_exposure_when_others_come() -> None:
    async with showing(recorded(DOCKER), view="1") as pilot:
        exposures = app_of(pilot).main.exposures
        exposures.cursor = exposures.count() - 1
        last = exposures.current
        assert last is not None
        exposures.show(tuple(exposures.records)[1:])
        assert exposures.current is not None
        assert exposures.current.key == last.key
