"""The bytes of a legacy table: others after any change of any rule, and after nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.applying.machine import TREE
from tests.engine import engines
from tests.engine.enclosure import Enclosure

from dockerwall.model.kinds import Family

pytestmark = pytest.mark.kernel

PROGRAMS = {Family.IPV4: "iptables-legacy", Family.IPV6: "ip6tables-legacy"}
_CODE = (
    "import hashlib, json; from dockerwall.applying.legacy_table import legacy_table; "
    "from dockerwall.model.kinds import Family; "
    "found = [legacy_table(family) for family in Family]; "
    "print(json.dumps([each and hashlib.sha256(each).hexdigest() for each in found]))"
)
RULES = (
    "-i lo -m limit --limit 1/s -j ACCEPT",
    "-m statistic --mode nth --every 3 --packet 0 -j ACCEPT",
    "-m quota --quota 10000",
    "-m hashlimit --hashlimit-upto 1/s --hashlimit-name here -j ACCEPT",
    "-m recent --name seen --set",
    "-m conntrack --ctstate NEW -p udp -m udp --dport 9 -j LOG",
    "-j NEXT",
)
"""Rules that remember something of each packet, and a jump, which is a number in the bytes."""
_TALK = (
    "import socket\n"
    "for kind, here in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):\n"
    "    with socket.socket(kind, socket.SOCK_DGRAM) as talk:\n"
    "        for _ in range(9): talk.sendto(b'x', (here, 9))\n"
)


@pytest.fixture
def machine() -> Iterator[Enclosure]:
    if reason := engines.missing():
        pytest.skip(reason)
    with Enclosure("tables", TREE | {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}) as made:
        yield made


def tables(machine: Enclosure) -> dict[Family, str | None]:
    """What tells the table of each family from any other."""
    done = subprocess.run(
        machine.inside([sys.executable, "-c", _CODE]),
        capture_output=True, text=True, check=True, env=TREE, cwd="/",
    )  # fmt: skip
    return dict(zip(Family, json.loads(done.stdout), strict=True))


def test_asking_makes_no_table(machine: Enclosure) -> None:
    names = ["cat", "/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"]
    assert machine.run(names) == ""
    assert tables(machine) == {Family.IPV4: None, Family.IPV6: None}
    assert machine.run(names) == ""
    machine.run(["iptables-legacy", "-t", "nat", "-S"])
    assert tables(machine) == {Family.IPV4: None, Family.IPV6: None}
    assert "filter" not in machine.run(names)


@pytest.mark.parametrize("family", list(Family), ids=str)
def test_any_change_of_a_rule_and_nothing_else_is_seen(machine: Enclosure, family: Family) -> None:
    program = PROGRAMS[family]
    lines = [":NEXT - [0:0]", *(f"-A INPUT {rule}" for rule in RULES)]
    machine.run([f"{program}-restore"], "\n".join(["*filter", *lines, "COMMIT", ""]))
    before = tables(machine)[family]
    assert before is not None

    machine.run([sys.executable, "-c", _TALK])
    assert "[0:0] -A INPUT -i lo" not in machine.run([f"{program}-save", "-c"])
    assert tables(machine)[family] == before, "packets change no rule"

    for change, back in (
        ("-I INPUT 3 -j RETURN", "-D INPUT 3"),
        ("-D INPUT 7", "-A INPUT -j NEXT"),
        ("-P FORWARD DROP", "-P FORWARD ACCEPT"),
        ("-A NEXT -j DROP", "-F NEXT"),
        ("-N ANOTHER", "-X ANOTHER"),
        ("-R INPUT 3 -m quota --quota 10001", "-R INPUT 3 -m quota --quota 10000"),
    ):
        machine.run([program, *change.split()])
        assert tables(machine)[family] != before, change
        machine.run([program, *back.split()])
        assert tables(machine)[family] == before, back


def test_without_privilege_nothing_is_told(machine: Enclosure) -> None:
    machine.run(["iptables-legacy", "-A", "INPUT", "-j", "RETURN"])
    dropped = machine.inside(
        ["setpriv", "--bounding-set=-net_admin,-net_raw", "--inh-caps=-net_admin,-net_raw",
         sys.executable, "-c", _CODE]
    )  # fmt: skip
    done = subprocess.run(dropped, capture_output=True, text=True, check=True, env=TREE, cwd="/")
    assert json.loads(done.stdout) == [None, None]
