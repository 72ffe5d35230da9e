"""Names beside numbers."""

from __future__ import annotations

from dockerwall.model.docker import Container, DockerHost, Endpoint, Network, PublishedPort
from dockerwall.model.intervals import Intervals
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family
from dockerwall.model.network import Address
from dockerwall.model.rules import Rule
from dockerwall.present.names import NO_NAMES, Names

WEB = Container(
    "c1",
    "web",
    "nginx",
    "app",
    (PublishedPort("tcp", 80, "0.0.0.0", 8080), PublishedPort("tcp", 80, "::", 8080)),
    (("tcp", 80),),
    (Endpoint("app", "n1", "172.18.0.2", "2001:db8:1::2"),),
)
EVIL = Container(
    "c2", "x\x1b[2J", "i", "app", (), (), (Endpoint("app", "n1", "172.18.0.3", "not an address"),)
)
APP = Network(
    "n1",
    "app",
    "bridge",
    False,
    True,
    False,
    ("172.18.0.0/16", "2001:db8:1::/64", "nonsense"),
    ("172.18.0.1",),
    "br-app",
)
NAMES = Names(
    DockerHost("28.5.2", "h", "iptables", False, True, (WEB, EVIL), (APP,)),
    (
        Address("eth0", Family.IPV4, "192.0.2.10", 24, "global"),
        Address("wg0", Family.IPV4, "10.9.0.1", 32, "global"),
    ),
    (
        IpSet("bad", "hash:net", (), tuple(f"198.51.100.{n} timeout 5" for n in range(9))),
        IpSet("none", "hash:net", (), ()),
    ),
)


def beside(text: str, table: str = "filter", names: Names = NAMES) -> list[str]:
    found = names.beside(Rule("X", 1, f"-A X {text}", 1), Family.IPV4, table)
    return [piece.text for piece in found]


def single(address: int) -> Intervals:
    return Intervals.single(address)


def test_addresses() -> None:
    assert beside("-d 172.18.0.2/32 -j ACCEPT") == ["web"]
    assert beside("-d 172.18.0.1/32 -j ACCEPT") == ["gateway of network app"]
    assert beside("-d 192.0.2.10/32 -j ACCEPT") == ["this host, eth0"]
    assert beside("-s 8.8.8.8/32 -j ACCEPT") == []


def test_networks() -> None:
    assert beside("-s 172.18.0.0/16 -j ACCEPT") == ["network app"]
    assert beside("-s 192.0.2.0/24 -j ACCEPT") == ["the network on eth0"]
    assert beside("-s 10.9.0.0/16 -j ACCEPT") == []


def test_bridges_once_each() -> None:
    assert beside("! -i br-app -o br-app -j DROP") == ["network app"]
    assert beside("-i br+ -j DROP") == []


def test_published_ports() -> None:
    dnat = "-p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80"
    assert beside(dnat, "nat") == ["web"]
    assert beside("-p tcp -m conntrack --ctorigdstport 8080 -j DROP") == ["web"]
    assert beside("-p udp -m conntrack --ctorigdstport 8080 -j DROP") == []
    assert beside("-p tcp -m tcp --dport 8080 -j DROP", "filter") == []
    assert beside("-p tcp -m tcp --dport 8080 -j DROP", "raw") == ["web"]


def test_ipsets() -> None:
    assert beside("-m set --match-set bad src -j DROP") == [
        "bad: 9 entries: 198.51.100.0, 198.51.100.1, 198.51.100.2, ..."
    ]
    assert beside("-m set --match-set none src -j DROP") == ["none: empty"]
    assert beside("-m set --match-set gone src -j DROP") == ["gone: no such set was read"]
    assert beside("-m set --match-set gone src -j DROP", names=NO_NAMES) == [
        "gone: its content was not read"
    ]


def test_names_from_a_host_are_made_safe() -> None:
    assert beside("-d 172.18.0.3/32 -j DROP") == ["x\\x1b[2J"]


def test_ipv6_addresses() -> None:
    text = "-A X -d 2001:db8:1::2/128 -s 2001:db8:1::/64 -j ACCEPT"
    found = NAMES.beside(Rule("X", 1, text, 1), Family.IPV6, "filter")
    assert sorted(piece.text for piece in found) == ["network app", "web"]


def test_names_read_again_from_the_same_host_are_equal() -> None:
    again = Names(NAMES.docker, NAMES.addresses, NAMES.ipsets)
    assert again.of_addresses(Family.IPV4, single(0xAC120002)) == "web"
    assert again == NAMES
