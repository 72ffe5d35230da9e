"""What `ip -j` prints, taken from iproute2 6.1 in a namespace with a bit of everything."""

from __future__ import annotations

import pytest

from dockerwall.grammar.errors import GrammarError
from dockerwall.grammar.ipjson import parse_addresses, parse_links, parse_policy_rules, parse_routes
from dockerwall.model.kinds import Family

LINKS = """[
{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"link_type":"loopback",
 "address":"00:00:00:00:00:00"},
{},
{"ifindex":2,"ifname":"br0","flags":["BROADCAST","UP"],"link_type":"ether","address":"da:d9::",
 "linkinfo":{"info_kind":"bridge","info_data":{"stp_state":0}}},
{"ifindex":4,"link":"v1","ifname":"v0","flags":[],"master":"br0","link_type":"ether",
 "linkinfo":{"info_kind":"veth","info_slave_kind":"bridge"}}]"""


def test_links_say_what_they_are_and_where_they_belong() -> None:
    loopback, bridge, veth = parse_links(LINKS)
    assert (loopback.kind, loopback.up, loopback.master) == ("loopback", True, None)
    assert (bridge.kind, bridge.index) == ("bridge", 2)
    assert (veth.kind, veth.master, veth.parent, veth.up) == ("veth", "br0", "v1", False)


def test_addresses_of_both_families_and_their_peers() -> None:
    text = """[{"ifindex":3,"ifname":"v1","addr_info":[
    {"family":"inet","local":"10.0.0.1","address":"10.0.0.2","prefixlen":32,"scope":"global"},
    {"family":"inet6","local":"fe80::1","prefixlen":64,"scope":"link"},{},
    {"family":"mpls","local":"16"}]}]"""
    four, six = parse_addresses(text)
    assert (four.interface, four.address, four.prefix, four.peer) == (
        "v1",
        "10.0.0.1",
        32,
        "10.0.0.2",
    )
    assert (six.family, six.address, six.scope) == (Family.IPV6, "fe80::1", "link")


RULES = """[{"priority":0,"src":"all","table":"local"},
{"priority":50,"src":"10.9.0.0","srclen":24,"dst":"10.8.0.1","iif":"v1","table":"100"},
{"priority":60,"src":"all","fwmark":"0x1","fwmask":"0xff","action":"blackhole"},
{"priority":70,"src":"all","goto":100},{"priority":100,"src":"all","nop":null},
{"priority":110,"src":"all","uid_start":1,"uid_end":2,"ipproto":"tcp","dport":22,"table":"main"},
{"priority":120,"src":"all","l3mdev":null},
{"priority":32764,"src":"all","table":"main","suppress_prefixlen":0},
{"priority":32765,"not":null,"src":"all","fwmark":"0xca6c","table":"51820"},
{"priority":7,"src":"2001:db8::","srclen":32,"table":"main"}]"""


def test_policy_rules_hold_every_condition_or_say_that_they_do_not() -> None:
    rules = parse_policy_rules(RULES)
    assert [rule.action for rule in rules[:5]] == ["lookup", "lookup", "blackhole", "goto", "nop"]
    assert (rules[1].source, rules[1].destination) == ("10.9.0.0/24", "10.8.0.1")
    assert (rules[1].in_interface, rules[1].table) == ("v1", "100")
    assert (rules[2].mark, rules[2].mark_mask) == (1, 0xFF)
    assert rules[5].unmodelled == ("dport", "ipproto", "uid_end", "uid_start")
    assert rules[6].unmodelled == ("l3mdev",)
    assert rules[7].suppress_prefix == 0
    assert (rules[8].inverted, rules[8].mark) == (True, 0xCA6C)
    assert rules[9].family is Family.IPV6


def test_routes_with_next_hops_and_without() -> None:
    text = """[{"dst":"default","flags":[],"nexthops":[
        {"gateway":"10.0.0.2","dev":"v1","weight":1,"flags":["onlink"]},
        {"gateway":"10.0.1.2","dev":"v2","weight":1,"flags":["dead","linkdown"]}]},
      {"type":"unreachable","dst":"10.5.0.0/16","flags":[]},
      {"dst":"10.6.0.0/16","via":{"family":"inet6","host":"fe80::1"},"dev":"v1","flags":[]},
      {"type":"local","dst":"10.0.0.1","dev":"v1","table":"local","scope":"host",
       "prefsrc":"10.0.0.1","metric":7,"flags":["linkdown"]}]"""
    default, unreachable, via, local = parse_routes(text, Family.IPV4)
    assert default.nexthops == (("v1", "10.0.0.2"),)
    assert (unreachable.type, unreachable.interface, unreachable.table) == (
        "unreachable",
        None,
        "main",
    )
    assert via.gateway == "fe80::1"
    assert (local.type, local.table, local.metric, local.dead) == ("local", "local", 7, True)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ("{}", 1, 1),
        ('[{"ifname": "lo", "addr_info": [', 1, 33),
        ('[{"ifname": "lo"},\n {"addr_info": []}]', 2, 2),
        ('[\n{"ifname": "lo", "addr_info": [{"family": "inet", "local": "no"}]}]', 2, 1),
        ('[{"ifname":"x","addr_info":[{"family":"inet","local":"1.1.1.1","prefixlen":33}]}]', 1, 2),
        ("[7]", 1, 2),
        ("[" * 100_000, 1, 1),
    ],
)
def test_bad_text_is_named_with_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(GrammarError) as caught:
        parse_addresses(text)
    assert (caught.value.source, caught.value.line, caught.value.column) == (
        "addr.json",
        line,
        column,
    )
