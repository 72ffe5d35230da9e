"""The harness itself: hosts come up, tell outcomes apart, and leave nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine.engines import Engine
from tests.engine.host import Host
from tests.engine.probe import Probe
from tests.engine.scenario import Container, Scenario

pytestmark = pytest.mark.engine


@pytest.fixture
def engine(engines: dict[str, Engine]) -> Engine:
    """The newest installed engine."""
    return engines[max(engines, key=lambda version: [int(part) for part in version.split(".")])]


def _left(host: Host) -> list[Path]:
    """What is still there of a host that has ended."""
    name = f"dockerwall-{host.enclosure.pid}"
    places = [Path("/proc", str(pid)) for pid in _processes(host)]
    groups = [*Path("/sys/fs/cgroup").glob(name), *Path("/sys/fs/cgroup").glob(f"*/{name}")]
    return [place for place in places if place.exists()] + groups


def _processes(host: Host) -> list[int]:
    """The processes that hold a host's namespaces."""
    return [host.enclosure.pid, *(vantage.pid for vantage in host.vantages.values())]


def test_outcomes_are_told_apart(engine: Engine) -> None:
    """An answer, a reset, an ICMP error, a silence after the handshake, and no reply at all."""
    scenario = Scenario(
        "outcomes",
        "",
        containers=(Container("web", ("8080:80", "8085:85")),),
        after="""
            iptables -I INPUT -p tcp --dport 1111 -j REJECT --reject-with icmp-admin-prohibited
            iptables -I INPUT -p tcp --dport 2222 -j DROP
            iptables -I INPUT -p tcp --dport 3333 -j REJECT --reject-with tcp-reset
        """,
    )
    ports = {8080: "reached", 1111: "rejected", 2222: "timeout", 3333: "refused"}
    with Host(scenario, engine) as host:
        probes = [Probe("internet", "eth0", "198.51.100.7", "203.0.113.1", "tcp", p) for p in ports]
        # docker-proxy accepts before it finds that nobody listens in the container.
        probes.append(Probe("internet", "eth0", "2001:db8::9", "2001:db8::1", "tcp", 8085))
        words = [outcome.word for outcome in host.vantages["internet"].send(probes)]
    assert words == [*ports.values(), "silent"]


def test_a_host_leaves_nothing_behind(engine: Engine) -> None:
    """After the end, also one in the middle of starting, no process or control group is left."""
    with Host(Scenario("plain", ""), engine) as whole:
        assert _left(whole)
    broken = Host(Scenario("broken", "", after="iptables -A NO-SUCH-CHAIN -j DROP"), engine)
    with pytest.raises(RuntimeError, match="NO-SUCH-CHAIN"), broken:
        pytest.fail("a scenario started although its script failed")
    assert _left(whole) + _left(broken) == []


def test_a_daemon_that_does_not_start_says_why(engine: Engine) -> None:
    """The error holds dockerd's own words."""
    scenario = Scenario("wrong", "", daemon=("--no-such-option",))
    with pytest.raises(RuntimeError, match="no-such-option"), Host(scenario, engine):
        pytest.fail("dockerd started with an option that it does not know")
