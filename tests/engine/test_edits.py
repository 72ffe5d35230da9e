"""Each intent on a real Docker host: what its preview says is what real packets find."""

from __future__ import annotations

import ipaddress
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.engine.engines import Engine
from tests.engine.host import Host, poll
from tests.engine.matrix import matrix, send
from tests.engine.probe import Outcome, Probe
from tests.engine.scenario import Container, Scenario

from dockerwall.programs import find_program

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parent.parent.parent
ENGINES = ("20.10", "28.5")
SCENARIO = Scenario(
    "edits",
    "Two containers with IPv6, one port of which only some may reach.",
    daemon=("--experimental", "--ip6tables", "--ipv6", "--fixed-cidr-v6=fd00:d0c::/64"),
    containers=(Container("web", ("8080:80",)), Container("db", ("9090:81", "5353:53/udp"))),
    clients=("web",),
    after="""
        iptables -I DOCKER-USER -i eth0 -p tcp -m conntrack --ctorigdstport 9090 \
            --ctdir ORIGINAL -j DROP
        iptables -I DOCKER-USER 2 -s 203.0.113.9 -i eth0 -p tcp -m conntrack \
            --ctorigdstport 9090 --ctdir ORIGINAL -j RETURN
        ipset create office hash:net
        ipset add office 203.0.113.200
    """,
)
INTENTS = {
    "allow": ["allow", "198.51.100.7", "to", "9090"],
    "allow a range": ["allow", "203.0.113.9-203.0.113.199", "9090"],
    "only": ["only", "203.0.113.9,2001:db8::9", "to", "8080"],
    "only a set": ["only", "set:office", "to", "8080"],
    "block": ["block", "198.51.100.0/24"],
    "lan-only": ["lan-only"],
    "lan-only one port": ["lan-only", "8080"],
    "close": ["close", "8080"],
    "close udp": ["close", "5353/udp"],
    "close, also in INPUT": ["close", "8080", "--input"],
    "lan-only, also in INPUT": ["lan-only", "--input"],
    "only for every port": ["only", "203.0.113.9,2001:db8::/64", "to", "all"],
    "allow for every port": ["allow", "203.0.113.9", "to", "all"],
    "use a new set": ["use-set", "friends", "for", "8080", "create"],
    "use a set": ["use-set", "office", "for", "9090"],
    "set add": ["set", "add", "office", "198.51.100.7"],
    "insert": ["insert", "DOCKER-USER", "1", "-s 203.0.113.200 -p tcp -j DROP", "--family=ipv4"],
    "delete": ["delete", "DOCKER-USER", "1", "--family=ipv4"],
    "move": ["move", "DOCKER-USER", "2", "up", "--family=ipv4"],
    "off": ["off", "DOCKER-USER", "1", "--family=ipv4"],
}
EGRESS = ("203.0.113.254", "192.168.7.9", "2001:db8::fe")
"""Hosts beyond the wires, where nobody listens: a refusal shows that the way there is open."""


class Edited:
    """A host, and the program run on it."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.probes = [
            *matrix(host),
            *(Probe("web", host.vantages["web"].interface, source, there, "tcp", 9)
              for there in EGRESS
              for source in host.container_addresses()["web"]
              if (":" in source) == (":" in there)),
        ]  # fmt: skip

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """The program's answer to a command."""
        environment = [f"PYTHONPATH={ROOT / 'tui'}", "PYTHONDONTWRITEBYTECODE=1"]
        argv = ["env", *environment, sys.executable, "-m", "dockerwall", *words]
        return self.host.enclosure.attempt(argv)

    def outcomes(self) -> dict[Probe, Outcome]:
        """What becomes of every probe now, each as a new connection: of UDP, one of the same ports
        as a probe before would still be open.
        """
        self.host.enclosure.attempt(["conntrack", "-D", "-p", "udp"])
        return dict(send(self.host, self.probes))

    def rules(self) -> list[str]:
        """Every rule and set of the host, without counters."""
        lines: list[str] = []
        for program in ("iptables", "ip6tables"):
            lines += self.host.enclosure.run([f"{program}-nft-save"]).splitlines()
        lines += self.host.enclosure.run(["ipset", "save"]).splitlines()
        return [line.split(" [")[0] for line in lines if not line.startswith("#")]


@pytest.fixture(scope="module", params=ENGINES)
def edited(request: pytest.FixtureRequest, engines: dict[str, Engine]) -> Iterator[Edited]:
    """One host of each engine for all intents: each is taken back before the next."""
    if request.param not in engines:
        pytest.skip(f"Docker {request.param} is not installed (run .ci/packages)")
    with ExitStack() as stack:
        yield Edited(stack.enter_context(Host(SCENARIO, engines[request.param])))


