"""Ports that nothing tells apart are judged once, and each as if it had been judged alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bench.large_host import write_large_host

from dockerwall.analysis.audit import Auditor
from dockerwall.analysis.exposure import Exposure
from dockerwall.analysis.offers import offers
from dockerwall.analysis.world import World, build_world
from dockerwall.grammar.ipset import parse_ipsets
from dockerwall.grammar.save import parse_save
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import Snapshot
from dockerwall.reading.recorded import RecordedHost

PORTS = 5
FIRST = 10000
"""Ports 10000 to 10004 are published, and docker-proxy serves them over IPv6."""
SETS = "create doors hash:ip,port family inet6\nadd doors 2001:db8::1,tcp:10001\n"

SOURCES = ("", "-s 2001:db8:5::/48 ", "! -s 2001:db8:6::7/128 ", "-i eth0 ", "! -i eth1 ")
MATCHES = (
    "",
    "-p tcp -m tcp --dport 10001 ",
    "-p tcp -m tcp ! --dport 10002 ",
    "-p tcp -m tcp --dport 10002:10009 ",
    "-p tcp -m tcp --sport 10003 ",
    "-p tcp -m multiport --ports 10000,10004 ",
    "-p udp -m udp --dport 10001 ",
    "-m conntrack --ctorigdstport 10003 ",
    "-m conntrack --ctstate RELATED,ESTABLISHED ",
    "-m conntrack --ctstate NEW ",
    "-m set --match-set doors dst,dst ",
    "-m recent --rcheck ",
)
FILTERING = ("ACCEPT", "DROP", "REJECT", "MARK --set-xmark 0x1/0xffffffff", "SOMETHING")
OUTPUT = (
    "",
    "-A OUTPUT -d 172.17.1.3/32 -j DROP\n",
    "-A OUTPUT -d 172.17.1.4/30 -m recent --rcheck -j DROP\n",
)
NAT = (
    "PREROUTING -p tcp -j REDIRECT --to-ports 10002",
    "PREROUTING -p tcp -m tcp --dport 10004 -j REDIRECT --to-ports 10000",
    "PREROUTING -s 2001:db8:5::/48 -p tcp -j DNAT --to-destination 2001:db8::1",
    "PREROUTING -p tcp -j DNAT --to-destination [fd00:7::1]:10000-10003",
    "INPUT -p tcp -j SNAT --to-source 2001:db8::9",
)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """IPv6 rules that say something of some of the ports, as `ip6tables-save` prints them."""

    def some(chains: tuple[str, ...], most: int) -> list[str]:
        rule = st.tuples(*(st.sampled_from(each) for each in (chains, SOURCES, MATCHES, FILTERING)))
        drawn = draw(st.lists(rule, max_size=most))
        return [f"-A {chain} {source}{match}-j {target}" for chain, source, match, target in drawn]

    translating = draw(st.lists(st.sampled_from(NAT), max_size=1))
    return "\n".join(
        [
            "*nat", ":PREROUTING ACCEPT", ":INPUT ACCEPT", *(f"-A {each}" for each in translating),
            "COMMIT",
            "*raw", ":PREROUTING ACCEPT", *some(("PREROUTING",), 2), "COMMIT",
            "*filter", ":INPUT ACCEPT", ":FORWARD DROP", ":OUTPUT ACCEPT",
            *some(("INPUT", "INPUT", "OUTPUT"), 6), "COMMIT", "",
        ]
    )  # fmt: skip


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A host with a few alike containers."""
    folder: Path = tmp_path_factory.mktemp("alike")
    return RecordedHost(write_large_host(folder / "host", PORTS, 2 * PORTS)).read()


def judged(world: World) -> list[Exposure]:
    """Every IPv6 offer judged by one auditor."""
    auditor = Auditor(world, Family.IPV6)
    return [auditor.judged(each) for each in offers(world) if each.family is Family.IPV6]


def judged_alone(world: World) -> list[Exposure]:
    """The same, each by an auditor of its own."""
    mine = [each for each in offers(world) if each.family is Family.IPV6]
    return [Auditor(world, Family.IPV6).judged(each) for each in mine]


def with_rules(host: Snapshot, text: str, sets: str = "", output: str = "") -> World:
    """The host with other IPv6 rules, and others in OUTPUT for what docker-proxy itself sends."""
    inside = f"*filter\n:FORWARD DROP\n:OUTPUT ACCEPT\n{output}COMMIT\n"
    texts = {Family.IPV6: text, Family.IPV4: inside}
    saved = {(Variant.NFT, each): parse_save(texts[each], Variant.NFT, each) for each in Family}
    return build_world(replace(host, rules=saved, ipsets=parse_ipsets(sets)))


@settings(max_examples=150, deadline=None)
@given(rules(), st.sampled_from(("", SETS)), st.sampled_from(OUTPUT))
def test_a_port_like_others_is_judged_as_it_would_be_alone(
    host: Snapshot, text: str, sets: str, output: str
) -> None:
    world = with_rules(host, text, sets, output)
    assert judged(world) == judged_alone(world)


def ways(world: World) -> dict[int | None, list[int]]:
    """For each published port the identities of the packets that were followed."""
    return {
        each.offer.host_port: [
            id(e.came["INPUT"].first) for reach in each.reach for e in reach.entered or ()
        ]
        for each in judged(world)
    }


def test_only_a_port_that_no_rule_names_is_judged_with_others(host: Snapshot) -> None:
    drop = "*filter\n:INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 10001 -j DROP\nCOMMIT\n"
    found = ways(with_rules(host, drop))
    assert len(found) == PORTS
    others = [found[port] for port in range(FIRST, FIRST + PORTS) if port != FIRST + 1]
    assert others == [others[0]] * (PORTS - 1)
    assert not set(found[FIRST + 1]) & set(others[0])


def test_what_docker_proxy_sends_is_led_back_to_it(host: Snapshot) -> None:
    """A rule for the host's own connections meets those of docker-proxy as well."""
    around = "*nat\n:OUTPUT ACCEPT\n-A OUTPUT -p tcp -j REDIRECT --to-ports 10000\nCOMMIT\n"
    saved = {(Variant.NFT, Family.IPV4): parse_save(around, Variant.NFT, Family.IPV4)}
    for each in judged(build_world(replace(host, rules=saved))):
        assert not any(reach.accept for reach in each.reach)
        assert any(reach.unknown for reach in each.reach)
