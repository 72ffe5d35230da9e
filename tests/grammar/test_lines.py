"""The line formats: `ss -lntup`, `ipset save`, `sysctl -a`."""

from __future__ import annotations

import pytest

from dockerwall.grammar.errors import GrammarError
from dockerwall.grammar.ipset import parse_ipsets
from dockerwall.grammar.sockets import parse_listeners
from dockerwall.grammar.sysctls import parse_sysctls

SOCKETS = """\
tcp   LISTEN 0      4096      127.0.0.1:5432      0.0.0.0:*    users:(("docker-proxy",pid=415,fd=7))
udp   UNCONN 0      0    127.0.0.53%lo:53        0.0.0.0:*
tcp   LISTEN 0      512          *:22             *:* users:(("sh",pid=2,fd=3),("sh",pid=2,fd=4))
tcp   LISTEN 0      5     [fe80::1]%eth0:8000  [::]:*  users:(("a (b) \\" c",pid=9,fd=1))
udp   UNCONN 0      0         [::]:53            [::]:*
tcp   ESTAB  0      0    10.0.0.1:22      10.0.0.2:4000
"""


def test_listening_sockets_with_device_and_processes() -> None:
    proxy, resolver, sshd, odd, dns = parse_listeners(SOCKETS)
    assert (proxy.protocol, proxy.address, proxy.port) == ("tcp", "127.0.0.1", 5432)
    assert proxy.processes == (("docker-proxy", 415),)
    assert (resolver.address, resolver.interface, resolver.processes) == ("127.0.0.53", "lo", ())
    assert (sshd.address, sshd.processes) == ("*", (("sh", 2),))
    assert (odd.address, odd.interface, odd.port) == ("fe80::1", "eth0", 8000)
    assert (dns.protocol, dns.address) == ("udp", "::")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\nnonsense\n", 2, 1),
        ("tcp LISTEN 0 128 0.0.0.0:ssh 0.0.0.0:*\n", 1, 26),
        ("tcp LISTEN 0 128 0.0.0.0:99999 0.0.0.0:*\n", 1, 26),
    ],
)
def test_bad_sockets_are_named_with_their_place(text: str, line: int, column: int) -> None:
    with pytest.raises(GrammarError) as caught:
        parse_listeners(text)
    assert (caught.value.line, caught.value.column) == (line, column)


SETS = """\
create friends hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0xabc
add friends 203.0.113.9
create nets hash:net,port family inet6 timeout 60 counters comment forceadd
add nets 2001:db8::/32,tcp:80 timeout 30 packets 0 bytes 0 comment "it's \\"ours\\"" nomatch
create all list:set size 8
add all friends
create low bitmap:port range 0-1023
"""


def test_sets_with_options_and_entries_as_they_stand() -> None:
    friends, nets, every, low = parse_ipsets(SETS)
    assert (friends.type, friends.option("family")) == ("hash:ip", "inet")
    assert friends.entries == ("203.0.113.9",)
    assert nets.option("timeout") == "60"
    assert nets.option("counters") == ""
    assert nets.option("skbinfo") is None
    assert nets.entries[0].startswith("2001:db8::/32,tcp:80 timeout 30")
    assert nets.entries[0].endswith("nomatch")
    assert (every.type, every.entries) == ("list:set", ("friends",))
    assert low.option("range") == "0-1023"


def test_no_sets_is_not_an_error() -> None:
    assert parse_ipsets("") == ()


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("add lost 10.0.0.1\n", 1, 5),
        ("create x hash:ip\ncreate x hash:ip\n", 2, 8),
        ("create x\n", 1, 9),
        ("create x hash\n", 1, 10),
        ("flush x all\n", 1, 1),
        ("\x00\x01\x02", 1, 4),
    ],
)
def test_bad_sets_are_named_with_their_place(text: str, line: int, column: int) -> None:
    with pytest.raises(GrammarError) as caught:
        parse_ipsets(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_settings_are_found_by_the_name_of_the_interface() -> None:
    settings = parse_sysctls(
        "net.ipv4.ip_forward = 1\nnet.ipv4.conf.eth0/100.rp_filter = 2\n"
        'sysctl: permission denied on key "net.x"\nnet/ipv6/conf/all/forwarding=0\n'
    )
    assert settings == {
        "net.ipv4.ip_forward": "1",
        "net.ipv4.conf.eth0.100.rp_filter": "2",
        "net.ipv6.conf.all.forwarding": "0",
    }


def test_a_bad_setting_is_named_with_its_line() -> None:
    with pytest.raises(GrammarError, match=r"sysctl.txt:2:1: "):
        parse_sysctls("a = 1\nnonsense\n")
