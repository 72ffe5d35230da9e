"""Policy routing: which table is asked, by mark, source, interface and destination."""

from tests.kernel.case import HOST, STRANGER, STRANGER6, WEB, WEB6, Case, expect, packet

_TO_ETH1 = "route add default via 10.0.0.254 dev eth1 onlink table 100"
_BY_MARK = ("rule add fwmark 0x1 table 100", _TO_ETH1)
_MARKING = "*mangle\n-A PREROUTING -i {} -p tcp --dport 81 -j MARK --set-mark 0x1\nCOMMIT\n"
_COUNT = "*mangle\n-A PREROUTING\n-A FORWARD\nCOMMIT\n"


def _grid(*rows: tuple[str, str, str, str]) -> Case:
    """Packets by interface, source and destination, and where each ends."""
    return Case(
        "rules-by-source-and-interface",
        "A rule's table without an answer, or a throw, leaves the next rule to be asked.",
        _COUNT,
        tuple(expect(packet(dst, link=link, src=src), end) for link, src, dst, end in rows),
        commands=(
            "rule add from 10.0.0.0/24 to 8.0.0.0/8 table 100",
            "rule add iif eth table 101",
            "rule add pref 50 from 192.0.2.0/24 prohibit",
            "route add default via 192.168.7.254 dev eth onlink table 100",
            "route add throw 8.8.8.8 table 101",
            "route add unreachable 172.17.0.2 table 101",
        ),
    )


def _end(arrives: bool) -> str:
    """Where a packet for the web container ends."""
    return "docker0a 172.17.0.2:80" if arrives else "none"


