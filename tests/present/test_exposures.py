"""Who reaches each port, in words, on recorded hosts whose answers real packets gave."""

from __future__ import annotations

import pytest
from tests.present.recorded import NAMES, rows_of, world_of

from dockerwall.analysis.exposure import Severity
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family
from dockerwall.present.audit_report import report_lines
from dockerwall.present.sources import Sources

ANYONE = "anyone on the Internet and on the LAN"
NEAR = "neighbours on the wire at eth0; anyone on the LAN"


def seen(name: str, published: bool = True) -> set[tuple[str, str, str, str, str]]:
    return {
        (str(row.severity), row.port, row.container, row.families, row.reachable)
        for row in rows_of(name)
        if bool(row.bind) is published
    }


def test_a_host_of_today() -> None:
    assert seen("docker-28") == {
        ("exposed", "6379/tcp", "redis", "IPv6", ANYONE),
        ("exposed", "8080/tcp", "web", "IPv4+IPv6", ANYONE),
        (
            "allowlisted",
            "6379/tcp",
            "redis",
            "IPv4",
            "Internet: 203.0.113.0/27; anyone on the LAN",
        ),
        ("lan", "8082/tcp", "app", "IPv4", "anyone on the LAN"),
        ("local", "5432/tcp", "postgres", "IPv4", "only this host"),
    }


def test_an_old_docker_lets_neighbours_in_to_what_looks_closed() -> None:
    assert ("exposed", "5432/tcp", "postgres", "IPv4", NEAR) in seen("docker-20")
    assert ("exposed", "8082/tcp", "app", "IPv4", NEAR) in seen("docker-20")
    open_ways = {row for row in seen("docker-20", published=False) if row[0] == "exposed"}
    assert {row[2] for row in open_ways} == {"app", "postgres", "redis", "web"}
    assert {row[4] for row in open_ways} == {NEAR}


def test_what_the_internet_reaches_comes_before_what_neighbours_reach() -> None:
    exposed = [row.from_afar for row in rows_of("docker-20") if row.severity is Severity.EXPOSED]
    assert exposed == sorted(exposed, reverse=True)


def test_a_container_on_the_wire_is_not_governed_and_not_closed() -> None:
    (camera,) = [row for row in rows_of("macvlan") if row.container == "camera"]
    assert not camera.governed
    assert camera.reachable == "not governed by this firewall"


def test_rows_lead_to_a_counter() -> None:
    (row,) = [r for r in rows_of("docker-28") if r.port == "8082/tcp"]
    assert row.ref is not None


def test_keys_are_unique() -> None:
    for name in NAMES:
        keys = [row.key for row in rows_of(name)]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        (["0.0.0.0/0"], "anyone"),
        ([], ""),
        (["10.0.0.0/8"], ""),
        (["198.51.100.0/24"], "198.51.100.0/24"),
        (["198.51.100.7"], "198.51.100.7"),
        (["203.0.113.0/27"], "203.0.113.0/27"),
        (["1.0.0.0/8", "3.0.0.0/8", "5.0.0.0/8"], "1.0.0.0/8, 3.0.0.0/8, 5.0.0.0/8"),
        (
            [f"{n}.0.0.0/8" for n in range(1, 12, 2)],
            "1.0.0.0/8, 3.0.0.0/8, 5.0.0.0/8 and 3 more networks",
        ),
    ],
)
def test_sources_in_words(addresses: list[str], words: str) -> None:
    world = world_of("docker-28")
    internet = AddressSet.everything(Family.IPV4) - world.lan[Family.IPV4]
    found = AddressSet.of(Family.IPV4, addresses)
    assert Sources(world).words(Family.IPV4, found, internet) == words


def test_everyone_but_a_few() -> None:
    world = world_of("docker-28")
    everyone = AddressSet.everything(Family.IPV4)
    found = everyone - AddressSet.parse("198.51.100.0/24")
    internet = everyone - world.lan[Family.IPV4]
    assert Sources(world).words(Family.IPV4, found, internet) == "anyone but 198.51.100.0/24"


@pytest.mark.parametrize(
    ("network", "words"),
    [("2001:db9::/32", "2001:db9::/32"), ("2001:db9::7/128", "2001:db9::7")],
)
def test_one_address_of_ipv6_is_a_128(network: str, words: str) -> None:
    everyone = AddressSet.everything(Family.IPV6)
    sources = Sources(world_of("ipv6"))
    assert sources.words(Family.IPV6, AddressSet.parse(network), everyone) == words


def test_the_report_begins_with_the_answer() -> None:
    lines = list(report_lines(world_of("docker-28"), rows_of("docker-28")))
    assert (
        lines[2] == "EXPOSED: 2 ports to the Internet: 6379/tcp (redis, IPv6) and 8080/tcp (web)."
    )
    assert any(line.startswith("!! exposed") for line in lines)
    assert "Findings: none." in lines


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_a_report_is_safe(name: str) -> None:
    lines = list(report_lines(world_of(name), rows_of(name)))
    assert all(line.isprintable() for line in lines)
