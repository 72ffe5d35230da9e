"""Which packets the routing decision lets arrive at all, and where it sends them."""

from tests.kernel.case import HOST, STRANGER, STRANGER6, WEB, WEB6, Case, expect, packet

_COUNT = """*mangle
-A PREROUTING
-A INPUT
-A FORWARD
COMMIT
"""
_GONE = ("none", "mangle PREROUTING 1")
_BLACKHOLE = ("route add blackhole 192.0.2.66/32",)
_WEB = "docker0a 172.17.0.2:80"


def _sources(
    name: str, says: str, ends: dict[str, bool], sysctls: tuple[tuple[str, str], ...] = ()
) -> Case:
    """A case that sends from many sources on the Internet wire: True where they arrive."""
    forward = "mangle PREROUTING 1, mangle FORWARD 1"
    inward = "mangle PREROUTING 1, mangle INPUT 1"
    probes = []
    for src, arrives in ends.items():
        to_web, to_host = packet(src=src), packet(HOST, src=src)
        probes.append(expect(to_web, _WEB, forward) if arrives else expect(to_web, *_GONE))
        found = expect(to_host, f"host {HOST}:80", inward)
        probes.append(found if arrives else expect(to_host, *_GONE))
    return Case(name, says, _COUNT, tuple(probes), sysctls=sysctls, commands=_BLACKHOLE)


