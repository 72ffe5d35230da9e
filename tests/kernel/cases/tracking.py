"""Connection tracking: states, what survives without an entry, marks of connections."""

from tests.kernel.case import DB, HOST, STRANGER6, WEB, WEB6, Case, expect, packet, truth

_NOTRACK = "*raw\n-A PREROUTING -d 172.17.0.3 -j CT --notrack\nCOMMIT\n"
# NEW (a SYN), INVALID (a reset of no connection), UNTRACKED
_STATES = (packet(), packet(flags="R"), packet(DB))


def _ct(rows: dict[str, str]) -> dict[str, str]:
    """Rows of conntrack options as matches."""
    return {f"-m conntrack {row}": text for row, text in rows.items()}


CASES: tuple[Case, ...] = (
    truth(
        "state-of-first-packets",
        "SYN and bare ACK open an entry; resets, FIN, SYN/ACK, empty and xmas are INVALID.",
        "mangle PREROUTING",
        tuple(packet(flags=flags) for flags in ("S", "SP", "A", "R", "F", "SA", "", "FSRPAU")),
        _ct({"--ctstate NEW": "11100000", "--ctstate INVALID": "00011111"}),
    ),
    truth(
        "state-of-other-protocols",
        "UDP, SCTP INIT, GRE, ESP and ICMP requests open an entry; ICMP replies do not.",
        "mangle PREROUTING",
        (
            *(packet(proto=proto) for proto in ("udp", "sctp", "gre", "esp", "icmp")),
            *(packet(proto="icmp", icmp_type=kind) for kind in (13, 15, 17, 0, 14, 18, 40)),
        ),
        _ct({"--ctstate NEW": "11111 111 0000", "--ctstate INVALID": "00000 000 1111"}),
    ),
    truth(
        "state-of-icmpv6",
        "Neighbour discovery and multicast reports are UNTRACKED; replies and errors INVALID.",
        "mangle PREROUTING",
        tuple(
            packet(WEB6, src=STRANGER6, proto="icmpv6", icmp_type=kind)
            for kind in (128, 129, 1, 130, 133, 134, 135, 136, 137, 143)
        ),
        _ct(
            {
                "--ctstate NEW": "1000000000",
                "--ctstate INVALID": "0110000010",
                "--ctstate UNTRACKED": "0001111101",
            }
        ),
        version=6,
    ),
    truth(
        "no-entry-ignores-other-options",
        "INVALID and UNTRACKED: a matching --ctstate ignores every other option of the match.",
        "mangle FORWARD",
        _STATES,
        _ct(
            {
                "--ctstate NEW": "100",
                "--ctstate INVALID": "010",
                "--ctstate UNTRACKED": "001",
                "--ctstate NEW,INVALID,UNTRACKED": "111",
                "! --ctstate INVALID": "101",
                "! --ctstate NEW": "011",
                "! --ctstate ESTABLISHED,RELATED": "111",
                "--ctstate INVALID --ctorigdst 1.2.3.4": "010",
                "--ctstate INVALID --ctdir REPLY": "010",
                "--ctstate INVALID --ctproto udp": "010",
                "--ctstate INVALID --ctstatus ASSURED": "010",
                "--ctstate UNTRACKED --ctproto udp --ctorigdstport 5": "001",
                "! --ctstate NEW --ctproto udp": "011",
                "! --ctstate INVALID --ctorigdst 1.2.3.4": "001",
                "! --ctstate INVALID --ctorigdst 172.17.0.2": "101",
            }
        ),
        before=_NOTRACK,
    ),
    truth(
        "no-entry-matches-nothing-without-state",
        "Without --ctstate no conntrack option, negated or not, matches where no entry is.",
        "mangle FORWARD",
        _STATES,
        _ct(
            {
                "--ctorigdst 172.17.0.2": "100",
                "! --ctorigdst 172.17.0.2": "000",
                "! --ctorigdst 1.2.3.4": "100",
                "--ctdir ORIGINAL": "100",
                "--ctdir REPLY": "000",
                "--ctproto tcp": "100",
                "! --ctproto udp": "100",
                "--ctorigdstport 80": "100",
                "! --ctorigdstport 80": "000",
                "--ctorigdstport 79:80": "100",
                "--ctorigsrcport 40000": "100",
                "--ctreplsrc 172.17.0.2": "100",
            }
        ),
        before=_NOTRACK,
    ),
    truth(
        "status-of-a-first-packet",
        "A first packet has no status bit, so only negated --ctstatus matches, NONE included.",
        "mangle FORWARD",
        _STATES,
        _ct(
            {
                "--ctstatus NONE": "000",
                "--ctstatus CONFIRMED": "000",
                "--ctstatus SEEN_REPLY": "000",
                "--ctstatus ASSURED": "000",
                "! --ctstatus NONE": "100",
                "! --ctstatus CONFIRMED": "100",
                "! --ctstatus NONE,CONFIRMED": "100",
                "--ctexpire 0": "100",
                "--ctexpire 1:1000": "000",
            }
        ),
        before=_NOTRACK,
    ),
    truth(
        "state-match",
        "`-m state` is the state part of conntrack.",
        "mangle FORWARD",
        _STATES,
        {
            "-m state --state NEW": "100",
            "-m state --state INVALID": "010",
            "-m state --state UNTRACKED": "001",
            "-m state ! --state INVALID": "101",
            "-m state ! --state NEW": "011",
            "-m state --state ESTABLISHED,RELATED": "000",
        },
        before=_NOTRACK,
    ),
    truth(
        "raw-comes-before-tracking",
        "In raw nothing has an entry yet: all is INVALID until a rule says --notrack.",
        "raw PREROUTING",
        (packet(), packet(DB)),
        {
            "-m conntrack --ctstate INVALID": "11",
            "-m conntrack --ctstate NEW": "00",
            "-m conntrack ! --ctorigdst 1.2.3.4": "00",
            "-m connmark --mark 0": "00",
            "-m connmark ! --mark 0": "00",
            "-d 172.17.0.3 -j CT --notrack": "01",
            "-d 172.17.0.3 -m conntrack --ctstate UNTRACKED": "01",
            "-m conntrack --ctstate INVALID --ctproto udp": "10",
        },
    ),
    truth(
        "dnat-bits-after-nat",
        "--ctstate DNAT and the original tuple are known behind the nat hook, not before it.",
        "filter FORWARD",
        (packet(HOST),),
        _ct(
            {
                "--ctstate DNAT": "1",
                "--ctstate SNAT": "0",
                "--ctstate DNAT,SNAT": "1",
                "! --ctstate DNAT": "0",
                "--ctstate NEW": "1",
                "--ctstate DNAT --ctorigdstport 80": "1",
                "--ctstate DNAT --ctorigdstport 99": "0",
                "--ctorigdst 203.0.113.1": "1",
                "--ctorigdst 172.17.0.2": "0",
                "--ctreplsrc 172.17.0.2": "1",
                "--ctreplsrcport 99": "1",
            }
        ),
        before="""*nat
-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 172.17.0.2:99
COMMIT
""",
        expected=("docker0a 172.17.0.2:99",),
    ),
    Case(
        "dnat-bit-not-yet-in-mangle",
        "mangle PREROUTING comes before nat: the first packet has no DNAT bit there.",
        """*mangle
-A PREROUTING -m conntrack --ctstate DNAT
-A POSTROUTING -m conntrack --ctstate DNAT
-A INPUT -m conntrack --ctstate DNAT
COMMIT
*nat
-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 172.17.0.2:99
-A PREROUTING -p tcp --dport 81 -j REDIRECT --to-ports 82
COMMIT
""",
        (
            expect(
                packet(HOST), "docker0a 172.17.0.2:99", "nat PREROUTING 1, mangle POSTROUTING 1"
            ),
            expect(packet(HOST, 81), "host 203.0.113.1:82", "nat PREROUTING 2, mangle INPUT 1"),
        ),
    ),
    Case(
        "replies-are-established",
        "The reply meets no nat chain, is ESTABLISHED, of direction REPLY, and still DNAT.",
        """*nat
-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 172.17.0.2:99
COMMIT
*filter
-A FORWARD -m conntrack --ctstate NEW
-A FORWARD -m conntrack --ctstate ESTABLISHED
-A FORWARD -m conntrack --ctstate DNAT
-A FORWARD -m conntrack --ctdir REPLY
-A FORWARD -m conntrack --ctdir ORIGINAL
-A FORWARD -m conntrack --ctorigdstport 80
-A FORWARD -m conntrack --ctstatus SEEN_REPLY
-A FORWARD -m conntrack --ctstatus CONFIRMED
COMMIT
""",
        (
            expect(
                packet(HOST),
                "docker0a 172.17.0.2:99",
                "nat PREROUTING 1, filter FORWARD 1, filter FORWARD 3, filter FORWARD 5, "
                "filter FORWARD 6",
            ),
            expect(
                packet("198.51.100.7", 40000, link="docker0a", src=WEB, sport=99, flags="SA"),
                "eth0 198.51.100.7:40000",
                "filter FORWARD 2, filter FORWARD 3, filter FORWARD 4, filter FORWARD 6, "
                "filter FORWARD 7, filter FORWARD 8",
            ),
        ),
        dialogue=True,
    ),
    Case(
        "answer-to-an-untracked-packet-is-new",
        "The answer to an untracked packet opens an entry of its own and is translated by nat: "
        "the client then hears from an address it never wrote to.",
        """*raw
-A PREROUTING -p udp --dport 80 -j CT --notrack
COMMIT
*nat
-A POSTROUTING -o eth0 -j SNAT --to-source 203.0.113.1
COMMIT
*filter
-A FORWARD -m conntrack --ctstate UNTRACKED
-A FORWARD -m conntrack --ctstate NEW
COMMIT
""",
        (
            expect(
                packet(proto="udp"), "docker0a 172.17.0.2:80", "raw PREROUTING 1, filter FORWARD 1"
            ),
            expect(
                packet("198.51.100.7", 40000, link="docker0a", src=WEB, sport=80, proto="udp"),
                "eth0 198.51.100.7:40000",
                "filter FORWARD 2, nat POSTROUTING 1",
            ),
        ),
        dialogue=True,
    ),
    Case(
        "answer-of-tcp-to-an-untracked-packet-is-invalid",
        "A SYN/ACK that answers an untracked SYN opens no entry: it is INVALID, and never NEW.",
        """*raw
-A PREROUTING -p tcp --dport 80 -j CT --notrack
COMMIT
*mangle
-A POSTROUTING -m conntrack --ctstate NEW -j DROP
COMMIT
*nat
-A POSTROUTING -o eth0 -j SNAT --to-source 203.0.113.1
COMMIT
*filter
-A FORWARD -m conntrack --ctstate UNTRACKED
-A FORWARD -m conntrack --ctstate INVALID
COMMIT
""",
        (
            expect(packet(), "docker0a 172.17.0.2:80", "raw PREROUTING 1, filter FORWARD 1"),
            expect(
                packet("198.51.100.7", 40000, link="docker0a", src=WEB, sport=80, flags="SA"),
                "eth0 198.51.100.7:40000",
                "filter FORWARD 2",
            ),
            expect(
                packet(flags="A"), "docker0a 172.17.0.2:80", "raw PREROUTING 1, filter FORWARD 1"
            ),
        ),
        dialogue=True,
    ),
    Case(
        "notrack-means-no-nat",
        "An untracked or invalid packet meets no nat chain: it goes to the host's own port.",
        """*raw
-A PREROUTING -p tcp --dport 80 -j CT --notrack
COMMIT
*nat
-A PREROUTING -p tcp -j DNAT --to-destination 172.17.0.2:99
COMMIT
""",
        (
            expect(packet(HOST, 80), "host 203.0.113.1:80", "raw PREROUTING 1"),
            expect(packet(HOST, 81), "docker0a 172.17.0.2:99", "nat PREROUTING 1"),
            expect(packet(HOST, 81, flags="R"), "host 203.0.113.1:81", ""),
            expect(packet(HOST, 81, flags="A"), "docker0a 172.17.0.2:99", "nat PREROUTING 1"),
        ),
    ),
    Case(
        "the-answer-of-icmp-has-its-own-type",
        "An echo request gets in, its answer of type 0 is dropped, also as one of any type.",
        """*filter
-A FORWARD -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A FORWARD -s 172.17.0.2 -p icmp -m icmp --icmp-type any -j DROP
-A FORWARD -p icmp -m icmp --icmp-type 0 -j DROP
COMMIT
""",
        (
            expect(packet(proto="icmp"), "docker0a 172.17.0.2", "filter FORWARD 1"),
            expect(
                packet("198.51.100.7", 0, link="docker0a", src=WEB, proto="icmp", icmp_type=0),
                "none",
                "filter FORWARD 2",
            ),
        ),
        dialogue=True,
    ),
    Case(
        "the-answer-of-icmpv6-has-its-own-type",
        "The same over IPv6, where the answer is of type 129.",
        """*filter
-A FORWARD -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT
-A FORWARD -p ipv6-icmp -m icmp6 --icmpv6-type 129 -j DROP
COMMIT
""",
        (
            expect(packet(WEB6, src=STRANGER6, proto="icmpv6"), f"docker0a {WEB6}"),
            expect(
                packet(STRANGER6, 0, link="docker0a", src=WEB6, proto="icmpv6", icmp_type=129),
                "none",
                "filter FORWARD 2",
            ),
        ),
        version=6,
        dialogue=True,
    ),
    Case(
        "connection-marks",
        "CONNMARK saves, restores and sets under masks; without an entry it does nothing.",
        """*mangle
-A PREROUTING -j MARK --set-mark 0x1f0
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -m connmark --mark 0xf0
-A PREROUTING -j MARK --set-mark 0
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark --mark 0xf0
-A PREROUTING -j CONNMARK --set-mark 0x3/0x3
-A PREROUTING -m connmark --mark 0xf3
-A PREROUTING -j CONNMARK --restore-mark --nfmask 0x0f --ctmask 0xff
-A PREROUTING -m mark --mark 0x03
-A PREROUTING -m connmark ! --mark 5
-A PREROUTING -j CONNMARK --xor-mark 0x1
-A PREROUTING -m connmark --mark 0xf2
COMMIT
""",
        (
            expect(
                packet(),
                "docker0a 172.17.0.2:80",
                ", ".join(f"mangle PREROUTING {rule}" for rule in range(1, 14)),
            ),
            expect(
                packet(flags="R"),
                "docker0a 172.17.0.2:80",
                ", ".join(f"mangle PREROUTING {rule}" for rule in (1, 2, 4, 5, 7, 9, 12)),
            ),
        ),
    ),
)
