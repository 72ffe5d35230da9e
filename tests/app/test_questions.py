"""Which packet is followed."""

from __future__ import annotations

import pytest
from tests.app.hosts import HOSTS, recorded

from dockerwall.analysis.audit import audit
from dockerwall.analysis.trace import trace
from dockerwall.analysis.world import World, build_world
from dockerwall.app.intending import BadSourceError, intended, sources_of
from dockerwall.app.questions import BadQuestionError, described, probe_for, understood
from dockerwall.app.wayfinding import node_at, ways_of
from dockerwall.present.exposures import Row, rows
from dockerwall.present.outline import outline


@pytest.fixture(scope="module")
def world() -> World:
    """A recorded host, ready to be judged."""
    return build_world(recorded("docker-28").read())


def row_of(world: World, severity: str, container: str) -> Row:
    """One row of its exposures."""
    return next(
        row
        for row in rows(world, audit(world))
        if (str(row.severity), row.container) == (severity, container)
    )


def test_the_packet_for_an_exposure_comes_from_somebody_who_gets_in(world: World) -> None:
    probe = probe_for(world, row_of(world, "allowlisted", "redis"))
    assert probe is not None
    assert trace(world, probe).verdict == "accept"
    assert probe.iif == "eth0"


def test_the_packet_for_what_nobody_reaches_is_kept_out(world: World) -> None:
    probe = probe_for(world, row_of(world, "local", "postgres"))
    assert probe is not None
    assert trace(world, probe).verdict in ("drop", "reject")


def test_a_packet_is_understood_as_it_is_described(world: World) -> None:
    probe = understood("198.51.100.7 eth0 203.0.113.1 6379/tcp", world)
    assert understood(described(probe), world) == probe


def test_what_is_left_out_is_this_host_as_seen_from_outside(world: World) -> None:
    probe = understood("198.51.100.7 8080", world)
    assert described(probe) == "198.51.100.7 eth0 203.0.113.1 8080/tcp"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "a source address"),
        ("8080", "a source address"),
        ("198.51.100.7", "a port"),
        ("198.51.100.7 eth9 80", "eth9"),
        ("198.51.100.7 80/icmp", "icmp is not"),
        ("198.51.100.7 99999", "no port"),
        ("198.51.100.7 2001:db8::1 80", "family"),
    ],
)
def test_what_cannot_be_understood_is_said_in_words(world: World, text: str, problem: str) -> None:
    with pytest.raises(BadQuestionError, match=problem):
        understood(text, world)


@pytest.mark.parametrize("host", sorted(path.name for path in HOSTS.iterdir()))
def test_every_step_of_every_proof_stands_in_the_tree(host: str) -> None:
    snapshot = recorded(host).read()
    world = build_world(snapshot)
    drawn = outline(snapshot)
    for row in rows(world, audit(world)):
        probe = probe_for(world, row)
        if probe is None:
            continue
        steps = trace(world, probe).steps
        for hit, way in zip(steps, ways_of(steps, drawn), strict=True):
            assert way is not None, hit
            node = node_at(drawn.roots, way)
            assert node.place is not None
            assert node.place.chain == hit.chain
            if hit.rule is not None:
                assert node.rule is not None
                assert node.rule.text == hit.rule.text


def test_who_gets_in_now_is_proposed_as_what_is_meant(world: World) -> None:
    redis, web = row_of(world, "allowlisted", "redis"), row_of(world, "exposed", "web")
    assert sources_of(redis) == "203.0.113.0/27"
    assert sources_of(web) == "anybody"
    assert intended(redis, "203.0.113.0/27, 198.51.100.1").sources == (
        "203.0.113.0/27",
        "198.51.100.1",
    )
    assert intended(web, "anybody").sources == ()
    with pytest.raises(BadSourceError, match="me is no network"):
        intended(web, "me")
