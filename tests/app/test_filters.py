"""What is typed after `/` is understood: texts, fields, either, not."""

from __future__ import annotations

import pytest
from tests.app.driving import app_of, showing
from tests.app.hosts import FakeHost, recorded

from dockerwall.app.facets import ports_of
from dockerwall.app.filters import Facets, understood

WEB = Facets(
    "exposed 8080/tcp web anyone -d 172.17.0.2 ! -i docker0",
    {"ctr": ("web",), "port": ("8080", "80"), "chain": ("docker-user",), "sev": ("exposed",)},
    lambda address: address == "203.0.113.9",
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", True),
        ("WEB", True),
        ("! -i docker0", True),
        ("port:80", True),
        ("port:8", False),
        ("port:443,8080", True),
        ("!port:80", False),
        ("ctr:we sev:exposed", True),
        ("ctr:web sev:closed", False),
        ("chain:DOCKER-USER", True),
        ("from:203.0.113.9", True),
        ("from:203.0.113.10", False),
        ("moving", False),
        ("!moving web", True),
        ("addr:172.17", True),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    assert understood(text).holds(WEB) is holds


def test_the_ports_of_a_rule() -> None:
    rule = "-A DOCKER -p tcp -m multiport --dports 80,443 -j DNAT --to-destination 172.17.0.2:8080"
    assert ports_of(rule) == ("80", "443", "8080")


@pytest.mark.parametrize(
    ("text", "containers"),
    [
        ("from:203.0.113.9", {"web", "redis"}),
        ("sev:lan", {"app"}),
        ("port:5432", {"postgres"}),
        ("ctr:redis sev:exposed", {"redis"}),
        ("addr:172.30.0.5", {"worker"}),
    ],
)
async def test_the_exposures_are_narrowed(text: str, containers: set[str]) -> None:
    async with showing(FakeHost(recorded("docker-28").read(), live=False), view="1") as pilot:
        main = app_of(pilot).main
        main.exposures.seek(text)
        assert {row.container for row in main.exposures.shown} == containers
