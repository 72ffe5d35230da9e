"""How a packet goes through chains, tables and both variants."""

from tests.kernel.case import APP, HOST, WEB, WEB6, Case, expect, packet

_WEB = "docker0a 172.17.0.2:80"

_SECURITY = """*nat
-A INPUT -j SNAT --to-source 1.2.3.4
COMMIT
*security
-A INPUT -s 1.2.3.4
-A INPUT -s 198.51.100.7
COMMIT
*filter
-A INPUT -s 1.2.3.4
-A INPUT -s 198.51.100.7
COMMIT
"""


def _web(port: int) -> str:
    """The web container at a port."""
    return f"docker0a 172.17.0.2:{port}"


CASES = (
    Case(
        "return-in-base-chain",
        "RETURN in a base chain goes to the chain's policy, past all later rules.",
        """*filter
:FORWARD DROP [0:0]
-A FORWARD -p tcp --dport 1 -j RETURN
-A FORWARD -j ACCEPT
COMMIT
""",
        (
            expect(packet(dport=1), "none", "filter FORWARD 1"),
            expect(packet(dport=2), _web(2), "filter FORWARD 2"),
        ),
    ),
    Case(
        "jump-and-goto",
        "The end of a chain returns to the last jump: goto leaves no return address.",
        """*filter
:FORWARD DROP [0:0]
:A - [0:0]
:B - [0:0]
:C - [0:0]
-A FORWARD -p tcp --dport 1 -j A
-A FORWARD -p tcp --dport 2 -g A
-A FORWARD -p tcp --dport 3 -j B
-A FORWARD -p tcp --dport 4 -j RETURN
-A FORWARD -p tcp --dport 5 -j C
-A FORWARD -j ACCEPT
-A A -p tcp --dport 9 -j ACCEPT
-A B -g A
-A B -j DROP
-A C -j B
-A C -j REJECT
COMMIT
""",
        (
            expect(packet(dport=1), _web(1), "filter FORWARD 1, filter FORWARD 6"),
            expect(packet(dport=2), "none", "filter FORWARD 2"),
            expect(packet(dport=3), _web(3), "filter FORWARD 3, filter B 1, filter FORWARD 6"),
            expect(packet(dport=4), "none", "filter FORWARD 4"),
            expect(
                packet(dport=5),
                "none icmp 3/3",
                "filter FORWARD 5, filter C 1, filter B 1, filter C 2",
            ),
            expect(packet(dport=6), _web(6), "filter FORWARD 6"),
        ),
    ),
    Case(
        "return-from-user-chain",
        "RETURN in a user chain goes on behind the jump; after a goto behind the jump before it.",
        """*filter
:FORWARD ACCEPT [0:0]
:A - [0:0]
:B - [0:0]
-A FORWARD -p tcp --dport 1 -j A
-A FORWARD -p tcp --dport 2 -j B
-A FORWARD -j DROP
-A A -j RETURN
-A A -j ACCEPT
-A B -g A
-A B -j ACCEPT
COMMIT
""",
        (
            expect(packet(dport=1), "none", "filter FORWARD 1, filter A 1, filter FORWARD 3"),
            expect(
                packet(dport=2),
                "none",
                "filter FORWARD 2, filter B 1, filter A 1, filter FORWARD 3",
            ),
        ),
    ),
    Case(
        "no-target-only-counts",
        "A rule without a target counts and lets the packet go on; NFLOG and TRACE likewise.",
        """*raw
-A PREROUTING -p tcp --dport 7 -j TRACE
COMMIT
*filter
-A FORWARD -p tcp
-A FORWARD -j NFLOG --nflog-group 5
-A FORWARD -j LOG
-A FORWARD -p tcp --dport 80 -j DROP
COMMIT
""",
        (
            expect(
                packet(),
                "none",
                "filter FORWARD 1, filter FORWARD 2, filter FORWARD 3, filter FORWARD 4",
            ),
            expect(
                packet(dport=7),
                _web(7),
                "raw PREROUTING 1, filter FORWARD 1, filter FORWARD 2, filter FORWARD 3",
            ),
        ),
    ),
    Case(
        "accept-ends-its-own-base-chain",
        "ACCEPT ends only its own base chain: later tables on the hook still decide.",
        """*mangle
-A FORWARD -j ACCEPT
-A FORWARD
COMMIT
*filter
-A FORWARD -j ACCEPT
COMMIT
*security
-A FORWARD -p tcp --dport 81 -j DROP
COMMIT
""",
        (
            expect(packet(), _WEB, "mangle FORWARD 1, filter FORWARD 1"),
            expect(
                packet(dport=81), "none", "mangle FORWARD 1, filter FORWARD 1, security FORWARD 1"
            ),
        ),
    ),
    Case(
        "tables-on-the-way-to-the-host",
        "To the host: raw, mangle, nat PREROUTING; then INPUT of mangle, filter, security, nat.",
        """*raw
-A PREROUTING
COMMIT
*mangle
-A PREROUTING
-A INPUT
-A FORWARD
-A POSTROUTING
COMMIT
*nat
-A PREROUTING
-A INPUT
-A POSTROUTING
COMMIT
*filter
-A INPUT
-A FORWARD
COMMIT
*security
-A INPUT
-A FORWARD
COMMIT
""",
        (
            expect(
                packet(HOST),
                "host 203.0.113.1:80",
                "raw PREROUTING 1, mangle PREROUTING 1, nat PREROUTING 1, mangle INPUT 1, "
                "filter INPUT 1, security INPUT 1, nat INPUT 1",
            ),
            expect(
                packet(),
                _WEB,
                "raw PREROUTING 1, mangle PREROUTING 1, nat PREROUTING 1, mangle FORWARD 1, "
                "filter FORWARD 1, security FORWARD 1, mangle POSTROUTING 1, nat POSTROUTING 1",
            ),
            expect(
                packet(link="docker0a", src=WEB, dst=APP),
                "brapp0 172.18.0.2:80",
                "raw PREROUTING 1, mangle PREROUTING 1, nat PREROUTING 1, mangle FORWARD 1, "
                "filter FORWARD 1, security FORWARD 1, mangle POSTROUTING 1, nat POSTROUTING 1",
            ),
        ),
    ),
    Case(
        "security-before-nat-input-legacy",
        "legacy: security INPUT comes before nat INPUT and sees the source as it was sent.",
        _SECURITY,
        (
            expect(
                packet(HOST),
                "host 203.0.113.1:80",
                "filter INPUT 2, security INPUT 2, nat INPUT 1",
            ),
        ),
        variants=("legacy",),
    ),
    Case(
        "security-after-nat-input-nft",
        "nft: security INPUT comes behind nat INPUT and sees the source it rewrote.",
        _SECURITY,
        (
            expect(
                packet(HOST),
                "host 203.0.113.1:80",
                "filter INPUT 2, nat INPUT 1, security INPUT 1",
            ),
        ),
        variants=("nft",),
    ),
    Case(
        "drop-early-stops-everything",
        "A drop in an earlier table is final: nothing behind it counts the packet.",
        """*raw
-A PREROUTING -p tcp --dport 1 -j DROP
COMMIT
*mangle
-A PREROUTING -p tcp --dport 2 -j DROP
-A PREROUTING
-A POSTROUTING -p tcp --dport 3 -j DROP
COMMIT
*filter
-A FORWARD
COMMIT
""",
        (
            expect(packet(dport=1), "none", "raw PREROUTING 1"),
            expect(packet(dport=2), "none", "mangle PREROUTING 1"),
            expect(
                packet(dport=3),
                "none",
                "mangle PREROUTING 2, filter FORWARD 1, mangle POSTROUTING 1",
            ),
        ),
    ),
    Case(
        "reject-is-visible",
        "REJECT stops the packet and answers; a reset is not answered with a reset.",
        """*filter
-A FORWARD -p tcp --dport 1 -j REJECT
-A FORWARD -p tcp --dport 2 -j REJECT --reject-with tcp-reset
-A FORWARD -p tcp --dport 3 -j REJECT --reject-with icmp-admin-prohibited
-A INPUT -p tcp --dport 2 -j REJECT --reject-with tcp-reset
COMMIT
""",
        (
            expect(packet(dport=1), "none icmp 3/3"),
            expect(packet(dport=2), "none tcp-reset"),
            expect(packet(dport=3), "none icmp 3/13"),
            expect(packet(dport=2, flags="R"), "none"),
            expect(packet(HOST, 2), "none tcp-reset"),
            expect(packet(HOST, 1), "host 203.0.113.1:1"),
        ),
    ),
    Case(
        "reject-is-visible-ipv6",
        "REJECT of IPv6 answers with an ICMPv6 error, or a reset.",
        """*filter
-A FORWARD -p tcp --dport 1 -j REJECT
-A FORWARD -p tcp --dport 2 -j REJECT --reject-with tcp-reset
-A FORWARD -p tcp --dport 3 -j REJECT --reject-with icmp6-adm-prohibited
COMMIT
""",
        (
            expect(packet(WEB6, 1, src="2001:db8:51::7"), "none icmp 1/4"),
            expect(packet(WEB6, 2, src="2001:db8:51::7"), "none tcp-reset"),
            expect(packet(WEB6, 3, src="2001:db8:51::7"), "none icmp 1/1"),
            expect(packet(WEB6, 4, src="2001:db8:51::7"), "docker0a [fd00:17::2]:4"),
        ),
        version=6,
    ),
    Case(
        "both-variants-are-traversed",
        "A packet must be accepted by the base chains of both variants; any drop is final.",
        """*filter
-A FORWARD -p tcp --dport 1 -j ACCEPT
-A FORWARD -p tcp --dport 2 -j DROP
-A FORWARD -p tcp --dport 3 -j ACCEPT
COMMIT
""",
        (
            expect(packet(dport=1), "none"),
            expect(packet(dport=2), "none"),
            expect(packet(dport=3), _web(3)),
            expect(packet(dport=4), _web(4)),
        ),
        other="""*filter
-A FORWARD -p tcp --dport 1 -j DROP
-A FORWARD -p tcp --dport 2 -j ACCEPT
-A FORWARD -p tcp --dport 3 -j ACCEPT
COMMIT
""",
    ),
    Case(
        "equal-priority-latest-first-nft-then-legacy",
        "At one hook and priority the base chain that was registered last is traversed first.",
        "*mangle\n-A PREROUTING -m mark --mark 2\n-A PREROUTING -j MARK --set-mark 1\nCOMMIT\n",
        (
            expect(
                packet(),
                _WEB,
                "legacy mangle PREROUTING 2, nft mangle PREROUTING 1, nft mangle PREROUTING 2",
            ),
        ),
        variants=("nft",),
        other=(
            "*mangle\n-A PREROUTING -m mark --mark 1\n-A PREROUTING -j MARK --set-mark 2\nCOMMIT\n"
        ),
    ),
    Case(
        "equal-priority-latest-first-legacy-then-nft",
        "The same, loaded the other way round.",
        "*mangle\n-A PREROUTING -m mark --mark 2\n-A PREROUTING -j MARK --set-mark 1\nCOMMIT\n",
        (
            expect(
                packet(),
                _WEB,
                "nft mangle PREROUTING 2, legacy mangle PREROUTING 1, legacy mangle PREROUTING 2",
            ),
        ),
        variants=("legacy",),
        other=(
            "*mangle\n-A PREROUTING -m mark --mark 1\n-A PREROUTING -j MARK --set-mark 2\nCOMMIT\n"
        ),
    ),
    Case(
        "drop-hides-the-packet-from-the-other-variant",
        "After a drop in the first base chain the other variant's chain counts nothing.",
        "*filter\n-A FORWARD -j DROP\nCOMMIT\n",
        (expect(packet(), "none icmp 3/3", "legacy filter FORWARD 1"),),
        variants=("nft",),
        other="*filter\n-A FORWARD -j REJECT\nCOMMIT\n",
    ),
)
