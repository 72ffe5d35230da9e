"""What `-m rpfilter` takes for a way back, where the two families differ."""

from tests.kernel.case import STRANGER, STRANGER6, WEB, WEB6, Case, expect, packet, truth

_BRIDGE_NF6 = (("net.bridge.bridge-nf-call-ip6tables", "1"),)
_OWN = ("2001:db8:113::1", "fd00:a::1", "fd00:17::1", "fe80::ff:fe00:1", "2001:db8:113::")

CASES: tuple[Case, ...] = (
    truth(
        "rpfilter-ipv6-own-sources",
        "--accept-local takes an own source by any interface; a link-local one only by its own. "
        "Anycast is no way back.",
        "raw PREROUTING",
        (
            *(packet(WEB6, src=src) for src in _OWN),
            *(packet(WEB6, link="eth1", src=src) for src in _OWN),
            packet("fe80::ff:fe00:2", link="eth1", src=STRANGER6),
            packet("ff02::1", link="eth1", src=STRANGER6),
        ),
        {
            "-m rpfilter": "00000 00010 00",
            "-m rpfilter --accept-local": "11110 11110 00",
            "-m rpfilter --loose": "00000 00010 11",
            "-m rpfilter --loose --accept-local --invert": "00001 00001 00",
        },
        version=6,
    ),
    truth(
        "rpfilter-ipv6-on-a-bridge",
        "Where the bridge runs PREROUTING, a multicast source has a way back: by its route.",
        "raw PREROUTING",
        tuple(
            packet("fd00:18::2", link="docker0a", src=src)
            for src in ("::1", "ff02::1", "fd00:17::3", "fd00:18::9", "fe80::9", "::")
        ),
        {
            "-m rpfilter": "011011",
            "-m rpfilter --loose": "011111",
            "-m rpfilter --accept-local": "111011",
        },
        version=6,
        sysctls=_BRIDGE_NF6,
    ),
    truth(
        "rpfilter-ipv6-two-defaults",
        "Of several routes to one prefix IPv6 takes that of the interface, whatever the metric.",
        "raw PREROUTING",
        tuple(packet(WEB6, link=link, src=STRANGER6) for link in ("eth0", "eth1", "eth")),
        {"-m rpfilter": "110", "-m rpfilter --loose": "111", "-m rpfilter --invert": "001"},
        version=6,
        commands=("route add ::/0 via fd00:a::fe dev eth1 metric 4096 onlink",),
    ),
    truth(
        "rpfilter-two-defaults",
        "IPv4 takes the route of the lowest metric alone.",
        "raw PREROUTING",
        tuple(packet(WEB, link=link, src=STRANGER) for link in ("eth0", "eth1", "eth")),
        {"-m rpfilter": "100", "-m rpfilter --loose": "111", "-m rpfilter --invert": "011"},
        commands=("route add default via 10.0.0.254 dev eth1 metric 100 onlink",),
    ),
    Case(
        "link-local-destination-answers-nobody-elsewhere",
        "What is turned back to a link-local address is never answered across the host.",
        "",
        (
            expect(
                packet("fe80::ff:fe00:1", link="eth1", src=STRANGER6), "eth1 [fe80::ff:fe00:1]:80"
            ),
            expect(
                packet(STRANGER6, 40000, link="eth1", src="fe80::ff:fe00:1", sport=80, flags="SA"),
                "none icmp 1/2",
            ),
        ),
        version=6,
        dialogue=True,
    ),
)
