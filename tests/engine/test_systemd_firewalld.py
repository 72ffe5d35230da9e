"""Rules that last beside firewalld, on a real Docker host that a real systemd boots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.engine import firewalld
from tests.engine.engines import Engine
from tests.engine.host import poll
from tests.engine.running import RULES_UNIT, WATCH_UNIT, Running, new_host
from tests.engine.scenario import Container, Scenario

pytestmark = pytest.mark.engine

SCENARIO = Scenario(
    "firewalld",
    "A container behind firewalld, one port of which only some may reach.",
    containers=(Container("web", ("8080:80",), options=("--restart=always",)),),
)
EDITS = (("only", "203.0.113.9", "to", "8080"),)


@pytest.fixture
def running(engines: dict[str, Engine]) -> Iterator[Running]:
    """A host with firewalld, whose rules were edited and kept."""
    if reason := firewalld.missing():
        pytest.skip(reason)
    with TemporaryDirectory() as folder:
        host = new_host(engines, "28.5", SCENARIO, Path(folder))
        host.layers.insert(1, firewalld.install(host.folder))
        with host:
            yield Running(host, EDITS)


def test_a_restart_and_a_boot_bring_the_rules_back(running: Running) -> None:
    own, reached, files = running.own(), running.reached(), running.files()
    running.persist()
    assert running.units() == [WATCH_UNIT, RULES_UNIT]

    def is_closed() -> bool:
        return running.own() == own and running.reached() == reached

    for words in (["firewall-cmd", "--reload"], ["systemctl", "restart", "firewalld.service"]):
        running.machine.enclosure.run(words)
        poll("the rules in force", is_closed, 60)
        running.machine.until_settled()
        assert running.units() == [WATCH_UNIT, RULES_UNIT]
    running.machine.shut_down()
    running.machine.boot()
    running.machine.until_settled()
    poll("the rules in force", is_closed)
    assert running.units() == [WATCH_UNIT, RULES_UNIT]
    running.demand_health()
    assert running.run("persist", "--status").returncode == 0
    running.remove()
    assert running.units() == []
    assert running.files() == files