@pytest.fixture(params=ENGINES)
def disturbed(request: pytest.FixtureRequest, engines: dict[str, Engine]) -> Iterator[Edited]:
    """A host of each engine for one test alone, which does not leave it as it was."""
    if request.param not in engines:
        pytest.skip(f"Docker {request.param} is not installed (run .ci/packages)")
    with Host(SCENARIO, engines[request.param]) as host:
        yield Edited(host)


@pytest.mark.parametrize("name", INTENTS)
def test_the_preview_comes_true(edited: Edited, name: str) -> None:
    rules, before = edited.rules(), edited.outcomes()
    done = edited.run(*INTENTS[name], "--yes", "--json", "--trial=600")
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        preview, after = json.loads(done.stdout)["plan"], edited.outcomes()
    finally:  # the next one finds the host as this one did
        undone = edited.run("undo")
    assert undone.returncode == 0, undone.stderr
    assert edited.rules() == rules
    assert wrong(preview, before, after) == []
    assert any(after[probe] != before[probe] for probe in before) is bool(preview["exposures"])
    assert bool(preview["exposures"]) is (name != "set add")  # no rule names that set yet
    for probe in edited.probes:
        if probe.vantage == "web":
            assert before[probe].word == after[probe].word, f"egress: {probe}"


def made(edited: Edited, *words: str) -> dict[Probe, Outcome]:
    """A change made and kept, whose preview comes true; what becomes of every probe then."""
    before = edited.outcomes()
    done = edited.run(*words, "--yes", "--json", "--trial=600")
    assert done.returncode == 0, done.stdout + done.stderr
    after = edited.outcomes()
    assert wrong(json.loads(done.stdout)["plan"], before, after) == []
    kept = edited.run("keep")
    assert kept.returncode == 0, kept.stderr
    return after


def test_a_rule_switched_off_and_on_again(disturbed: Edited) -> None:
    rules, before = disturbed.rules(), disturbed.outcomes()
    off = made(disturbed, "off", "DOCKER-USER", "1", "--family=ipv4")
    assert off != before
    on = made(disturbed, "on", "DOCKER-USER", "1", "--family=ipv4")
    assert on == before
    assert disturbed.rules() == rules


def test_members_of_an_allowlist(disturbed: Edited) -> None:
    made(disturbed, "use-set", "office", "for", "8080")
    added = made(disturbed, "set", "add", "office", "198.51.100.7")
    guests = [p for p in added if (p.src, p.dport, p.dst) == ("198.51.100.7", 8080, "203.0.113.1")]
    assert guests
    assert all(added[probe].reached for probe in guests)
    gone = made(disturbed, "set", "del", "office", "198.51.100.7")
    assert not any(gone[probe].reached for probe in guests)


def test_a_kept_change_is_undone_with_all_it_did(disturbed: Edited) -> None:
    rules, before = disturbed.rules(), disturbed.outcomes()
    assert made(disturbed, "only", "203.0.113.9", "to", "8080") != before
    assert made(disturbed, "undo") == before
    assert disturbed.rules() == rules


def test_forwarding_between_two_wires(disturbed: Edited) -> None:
    """From the Internet to a host of the LAN, where nobody listens: a refusal is an open way."""
    there = [
        Probe("internet", "eth0", "203.0.113.9", "192.168.7.9", "tcp", 9),
        Probe("internet", "eth0", "2001:db8::9", "fd00:7::9", "tcp", 9),
    ]
    send(disturbed.host, there)
    before, closed = disturbed.outcomes(), dict(send(disturbed.host, there))
    done = disturbed.run("forward", "eth0", "to", "eth1", "--yes", "--json", "--trial=600")
    assert done.returncode == 0, done.stdout + done.stderr
    opened = dict(send(disturbed.host, there))
    families = {change["family"] for change in json.loads(done.stdout)["plan"]["changes"]}
    assert families
    for probe in there:
        touched = ("ipv6" if ":" in probe.src else "ipv4") in families
        assert (opened[probe].word != closed[probe].word) is touched, probe
    assert disturbed.outcomes() == before
    assert disturbed.run("undo").returncode == 0
    assert dict(send(disturbed.host, there)) == closed


def test_open_connections_stay_open(disturbed: Edited) -> None:
    """No rule here lets them through, so the plan's own rule spares them."""
    known, new = (
        Probe("internet", "eth0", "203.0.113.9", "203.0.113.1", "udp", 5353, sport)
        for sport in (40000, 40001)
    )
    assert dict(send(disturbed.host, [known]))[known].reached
    done = disturbed.run("close", "5353/udp", "--yes", "--trial=600", "--family=ipv4")
    assert done.returncode == 0, done.stderr
    after = dict(send(disturbed.host, [known, new]))
    assert after[known].reached
    assert not after[new].reached


