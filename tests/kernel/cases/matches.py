"""What the plain matches of iptables match."""

from tests.kernel.case import (
    HOST,
    STRANGER,
    STRANGER6,
    WEB6,
    Case,
    expect,
    packet,
    truth,
)

_PROTOCOLS = (
    packet(),
    packet(dport=92),
    packet(proto="udp"),
    packet(proto="sctp"),
    packet(proto="icmp"),
    packet(proto="gre"),
)
_DESTINATIONS = tuple(
    packet(dst)
    for dst in (
        HOST,
        "172.17.0.1",
        "127.0.0.1",
        "203.0.113.255",
        "172.17.255.255",
        "255.255.255.255",
        "224.0.0.1",
        "8.8.8.8",
        "172.17.0.2",
        "0.0.0.0",
        "203.0.113.0",
    )
)

CASES: tuple[Case, ...] = (
    truth(
        "ports-need-their-protocol",
        "A port match, negated or not, matches only packets of its own protocol.",
        "mangle FORWARD",
        _PROTOCOLS,
        {
            "-p tcp --dport 80": "100000",
            "-p tcp ! --dport 80": "010000",
            "-p tcp --dport 81:92": "010000",
            "-p tcp --dport :80": "100000",
            "-p tcp ! --dport 81:": "100000",
            "-p udp --dport 80": "001000",
            "-p udp ! --dport 80": "000000",
            "-p sctp --dport 80": "000100",
            "-p sctp ! --dport 80": "000000",
            "-p tcp --dport 80 ! --sport 40000": "000000",
            "-p tcp --dport 80 --sport 40000:": "100000",
            "! -p tcp": "001111",
            "-p tcp -m tcp": "110000",
        },
    ),
    truth(
        "negated-protocol-with-port-nft",
        "The nft variant takes `! -p tcp --dport` and matches that port of every other protocol.",
        "mangle FORWARD",
        _PROTOCOLS[:4],
        {"! -p tcp --dport 80": "0011"},
        variants=("nft",),
    ),
    truth(
        "multiport",
        "multiport negates its whole list; `--ports` looks at either port.",
        "mangle FORWARD",
        _PROTOCOLS,
        {
            "-p tcp -m multiport --dports 80,90:95": "110000",
            "-p tcp -m multiport --dports 79,81:91": "000000",
            "-p tcp -m multiport ! --dports 80,90:91": "010000",
            "-p tcp -m multiport --sports 40000": "110000",
            "-p tcp -m multiport --ports 80": "100000",
            "-p tcp -m multiport ! --ports 80": "010000",
            "-p tcp -m multiport ! --ports 40000": "000000",
            "-p udp -m multiport --dports 80": "001000",
            "-p sctp -m multiport --dports 80": "000100",
        },
    ),
    truth(
        "tcp-flags",
        "--syn is SYN alone among SYN, RST, ACK and FIN; negation is of the comparison.",
        "mangle FORWARD",
        tuple(packet(flags=flags) for flags in ("S", "A", "SP", "", "R", "SA")),
        {
            "-p tcp --syn": "101000",
            "-p tcp ! --syn": "010111",
            "-p tcp --tcp-flags ALL SYN": "100000",
            "-p tcp --tcp-flags SYN,ACK SYN": "101000",
            "-p tcp --tcp-flags ALL NONE": "000100",
            "-p tcp ! --tcp-flags ALL NONE": "111011",
            "-p tcp --tcp-flags RST RST": "000010",
            "-p tcp --tcp-flags SYN,RST RST": "000010",
        },
    ),
    truth(
        "icmp-types",
        "An ICMP type is matched in ICMP packets only, negated too.",
        "mangle FORWARD",
        (packet(proto="icmp"), packet(proto="icmp", icmp_type=13), packet()),
        {
            "-p icmp": "110",
            "-p icmp --icmp-type 8": "100",
            "-p icmp --icmp-type any": "110",
            "-p icmp ! --icmp-type any": "000",
            "-p icmp ! --icmp-type 8": "010",
            "-p icmp --icmp-type 13/0": "010",
            "-p icmp --icmp-type 13/1": "000",
            "! -p icmp": "001",
        },
    ),
    truth(
        "icmpv6-types",
        "The same for ICMPv6.",
        "mangle FORWARD",
        (
            packet(WEB6, src=STRANGER6, proto="icmpv6"),
            packet(WEB6, src=STRANGER6),
        ),
        {
            "-p icmpv6": "10",
            "-p icmpv6 -m icmp6 --icmpv6-type 128": "10",
            "-p icmpv6 -m icmp6 ! --icmpv6-type 128": "00",
            "-p icmpv6 -m icmp6 --icmpv6-type echo-reply": "00",
            "! -p icmpv6": "01",
        },
        version=6,
    ),
    truth(
        "addresses",
        "Masks need not be contiguous; ranges include both ends; a reversed range is empty.",
        "mangle FORWARD",
        tuple(packet(src=f"198.51.100.{last}") for last in (6, 7, 9, 10)),
        {
            "-s 198.51.100.0/24": "1111",
            "! -s 198.51.100.0/24": "0000",
            "-s 0.0.0.7/0.0.0.255": "0100",
            "! -s 198.51.100.6/31": "0011",
            "-m iprange --src-range 198.51.100.7-198.51.100.9": "0110",
            "-m iprange ! --src-range 198.51.100.7-198.51.100.9": "1001",
            "-m iprange --src-range 198.51.100.9-198.51.100.7": "0000",
            "-m iprange --src-range 198.51.100.7": "0100",
            "-m iprange --dst-range 172.17.0.1-172.17.0.2": "1111",
            "-m iprange ! --src-range 198.51.100.7-198.51.100.9 "
            "! --dst-range 172.17.0.3-172.17.0.9": "1001",
        },
    ),
    truth(
        "addrtype-of-destinations",
        "LOCAL includes every bridge gateway and 127/8; the network address is UNICAST.",
        "raw PREROUTING",
        _DESTINATIONS,
        {
            "-m addrtype --dst-type LOCAL": "111 00000000",
            "-m addrtype ! --dst-type LOCAL": "000 11111111",
            "-m addrtype --dst-type UNICAST": "000 000 0 11 0 1",
            "-m addrtype --dst-type BROADCAST": "000 111 0 00 1 0",
            "-m addrtype --dst-type MULTICAST": "000 000 1 00 0 0",
            "-m addrtype --dst-type ANYCAST": "00000000000",
            "-m addrtype --dst-type LOCAL,BROADCAST": "111 111 0 00 1 0",
            "-m addrtype --dst-type LOCAL --limit-iface-in": "10000000000",
            "-m addrtype --dst-type UNICAST --limit-iface-in": "011 010 0 11 0 1",
            "-m addrtype --dst-type BROADCAST --limit-iface-in": "000 101 0 00 1 0",
            "-m addrtype --src-type UNICAST --dst-type LOCAL": "11100000000",
        },
    ),
    truth(
        "addrtype-of-sources",
        "The same types, of the source.",
        "raw PREROUTING",
        tuple(
            packet(src=src)
            for src in (STRANGER, HOST, "127.0.0.1", "172.17.0.1", "203.0.113.255", "224.0.0.1")
        ),
        {
            "-m addrtype --src-type LOCAL": "011100",
            "-m addrtype --src-type UNICAST": "100000",
            "-m addrtype --src-type BROADCAST": "000010",
            "-m addrtype --src-type MULTICAST": "000001",
            "-m addrtype --src-type LOCAL --limit-iface-in": "010000",
        },
    ),
    truth(
        "rpfilter",
        "rpfilter asks for a unicast way back by the same interface; --loose by any.",
        "raw PREROUTING",
        tuple(
            packet(src=src)
            for src in (
                STRANGER,
                HOST,
                "127.0.0.1",
                "10.0.0.9",
                "224.0.0.1",
                "255.255.255.255",
                "0.0.0.0",
                "203.0.113.255",
                "172.17.0.2",
            )
        ),
        {
            "-m rpfilter": "100 0 111 0 0",
            "-m rpfilter --invert": "011 1 000 1 1",
            "-m rpfilter --loose": "100 1 111 0 1",
            "-m rpfilter --loose --invert": "011 0 000 1 0",
            "-m rpfilter --accept-local": "110 0 111 0 0",
        },
    ),
    truth(
        "rpfilter-elsewhere",
        "Multicast, broadcast and zero sources are looked up like others: by the default route.",
        "raw PREROUTING",
        tuple(
            packet(link="eth1", src=src)
            for src in ("10.0.0.9", STRANGER, "224.0.0.1", "255.255.255.255", "0.0.0.0")
        ),
        {
            "-m rpfilter": "10000",
            "-m rpfilter --loose": "11111",
            "-m rpfilter --invert": "01111",
        },
    ),
    truth(
        "rpfilter-ipv6-elsewhere",
        "A link-local source passes on every interface with link-local addresses of its own.",
        "raw PREROUTING",
        tuple(
            packet(WEB6, link="eth1", src=src)
            for src in ("fd00:a::9", STRANGER6, "::", "fe80::9", "fd00:17::2")
        ),
        {"-m rpfilter": "10110", "-m rpfilter --loose": "11111"},
        version=6,
    ),
    truth(
        "addrtype-ipv6",
        "IPv6: UNICAST takes own and anycast addresses too; `::1` never gets as far as a rule.",
        "raw PREROUTING",
        tuple(
            packet(dst, src=STRANGER6)
            for dst in ("2001:db8:113::1", "fd00:17::1", "::1", "fd00:17::", "ff02::1", "::", WEB6)
        ),
        {
            "-m addrtype --dst-type LOCAL": "1100000",
            "-m addrtype ! --dst-type LOCAL": "0001111",
            "-m addrtype --dst-type UNICAST": "1101001",
            "-m addrtype --dst-type ANYCAST": "0001000",
            "-m addrtype --dst-type MULTICAST": "0000100",
            "-m addrtype --dst-type LOCAL --limit-iface-in": "1000000",
        },
        version=6,
    ),
    truth(
        "rpfilter-ipv6",
        "IPv6: the way back by the interface; link-local and unspecified sources pass.",
        "raw PREROUTING",
        tuple(
            packet(WEB6, src=src)
            for src in (STRANGER6, "fd00:a::9", "2001:db8:113::1", "::", "fe80::9", "fd00:17::2")
        ),
        {
            "-m rpfilter": "100110",
            "-m rpfilter --loose": "110111",
            "-m rpfilter --invert": "011001",
        },
        version=6,
    ),
    Case(
        "marks-reach-filter",
        "A mark set in mangle or raw is seen in filter, and compared under the mask.",
        """*raw
-A PREROUTING -p tcp --dport 3 -j MARK --set-mark 0x5
COMMIT
*mangle
-A PREROUTING -p tcp --dport 1 -j MARK --set-xmark 0xff/0x0f
-A PREROUTING -p tcp --dport 2 -j MARK --set-mark 0xf0/0xff
-A PREROUTING -p tcp --dport 2 -j MARK --or-mark 0x3
-A PREROUTING -p tcp --dport 2 -j MARK --and-mark 0xf1
-A PREROUTING -p tcp --dport 2 -j MARK --xor-mark 0x100
COMMIT
*filter
-A FORWARD -m mark --mark 0xff -j DROP
-A FORWARD -m mark --mark 0x1f1
-A FORWARD -m mark --mark 0x1/0x1
-A FORWARD -m mark ! --mark 0
-A FORWARD -m mark --mark 0x100/0xff
COMMIT
""",
        (
            expect(packet(dport=1), "none", "mangle PREROUTING 1, filter FORWARD 1"),
            expect(
                packet(dport=2),
                "docker0a 172.17.0.2:2",
                "mangle PREROUTING 2, mangle PREROUTING 3, mangle PREROUTING 4, "
                "mangle PREROUTING 5, filter FORWARD 2, filter FORWARD 3, filter FORWARD 4",
            ),
            expect(
                packet(dport=3),
                "docker0a 172.17.0.2:3",
                "raw PREROUTING 1, filter FORWARD 3, filter FORWARD 4",
            ),
            expect(packet(dport=4), "docker0a 172.17.0.2:4", ""),
        ),
    ),
)