CASES: tuple[Case, ...] = (
    _grid(
        ("eth0", STRANGER, "8.8.8.8", "eth0 8.8.8.8:80"),
        ("eth1", "10.0.0.9", "8.8.8.8", "eth 8.8.8.8:80"),
        ("eth1", STRANGER, "8.8.8.8", "eth0 8.8.8.8:80"),
        ("eth", "192.168.7.9", "8.8.8.8", "eth0 8.8.8.8:80"),
        ("eth0", STRANGER, WEB, "docker0a 172.17.0.2:80"),
        ("eth1", "10.0.0.9", WEB, "docker0a 172.17.0.2:80"),
        ("eth", "192.168.7.9", WEB, "none icmp 3/1"),
        ("eth0", "192.0.2.5", WEB, "none icmp 3/13"),
        ("eth", "192.168.7.9", HOST, "host 203.0.113.1:80"),
    ),
    Case(
        "fwmark-routes",
        "A mark set in PREROUTING chooses the routing table; own addresses come first.",
        "*mangle\n-A PREROUTING -i eth0 -p tcp --dport 81 -j MARK --set-mark 0x1\n"
        "-A PREROUTING -p tcp --dport 82 -j MARK --set-mark 0x12\nCOMMIT\n",
        (
            expect(packet("8.8.8.8", 80), "eth0 8.8.8.8:80"),
            expect(packet("8.8.8.8", 81), "eth1 8.8.8.8:81"),
            expect(packet("8.8.8.8", 82), "none"),
            expect(packet(HOST, 81), "host 203.0.113.1:81"),
            expect(packet(WEB, 82), "none"),
        ),
        commands=(*_BY_MARK, "rule add fwmark 0x2/0xf blackhole"),
    ),
    Case(
        "fwmark-unseen-by-rp-filter",
        "The look-up for rp_filter has no mark, so a source behind a marked table stays refused.",
        _MARKING.format("eth1"),
        (
            expect(packet(WEB, 80, link="eth1"), "none"),
            expect(packet(WEB, 81, link="eth1"), "none"),
            expect(packet(WEB, 81), "docker0a 172.17.0.2:81"),
        ),
        sysctls=(("net.ipv4.conf.eth1.rp_filter", "1"),),
        commands=_BY_MARK,
    ),
    Case(
        "fwmark-seen-by-rp-filter",
        "With src_valid_mark it has.",
        _MARKING.format("eth1"),
        (
            expect(packet("8.8.8.8", 80, link="eth1"), "none"),
            expect(packet("8.8.8.8", 81, link="eth1"), "eth1 8.8.8.8:81"),
        ),
        sysctls=(
            ("net.ipv4.conf.eth1.rp_filter", "1"),
            ("net.ipv4.conf.eth1.src_valid_mark", "1"),
        ),
        commands=_BY_MARK,
    ),
    Case(
        "inverted-rule",
        "`not` turns both addresses together; with rp_filter the way back meets it as well.",
        _COUNT,
        (
            expect(packet("8.8.8.8"), "none", "mangle PREROUTING 1"),
            expect(packet(WEB), "none", "mangle PREROUTING 1"),
            expect(packet(HOST), "none", "mangle PREROUTING 1"),
        ),
        sysctls=(("net.ipv4.conf.all.rp_filter", "2"),),
        commands=("rule add not from 0.0.0.0/1 to 8.8.8.8 prohibit",),
    ),
    Case(
        "suppressed-default",
        "suppress_prefixlength 0 leaves the main table all but its default route.",
        "",
        (
            expect(packet("8.8.8.8"), "eth1 8.8.8.8:80"),
            expect(packet(WEB), "docker0a 172.17.0.2:80"),
            expect(packet(HOST), "host 203.0.113.1:80"),
            expect(packet("10.0.0.7"), "eth1 10.0.0.7:80"),
        ),
        commands=(
            "rule add pref 100 lookup main suppress_prefixlength 0",
            "rule add pref 101 table 100",
            _TO_ETH1,
        ),
    ),
    Case(
        "rules-the-model-does-not-follow",
        "A goto, and rules by port, which the model leaves unknown.",
        "",
        (
            expect(packet("8.8.8.8", 80), "eth0 8.8.8.8:80"),
            expect(packet("8.8.8.8", 81), "eth1 8.8.8.8:81"),
            expect(packet("8.8.4.4", 80), "none"),
        ),
        commands=(
            "rule add pref 90 ipproto tcp dport 81 table 100",
            "rule add pref 100 to 8.8.8.8 goto 200",
            "rule add pref 150 blackhole",
            "rule add pref 200 lookup main",
            _TO_ETH1,
        ),
    ),
    Case(
        "asymmetric-routes",
        "Strict rp_filter: the longest prefix decides, and any way of a shared route will do.",
        _COUNT,
        tuple(
            expect(packet(WEB, link=link, src=src), _end(arrives))
            for link, src, arrives in (
                ("eth0", STRANGER, True),
                ("eth0", "192.0.2.5", False),
                ("eth0", "192.0.2.200", False),
                ("eth1", STRANGER, False),
                ("eth1", "192.0.2.5", True),
                ("eth1", "192.0.2.200", True),
                ("eth", "192.0.2.5", False),
                ("eth", "192.0.2.200", True),
            )
        ),
        sysctls=(("net.ipv4.conf.all.rp_filter", "1"),),
        commands=(
            "route add 192.0.2.0/25 via 10.0.0.254 dev eth1 onlink",
            "route add 192.0.2.0/24 nexthop via 10.0.0.254 dev eth1 onlink "
            "nexthop via 192.168.7.254 dev eth onlink",
        ),
    ),
    Case(
        "rules-ipv6",
        "Policy rules of IPv6: by source, and by source, interface and destination together.",
        "",
        (
            expect(packet(WEB6, src=STRANGER6), "docker0a [fd00:17::2]:80"),
            expect(packet(WEB6, link="eth1", src="fd00:a::9"), "eth [fd00:17::2]:80"),
            expect(packet("2001:db8:8::8", link="eth1", src="fd00:a::9"), "eth [2001:db8:8::8]:80"),
            expect(packet("2001:db8:8::8", link="eth1", src=STRANGER6), "any"),
            expect(packet("2001:db8:8::8", src=STRANGER6), "eth0 [2001:db8:8::8]:80"),
            expect(
                packet("2001:db8:113::1", link="eth1", src="fd00:a::9"), "host [2001:db8:113::1]:80"
            ),
        ),
        version=6,
        commands=(
            "rule add from fd00:a::/64 table 100",
            "route add ::/0 via fd00:7::fe dev eth onlink table 100",
            "rule add pref 5 from 2001:db8:51::/64 iif eth1 to 2001:db8:8::/48 prohibit",
        ),
    ),
)
