"""Targets that change what a packet's header says, and neither where it goes nor what it is."""

from tests.kernel.case import Case, expect, packet

CASES: tuple[Case, ...] = (
    Case(
        "targets-that-change-only-the-header",
        "DSCP, TOS, ECN, TTL, CLASSIFY and TCPMSS change what the packet says, not where it goes.",
        """*mangle
-A PREROUTING -p udp -j DSCP --set-dscp 10
-A PREROUTING -p tcp -j TOS --set-tos 0x10/0x3f
-A PREROUTING -p tcp -j ECN --ecn-tcp-remove
-A PREROUTING -j TTL --ttl-set 64
-A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
-A FORWARD -p tcp --dport 81 -j DROP
-A POSTROUTING -j CLASSIFY --set-class 1:10
COMMIT
""",
        (
            expect(
                packet(),
                "docker0a 172.17.0.2:80",
                "mangle PREROUTING 2, mangle PREROUTING 3, mangle PREROUTING 4, mangle FORWARD 1, "
                "mangle POSTROUTING 1",
            ),
            expect(
                packet(dport=81),
                "none",
                "mangle PREROUTING 2, mangle PREROUTING 3, mangle PREROUTING 4, mangle FORWARD 1, "
                "mangle FORWARD 2",
            ),
            expect(
                packet(proto="udp"),
                "docker0a 172.17.0.2:80",
                "mangle PREROUTING 1, mangle PREROUTING 4, mangle POSTROUTING 1",
            ),
        ),
    ),
)
