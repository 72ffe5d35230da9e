"""Usual rules read in one go mean what they mean option by option."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dockerwall.grammar.spec import parse_spec, read_options
from dockerwall.grammar.usual import read_usual
from dockerwall.model.kinds import Family
from dockerwall.model.spec import UnknownTarget

HOSTS = Path(__file__).parents[1] / "hosts"
WORDS = [
    "-s",
    "-d",
    "-i",
    "-o",
    "-p",
    "-m",
    "-j",
    "-g",
    "-A",
    "-4",
    "-5",
    "!",
    "--sport",
    "--dport",
    "--to-destination",
    "--comment",
    "--syn",
    "1.2.3.4/32",
    "1.2.3.0/24",
    "10.0.0.0/255.0.255.0",
    "1.2.3.4-1.2.3.9",
    "5.6.7.8,9.9.9.9",
    "::1/128",
    "fe80::/10",
    "eth0",
    "br+",
    "tcp",
    "udp",
    "sctp",
    "icmp",
    "6",
    "0",
    "all",
    "bogus",
    "80",
    "80:90",
    "90:80",
    "80,81",
    "http",
    "comment",
    "conntrack",
    "ACCEPT",
    "DROP",
    "RETURN",
    "REJECT",
    "LOG",
    "DNAT",
    "NETMAP",
    "MASQUERADE",
    "REDIRECT",
    "MARK",
    "QUEUE",
    "OTHER",
    "1.2.3.4:80",
    "1.2.3.4:80-90/70",
    "[::1]:80",
]
ENDS = [["-j", "DROP"], ["-j", "OTHER"], ["-j", "DNAT", "--to-destination", "1.2.3.4:80"], []]


@given(st.lists(st.sampled_from(WORDS), max_size=9), st.sampled_from(ENDS), st.sampled_from(Family))
@example(["-m", "tcp", "-i", "eth0", "--dport", "80"], ENDS[0], Family.IPV4)
@example(["-p", "tcp", "!", "-m", "tcp", "--dport", "80"], ENDS[0], Family.IPV4)
def test_a_usual_rule_means_the_same_read_option_by_option(
    words: list[str], end: list[str], family: Family
) -> None:
    text = " ".join(["-A", "X", *words, *end])
    found = read_usual(text, family)
    assert found is None or found == read_options(text, family)


@pytest.mark.parametrize("host", sorted(HOSTS.iterdir()), ids=lambda path: str(path.name))
def test_the_rules_of_recorded_hosts_mean_the_same(host: Path) -> None:
    for path in host.glob("ip*tables-save.*"):
        family = Family.IPV6 if path.name.startswith("ip6") else Family.IPV4
        for line in path.read_text().splitlines():
            text = line[line.find("-A") :]
            found = read_usual(text, family)
            assert found is None or found == read_options(text, family)


@pytest.mark.parametrize("name", ["DNAT", "SNAT", "NETMAP", "MARK", "CONNMARK"])
def test_a_target_without_the_option_it_needs_is_not_understood(name: str) -> None:
    target = parse_spec(f"-A X -j {name}", Family.IPV4).target
    assert isinstance(target, UnknownTarget)