CASES: tuple[Case, ...] = (
    _sources(
        "martian-sources",
        "Own addresses, loopback, multicast, 0.0.0.0 and 255.255.255.255 never arrive.",
        {
            STRANGER: True,
            HOST: False,
            "10.0.0.1": False,
            "172.17.0.1": False,
            "127.0.0.1": False,
            "127.8.8.8": False,
            "224.0.0.1": False,
            "255.255.255.255": False,
            "0.0.0.0": False,
            "0.0.0.5": True,
            "240.0.0.1": True,
            "169.254.1.1": True,
            "10.0.0.9": True,
            "172.17.0.2": True,
            "203.0.113.255": True,
            "192.0.2.66": True,
        },
    ),
    _sources(
        "rp-filter-strict",
        "rp_filter 1: the way back must be unicast and by the interface it came in by.",
        {
            STRANGER: True,
            "203.0.113.9": True,
            "10.0.0.9": False,
            "172.17.0.2": False,
            "203.0.113.255": False,
            "192.0.2.66": False,
            "240.0.0.1": True,
            HOST: False,
        },
        sysctls=(("net.ipv4.conf.eth0.rp_filter", "1"),),
    ),
    _sources(
        "rp-filter-loose",
        "rp_filter 2: any unicast way back will do; the greater of `all` and interface counts.",
        {
            STRANGER: True,
            "10.0.0.9": True,
            "172.17.0.2": True,
            "203.0.113.255": False,
            "192.0.2.66": False,
            HOST: False,
        },
        sysctls=(
            ("net.ipv4.conf.eth0.rp_filter", "1"),
            ("net.ipv4.conf.all.rp_filter", "2"),
        ),
    ),
    _sources(
        "accept-local",
        "accept_local lets the host's own addresses in, loopback still not.",
        {HOST: True, "10.0.0.1": True, "127.0.0.1": False, STRANGER: True},
        sysctls=(("net.ipv4.conf.eth0.accept_local", "1"),),
    ),
    _sources(
        "route-localnet-sources",
        "route_localnet without rp_filter lets in all of 127/8 but the address the host has.",
        {"127.163.230.13": True, "127.0.0.2": True, "127.0.0.1": False},
        sysctls=(("net.ipv4.conf.eth0.route_localnet", "1"),),
    ),
    _sources(
        "route-localnet-sources-with-rp-filter",
        "With rp_filter no loopback source gets in.",
        {"127.163.230.13": False, "127.0.0.1": False, STRANGER: True},
        sysctls=(
            ("net.ipv4.conf.eth0.route_localnet", "1"),
            ("net.ipv4.conf.eth0.rp_filter", "2"),
        ),
    ),
    Case(
        "destinations",
        "Own addresses by any interface and broadcasts go to INPUT; loopback goes nowhere.",
        _COUNT,
        tuple(
            expect(packet(dst), ends)
            for dst, ends in (
                (HOST, "host 203.0.113.1:80"),
                ("10.0.0.1", "host 10.0.0.1:80"),
                ("172.17.0.1", "host 172.17.0.1:80"),
                ("203.0.113.255", "host 203.0.113.255:80"),
                ("172.17.255.255", "host 172.17.255.255:80"),
                ("255.255.255.255", "host 255.255.255.255:80"),
                ("224.0.0.1", "host 224.0.0.1:80"),
                ("224.0.0.5", "none"),
                ("239.1.1.1", "none"),
                ("127.0.0.1", "none"),
                ("127.9.9.9", "none"),
                ("0.0.0.0", "none"),
                ("0.0.0.9", "eth0 0.0.0.9:80"),
                ("240.0.0.1", "eth0 240.0.0.1:80"),
                ("169.254.1.1", "eth0 169.254.1.1:80"),
                ("192.0.2.66", "none"),
                ("8.8.8.8", "eth0 8.8.8.8:80"),
            )
        ),
        commands=_BLACKHOLE,
    ),
    Case(
        "route-localnet",
        "route_localnet of the in-interface opens 127/8 as a destination.",
        _COUNT,
        (
            expect(packet("127.0.0.1"), "host 127.0.0.1:80"),
            expect(packet("127.9.9.9"), "host 127.9.9.9:80"),
            expect(packet("127.0.0.1", link="eth1", src="10.0.0.9"), "none"),
            expect(packet(HOST, src="127.0.0.1"), "none"),
        ),
        sysctls=(("net.ipv4.conf.eth0.route_localnet", "1"),),
    ),
    Case(
        "forwarding-off",
        "Without ip_forward only the host's own addresses are reached.",
        _COUNT,
        (
            expect(packet(), *_GONE),
            expect(packet(HOST), "host 203.0.113.1:80"),
            expect(packet("172.17.0.1"), "host 172.17.0.1:80"),
        ),
        sysctls=(("net.ipv4.ip_forward", "0"),),
    ),
    Case(
        "direct-routing-to-a-container",
        "A neighbour that routes to the bridge reaches any container port no rule closes.",
        "*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n",
        (
            expect(packet(WEB, 5432), "docker0a 172.17.0.2:5432"),
            expect(packet(WEB, 5432, link="eth1", src="10.0.0.9"), "docker0a 172.17.0.2:5432"),
            expect(packet(WEB6, 5432, src=STRANGER6), "docker0a [fd00:17::2]:5432"),
        ),
    ),
    Case(
        "ipv6-sources",
        "IPv6 drops loopback, multicast and unspecified sources, but not its own addresses.",
        _COUNT,
        tuple(
            expect(packet(WEB6, src=src), ends)
            for src, ends in (
                (STRANGER6, "docker0a [fd00:17::2]:80"),
                ("fd00:a::9", "docker0a [fd00:17::2]:80"),
                ("2001:db8:113::1", "docker0a [fd00:17::2]:80"),
                ("fd00:17::1", "docker0a [fd00:17::2]:80"),
                ("::1", "none"),
                ("ff02::1", "none"),
                ("::", "none"),
                ("fe80::9", "none icmp 1/2"),
            )
        ),
        version=6,
    ),
    Case(
        "ipv6-sources-of-no-one",
        "A link-local or unspecified source reaches the host, and leaves by the interface it "
        "came in by, but is not forwarded to another.",
        _COUNT,
        (
            expect(packet("2001:db8:113::1", src="::"), "host [2001:db8:113::1]:80"),
            expect(packet("2001:db8:113::1", src="fe80::9"), "host [2001:db8:113::1]:80"),
            expect(packet("2001:db8:9::1", src="fe80::9"), "eth0 [2001:db8:9::1]:80"),
            expect(packet("2001:db8:9::1", src="::"), "eth0 [2001:db8:9::1]:80"),
            expect(packet(WEB6, src="::"), "none"),
        ),
        version=6,
    ),
    Case(
        "ipv6-link-local-source-translated-in-a-bridge",
        "Where the bridge runs PREROUTING and DNAT leads out of it, link-local sources get out.",
        "*nat\n-A PREROUTING -p tcp -j DNAT --to-destination [2001:db8:8::8]:99\nCOMMIT\n",
        (
            expect(packet(WEB6, link="docker0b", src="fe80::5"), "eth0 [2001:db8:8::8]:99"),
            expect(packet(WEB6, link="eth1", src="fe80::5"), "none icmp 1/2"),
            expect(packet("2001:db8:8::8", link="docker0b", src="fe80::5"), "none icmp 1/2"),
        ),
        version=6,
        sysctls=(("net.bridge.bridge-nf-call-ip6tables", "1"),),
    ),
    Case(
        "ipv6-impossible-source-translated-within-a-bridge",
        "A frame that DNAT sends on within its bridge is never looked at by the host's IPv6.",
        "*nat\n-A PREROUTING -p tcp -j DNAT --to-destination [fd00:17::2]:99\nCOMMIT\n",
        (
            expect(packet("fd00:a::7", link="docker0b", src="ff02::1"), "docker0a [fd00:17::2]:99"),
            expect(packet("fd00:a::7", link="brapp0", src="ff02::1"), "none"),
        ),
        version=6,
        sysctls=(("net.bridge.bridge-nf-call-ip6tables", "1"),),
    ),
    Case(
        "ipv6-impossible-sources-on-a-bridge",
        "With bridge-nf-call-ip6tables PREROUTING runs in the bridge, before impossible sources "
        "are dropped; on a plain interface they are dropped before any rule.",
        _COUNT,
        (
            expect(packet(WEB6, src="::1"), "none", ""),
            expect(packet(WEB6, src="ff02::1"), "none", ""),
            expect(packet("fd00:18::2", link="docker0a", src="::1"), *_GONE),
            expect(packet("fd00:18::2", link="docker0a", src="ff02::1"), *_GONE),
        ),
        version=6,
        sysctls=(("net.bridge.bridge-nf-call-ip6tables", "1"),),
    ),
    Case(
        "ipv6-link-local-destinations",
        "A link-local address belongs to one interface: by any other, packets for it are sent "
        "back where they came from, whatever address the host has elsewhere.",
        _COUNT,
        (
            expect(packet("fe80::ff:fe00:1", src=STRANGER6), "host [fe80::ff:fe00:1]:80"),
            expect(packet("fe80::ff:fe00:2", src=STRANGER6), "eth0 [fe80::ff:fe00:2]:80"),
            expect(packet("fe80::ff:fe00:4", src="fe80::9"), "eth0 [fe80::ff:fe00:4]:80"),
            expect(
                packet("fe80::ff:fe00:1", src=STRANGER6, link="eth1"),
                "eth1 [fe80::ff:fe00:1]:80",
                "mangle PREROUTING 1, mangle FORWARD 1",
            ),
            expect(
                packet("fe80::ff:fe00:2", src=STRANGER6, link="eth1"),
                "host [fe80::ff:fe00:2]:80",
                "mangle PREROUTING 1, mangle INPUT 1",
            ),
            expect(packet("fe80::", src=STRANGER6, link="eth1"), "host [fe80::]:80"),
            expect(packet("fe81::5", src=STRANGER6, link="eth1"), "none icmp 1/0"),
        ),
        version=6,
    ),
    Case(
        "ipv6-destinations",
        "Own IPv6 addresses of any interface go to INPUT; loopback nowhere.",
        _COUNT,
        tuple(
            expect(packet(dst, src=STRANGER6), ends)
            for dst, ends in (
                ("2001:db8:113::1", "host [2001:db8:113::1]:80"),
                ("fd00:17::1", "host [fd00:17::1]:80"),
                ("::1", "none"),
                ("fd00:a::9", "eth1 [fd00:a::9]:80"),
                ("2001:db8:9::1", "eth0 [2001:db8:9::1]:80"),
                ("2001:db8:113::", "host [2001:db8:113::]:80"),
            )
        ),
        version=6,
    ),
)
