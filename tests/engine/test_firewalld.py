"""Rules that last through `firewall-cmd --reload`, which empties every chain, on a real Docker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.applying.booting import ENVIRONMENT, SYSTEMCTL, unit_words
from tests.engine import firewalld
from tests.engine.engines import Engine
from tests.engine.firewalld import FirewalldHost
from tests.engine.host import poll
from tests.engine.scenario import Container, Scenario
from tests.engine.test_lasting import Booted

from dockerwall.model.boot import FIREWALLD_DIRECT, WATCH

pytestmark = pytest.mark.engine
ENGINES = ("20.10", "28.5")
SCENARIO = Scenario(
    "firewalld",
    "A container behind firewalld, one port of which only some may reach.",
    containers=(Container("web", ("8080:80",)),),
    after="mkdir -p /run/systemd/system; firewall-cmd --zone=public --add-interface=eth0 || true",
)
EDITS = (("only", "203.0.113.9", "to", "8080"),)


@pytest.fixture(params=ENGINES)
def booted(
    request: pytest.FixtureRequest, engines: dict[str, Engine], tmp_path: Path
) -> Iterator[Booted]:
    """A host with firewalld and each engine, whose rules were edited and kept."""
    if request.param not in engines:
        pytest.skip(f"Docker {request.param} is not installed (run .ci/packages)")
    if reason := firewalld.missing():
        pytest.skip(reason)
    (tmp_path / "systemctl").write_text(SYSTEMCTL.replace("start ]", "start-nothing ]"))
    (tmp_path / "systemctl").chmod(0o755)
    engine = engines[request.param]
    with FirewalldHost(SCENARIO, engine) as host:
        yield Booted(host, f"{tmp_path}:{engine.path}", EDITS)


def test_a_reload_brings_the_rules_back(booted: Booted) -> None:
    host = booted.host
    assert isinstance(host, FirewalldHost)
    own, reached = booted.own(), booted.reached()
    before = host.enclosure.attempt(["cat", FIREWALLD_DIRECT]).stdout
    host.reload()
    poll("Docker's own chains", lambda: "DOCKER-USER" in booted.forward())
    assert booted.own() == []  # what would be lost
    _retype(booted, own)
    said = booted.run("persist", "--yes")
    assert said.returncode == 0, said.stderr
    assert b"firewall-cmd --reload" in said.stdout
    assert b"published ports are open then" in said.stdout
    watch = unit_words(host.enclosure.run(["cat", WATCH]))
    host.enclosure.start([*ENVIRONMENT, *watch])
    poll("the unit that waits", lambda: _listens(booted))
    for _ in range(2):
        host.reload()
        assert booted.own() == own  # at once, by direct rules
        # Docker makes its own rules again, at first before the jump; 20.10 leaves it so.
        poll("the rules in force", lambda: _is_first(booted) and booted.reached() == reached, 60)
        assert booted.own() == own
        assert booted.forward()[0] == "DOCKER-USER"
    assert booted.run("persist", "--status").returncode == 0
    removed = booted.run("persist", "--remove", "--yes")
    assert removed.returncode == 0, removed.stderr
    assert host.enclosure.attempt(["cat", FIREWALLD_DIRECT]).stdout == before


def _retype(booted: Booted, own: list[str]) -> None:
    for rule in own:
        booted.host.enclosure.script(f"iptables-nft {rule}")
    booted.host.enclosure.script(
        "while iptables-nft -D DOCKER-USER -j RETURN 2>/dev/null; do :; done;"
        "iptables-nft -D FORWARD -j DOCKER-USER; iptables-nft -I FORWARD -j DOCKER-USER"
    )


def _is_first(booted: Booted) -> bool:
    """Whether Docker is there again, and the jump before its rules."""
    forward = booted.forward()
    return forward[:1] == ["DOCKER-USER"] and len(forward) > 1


def _listens(booted: Booted) -> bool:
    return "dbus-monitor" in booted.host.enclosure.run(["ps", "ax"])
