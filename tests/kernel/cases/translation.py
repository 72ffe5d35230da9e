"""Address translation of first packets."""

from tests.kernel.case import DB, HOST, STRANGER6, WEB, Case, expect, packet

_ROUTED_BRIDGE = (("net.bridge.bridge-nf-call-iptables", "0"),)


def _nat(*rules: str) -> str:
    """A nat table with rules in PREROUTING."""
    return "*nat\n" + "".join(f"-A PREROUTING {rule}\n" for rule in rules) + "COMMIT\n"


_COUNT_ALL = """*mangle
-A INPUT
-A FORWARD
COMMIT
"""

CASES: tuple[Case, ...] = (
    Case(
        "dnat-moves-the-packet-to-forward",
        "A published port is translated before routing: FORWARD decides, INPUT never sees it.",
        """*nat
-A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
COMMIT
*filter
:INPUT DROP [0:0]
-A FORWARD -p tcp --dport 8080 -j DROP
-A FORWARD -p tcp --dport 80
COMMIT
*raw
-A PREROUTING -p tcp --dport 8080
-A PREROUTING -p tcp --dport 80
COMMIT
""",
        (
            expect(
                packet(HOST, 8080),
                "docker0a 172.17.0.2:80",
                "raw PREROUTING 1, nat PREROUTING 1, filter FORWARD 2",
            ),
        ),
    ),
    Case(
        "redirect-and-dnat-to-the-host",
        "REDIRECT goes to the address of the interface it came in by, and on to INPUT.",
        _nat(
            "-p tcp --dport 1 -j REDIRECT --to-ports 8080",
            "-p tcp --dport 2 -j REDIRECT",
            "-p tcp --dport 3 -j DNAT --to-destination 172.17.0.1:8080",
            "-p tcp --dport 4 -j DNAT --to-destination 172.17.255.255:8080",
        )
        + _COUNT_ALL,
        (
            expect(packet(WEB, 1), "host 203.0.113.1:8080", "nat PREROUTING 1, mangle INPUT 1"),
            expect(packet("172.17.0.1", 1), "host 203.0.113.1:8080"),
            expect(packet("8.8.8.8", 2), "host 203.0.113.1:2"),
            expect(packet("8.8.8.8", 2, link="docker0a", src=WEB), "host 172.17.0.1:2"),
            expect(packet(HOST, 3), "host 172.17.0.1:8080", "nat PREROUTING 3, mangle INPUT 1"),
            expect(packet(HOST, 4), "host 172.17.255.255:8080"),
        ),
    ),
    Case(
        "dnat-to-loopback",
        "DNAT to 127.0.0.1 is dropped behind PREROUTING.",
        _nat("-p tcp -j DNAT --to-destination 127.0.0.1:8080") + _COUNT_ALL,
        (expect(packet(HOST), "none", "nat PREROUTING 1"),),
    ),
    Case(
        "dnat-to-loopback-with-route-localnet",
        "With route_localnet of the in-interface it is delivered to the host.",
        _nat("-p tcp -j DNAT --to-destination 127.0.0.1:8080") + _COUNT_ALL,
        (expect(packet(HOST), "host 127.0.0.1:8080", "nat PREROUTING 1, mangle INPUT 1"),),
        sysctls=(("net.ipv4.conf.eth0.route_localnet", "1"),),
    ),
    Case(
        "dnat-port-ranges",
        "A port inside the range stays, any other becomes the first of the range.",
        _nat(
            "-d 203.0.113.1 -p tcp -j DNAT --to-destination 172.17.0.2:8000-8005",
            "-d 10.0.0.1 -p tcp -j DNAT --to-destination 172.17.0.2:8000-8005/100",
        ),
        tuple(
            expect(packet(dst, port, sport=41000 + port), f"docker0a 172.17.0.2:{chosen}")
            for dst, port, chosen in (
                (HOST, 80, 8000),
                (HOST, 8000, 8000),
                (HOST, 8003, 8003),
                (HOST, 8005, 8005),
                (HOST, 8006, 8000),
                ("10.0.0.1", 100, 8000),
                ("10.0.0.1", 101, 8001),
                ("10.0.0.1", 105, 8005),
                ("10.0.0.1", 106, 8000),
            )
        ),
    ),
    Case(
        "dnat-without-a-port",
        "DNAT without a port keeps it and takes every tracked protocol.",
        _nat("-j DNAT --to-destination 172.17.0.2"),
        (
            expect(packet(HOST), "docker0a 172.17.0.2:80"),
            expect(packet(HOST, proto="udp"), "docker0a 172.17.0.2:80"),
            expect(packet(HOST, proto="sctp"), "docker0a 172.17.0.2:80"),
            expect(packet(HOST, proto="icmp"), "docker0a 172.17.0.2"),
            expect(packet(HOST, proto="gre"), "docker0a 172.17.0.2"),
        ),
    ),
    Case(
        "netmap",
        "NETMAP replaces the network and keeps the rest.",
        _nat(
            "-d 203.0.113.0/24 -j NETMAP --to 172.17.0.0/24",
            "-d 9.9.9.0/24 -j NETMAP --to 172.17.0.2",
        ),
        (
            expect(packet("203.0.113.3"), "docker0b 172.17.0.3:80"),
            expect(packet("203.0.113.1"), "host 172.17.0.1:80"),
            expect(packet("9.9.9.77"), "docker0a 172.17.0.2:80"),
        ),
    ),
    Case(
        "first-binding-wins",
        "The first rule to translate ends nat; ACCEPT there keeps the packet as it is.",
        _nat(
            "-p tcp --dport 1 -j ACCEPT",
            "-p tcp -j DNAT --to-destination 172.17.0.2:80",
            "-p tcp -j DNAT --to-destination 172.17.0.3:80",
        ),
        (
            expect(packet(HOST, 1), "host 203.0.113.1:1", "nat PREROUTING 1"),
            expect(packet(HOST, 2), "docker0a 172.17.0.2:80", "nat PREROUTING 2"),
        ),
    ),
    Case(
        "first-binding-wins-across-variants",
        "The nat chain traversed first binds; the other variant's is not traversed at all.",
        _nat("-p tcp -j DNAT --to-destination 172.17.0.2:80"),
        (expect(packet(HOST), "docker0b 172.17.0.3:80", "legacy nat PREROUTING 1"),),
        variants=("nft",),
        other=_nat("-p tcp -j DNAT --to-destination 172.17.0.3:80"),
    ),
    Case(
        "accept-in-nat-does-not-stop-the-other-variant",
        "ACCEPT in one variant's nat binds nothing: the other variant may still translate.",
        _nat("-p tcp -j DNAT --to-destination 172.17.0.2:80"),
        (
            expect(
                packet(HOST),
                "docker0a 172.17.0.2:80",
                "legacy nat PREROUTING 1, nft nat PREROUTING 1",
            ),
        ),
        variants=("nft",),
        other=_nat("-p tcp -j ACCEPT"),
    ),
    Case(
        "nat-policy-drop",
        "A nat policy of DROP drops what no rule translated.",
        "*nat\n:PREROUTING DROP [0:0]\n"
        "-A PREROUTING -p tcp --dport 1 -j DNAT --to-destination 172.17.0.2:80\nCOMMIT\n",
        (
            expect(packet(HOST, 1), "docker0a 172.17.0.2:80"),
            expect(packet(HOST, 2), "none"),
        ),
    ),
    Case(
        "hairpin-to-itself",
        "A container's own published port leads back to it where bridging leaves iptables out.",
        _nat("-p tcp -j DNAT --to-destination 172.17.0.2:8080") + _COUNT_ALL,
        (
            expect(
                packet(HOST, link="docker0a", src=WEB),
                "docker0a 172.17.0.2:8080",
                "nat PREROUTING 1, mangle FORWARD 1",
            ),
        ),
        sysctls=_ROUTED_BRIDGE,
    ),
    Case(
        "hairpin-to-itself-through-bridge-nf",
        "With bridge-nf-call-iptables the bridge keeps the frame: no port sends it back out.",
        _nat("-p tcp -j DNAT --to-destination 172.17.0.2:8080") + _COUNT_ALL,
        (
            expect(packet(HOST, link="docker0a", src=WEB), "none", "nat PREROUTING 1"),
            expect(packet(HOST, link="docker0b", src=DB), "docker0a 172.17.0.2:8080"),
        ),
        sysctls=(("net.bridge.bridge-nf-call-iptables", "1"),),
    ),
    Case(
        "source-translation-comes-last",
        "MASQUERADE changes the source behind every filter; delivery is the same.",
        """*nat
-A POSTROUTING -o docker0 -j MASQUERADE
COMMIT
*mangle
-A POSTROUTING -s 198.51.100.7
-A POSTROUTING -m conntrack --ctstate SNAT
COMMIT
""",
        (expect(packet(), "docker0a 172.17.0.2:80", "mangle POSTROUTING 1, nat POSTROUTING 1"),),
    ),
    Case(
        "dnat-ipv6",
        "The same in IPv6: DNAT, REDIRECT and NETMAP.",
        _nat(
            "-p tcp --dport 1 -j DNAT --to-destination [fd00:17::2]:80",
            "-p tcp --dport 2 -j REDIRECT --to-ports 8080",
            "-d 2001:db8:113:0:1::/120 -j NETMAP --to fd00:17::/120",
        ),
        (
            expect(packet("2001:db8:113::1", 1, src=STRANGER6), "docker0a [fd00:17::2]:80"),
            expect(packet("2001:db8:9::9", 2, src=STRANGER6), "host [2001:db8:113::1]:8080"),
            expect(packet("2001:db8:113:0:1::3", 3, src=STRANGER6), "docker0b [fd00:17::3]:3"),
        ),
        version=6,
    ),
    Case(
        "random-without-a-range",
        "`--random` has no choice where one port is named, or none.",
        _nat(
            "-p tcp --dport 1 -j DNAT --to-destination 172.17.0.2:80 --random",
            "-p tcp --dport 2 -j DNAT --to-destination 172.17.0.2 --random --persistent",
            "-p tcp --dport 3 -j REDIRECT --to-ports 8080 --random",
            "-p tcp --dport 4 -j REDIRECT --random",
        ),
        (
            expect(packet(HOST, 1), "docker0a 172.17.0.2:80", "nat PREROUTING 1"),
            expect(packet(HOST, 2), "docker0a 172.17.0.2:2", "nat PREROUTING 2"),
            expect(packet(HOST, 3), "host 203.0.113.1:8080", "nat PREROUTING 3"),
            expect(packet(HOST, 4), "host 203.0.113.1:4", "nat PREROUTING 4"),
        ),
    ),
)