def test_established_connections_are_ended_for_those_who_lose_access(disturbed: Edited) -> None:
    if find_program("conntrack") is None:
        pytest.skip("conntrack is not installed")
    disturbed.outcomes()  # which leaves entries behind, for two minutes

    def known(source: str) -> int:
        listed = disturbed.host.enclosure.attempt(
            ["conntrack", "-L", "-p", "tcp", "--orig-port-dst", "8080", "--orig-src", source]
        )
        return len(listed.stdout.splitlines())

    assert known("203.0.113.9")
    lan = known("192.168.7.9")
    done = disturbed.run(
        "close", "8080", "--yes", "--json", "--trial=600", "--family=ipv4", "--end-connections"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["applied"]["connections_ended"] > 0
    assert not known("203.0.113.9")
    assert known("192.168.7.9") == lan


def wrong(
    preview: dict[str, Any], before: dict[Probe, Outcome], after: dict[Probe, Outcome]
) -> list[str]:
    """Probes that end otherwise than the preview says; the others must not change."""
    found = []
    for probe, outcome in after.items():
        expected = _foreseen(preview["exposures"], probe)
        if expected is None:
            expected = before[probe].reached
        if outcome.reached is not expected:
            found.append(f"{probe}: {before[probe]}, then {outcome}, foreseen {expected}")
    return found


def _foreseen(reaches: Sequence[dict[str, Any]], probe: Probe) -> bool | None:
    """Whether the probe gets in after the change, None where nothing changes for it."""
    source = ipaddress.ip_address(probe.src)
    for reach in reaches:
        port = reach["host_port"] or reach["container_port"]
        if (
            reach["in"] == probe.interface
            and probe.dst in reach["to"]
            and (reach["protocol"], port) == (probe.proto, probe.dport)
        ):
            return any(source in ipaddress.ip_network(each) for each in reach["accept_after"])
    return None


def test_a_kept_change_survives_dockers_restart(disturbed: Edited) -> None:
    """And is undone from the journal afterwards."""
    rules = disturbed.rules()
    assert disturbed.run("close", "8080", "--yes", "--trial=600").returncode == 0
    assert disturbed.run("keep").returncode == 0
    closed = [line for line in disturbed.rules() if "-A DOCKER-USER" in line]
    _restart(disturbed.host)
    assert [line for line in disturbed.rules() if "-A DOCKER-USER" in line] == closed
    assert disturbed.run("undo", "--yes", "--trial=600").returncode == 0
    assert disturbed.run("keep").returncode == 0
    assert [r for r in disturbed.rules() if "DOCKER-USER" in r] == [
        r for r in rules if "DOCKER-USER" in r
    ]


def test_docker_at_work_while_a_change_is_on_trial(disturbed: Edited) -> None:
    """Containers come and go, the daemon starts anew; the change goes back, and only it."""
    rules = [line for line in disturbed.rules() if "DOCKER-USER" in line]
    assert disturbed.run("lan-only", "--yes", "--trial=10").returncode == 0
    docker = disturbed.host.enclosure
    docker.run(["docker", "run", "-d", "--name=late", "--publish=7070:80", "echo:1", "late",
                "tcp/80"])  # fmt: skip
    docker.run(["docker", "rm", "-f", "late"])
    _restart(disturbed.host)

    def ended() -> bool:
        history = json.loads(disturbed.run("history", "--json").stdout)
        return bool(history["changes"][-1]["standing"] == "taken back")

    poll("the end of the trial", ended, seconds=60)
    assert [line for line in disturbed.rules() if "DOCKER-USER" in line] == rules


def test_containers_starting_between_plan_and_apply(disturbed: Edited) -> None:
    """Docker writes to its own chains only: the plan holds, and is made whole."""
    rules = [line for line in disturbed.rules() if "DOCKER-USER" in line]
    busy = disturbed.host.enclosure.start(
        ["sh", "-c", "while :; do docker run --rm --name=busy --publish=7071:80 -d echo:1 busy "
         "tcp/80; docker rm -f busy; done"]
    )  # fmt: skip
    try:
        done = disturbed.run("block", "198.51.100.0/24", "--yes", "--trial=600")
        assert done.returncode == 0, done.stderr
        assert disturbed.run("undo").returncode == 0
    finally:
        busy.kill()
        disturbed.host.enclosure.attempt(["pkill", "-f", "name=busy"])
    assert [line for line in disturbed.rules() if "DOCKER-USER" in line] == rules


def _restart(host: Host) -> None:
    """End dockerd and start it again with the same options."""
    docker = host.enclosure
    pid = docker.run(["cat", "/var/run/docker.pid"]).strip()
    words = docker.run(["cat", f"/proc/{pid}/cmdline"]).rstrip("\0").split("\0")
    docker.run(["kill", pid])
    poll("dockerd's end", lambda: docker.attempt(["kill", "-0", pid]).returncode != 0)
    docker.start(words)
    poll("dockerd's answer", lambda: docker.attempt(["docker", "version"]).returncode == 0)
    docker.run(["docker", "start", "web", "db"])
