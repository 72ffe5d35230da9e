"""What matches of interfaces, bridge ports and hardware addressees match."""

from tests.kernel.case import APP, DB, WEB, Case, expect, packet, truth

_BRIDGE_NF = (("net.bridge.bridge-nf-call-iptables", "1"),)
_NO_BRIDGE_NF = (("net.bridge.bridge-nf-call-iptables", "0"),)
_ON_BRIDGE = (
    packet(),
    packet(APP, link="docker0a", src=WEB),
    packet("172.17.0.1", link="docker0a", src=WEB),
    packet(DB, link="docker0a", src=WEB),
    packet(DB, link="docker0a", src=WEB, mac="peer"),
)

CASES: tuple[Case, ...] = (
    truth(
        "interface-wildcards",
        "`eth+` matches eth too; `+` matches all; a bridge port is never an interface.",
        "mangle FORWARD",
        (
            packet(),
            packet(link="eth", src="192.168.7.9"),
            packet(link="eth1", src="10.0.0.9"),
            packet(APP, link="docker0a", src=WEB),
            packet(DB, link="docker0a", src=WEB),
        ),
        {
            "-i eth0": "10000",
            "-i eth+": "11100",
            "-i eth": "01000",
            "-i +": "11111",
            "! -i eth+": "00011",
            "! -i eth0": "01111",
            "-i eth0+": "10000",
            "-i docker0a": "00000",
            "-i docker0": "00011",
            "-o docker0": "11101",
            "! -o docker0": "00010",
            "-o br-+": "00010",
        },
    ),
    truth(
        "no-interface-at-all",
        "`! -o +` matches nothing. (The legacy variant takes it too, but saves it as no match.)",
        "mangle FORWARD",
        (packet(),),
        {"! -o +": "0", "-o +": "1"},
        variants=("nft",),
    ),
    Case(
        "interfaces-in-user-chains",
        "POSTROUTING still knows the interface in; before routing no interface out matches.",
        """*mangle
:BEFORE - [0:0]
:AFTER - [0:0]
-A PREROUTING -j BEFORE
-A POSTROUTING -j AFTER
-A BEFORE -o docker0
-A BEFORE ! -o docker0
-A BEFORE -o +
-A AFTER -i eth0
-A AFTER ! -i eth0
-A AFTER -i eth+ -o docker0
-A AFTER -m set --match-set came src,src
COMMIT
""",
        (
            expect(
                packet(),
                "docker0a 172.17.0.2:80",
                "mangle PREROUTING 1, mangle BEFORE 2, mangle BEFORE 3, "
                "mangle POSTROUTING 1, mangle AFTER 1, mangle AFTER 3, mangle AFTER 4",
            ),
            expect(
                packet(APP, link="docker0a", src=WEB),
                "brapp0 172.18.0.2:80",
                "mangle PREROUTING 1, mangle BEFORE 2, mangle BEFORE 3, "
                "mangle POSTROUTING 1, mangle AFTER 2",
            ),
        ),
        ipsets="create came hash:net,iface family inet\nadd came 198.51.0.0/16,eth0\n",
    ),
    truth(
        "pkttype",
        "pkttype is by the hardware addressee, not by the IP destination.",
        "mangle PREROUTING",
        (packet(), packet(mac="broadcast"), packet("224.0.0.1"), packet(mac="other")),
        {
            "-m pkttype --pkt-type unicast": "1010",
            "-m pkttype --pkt-type broadcast": "0100",
            "-m pkttype --pkt-type multicast": "0000",
            "-m pkttype ! --pkt-type unicast": "0100",
        },
        expected=("docker0a 172.17.0.2:80", "none", "host 224.0.0.1:80", "none"),
    ),
    truth(
        "physdev-in-forward",
        "The port a packet came in by is known also when it is routed; the one out is not.",
        "mangle FORWARD",
        _ON_BRIDGE,
        {
            "-m physdev --physdev-in docker0a": "01011",
            "-m physdev --physdev-in docker+": "01011",
            "-m physdev ! --physdev-in docker0a": "10000",
            "-m physdev --physdev-out docker0b": "00001",
            "-m physdev --physdev-is-in": "01011",
            "-m physdev --physdev-is-out": "00001",
            "-m physdev --physdev-is-bridged": "00001",
            "-m physdev ! --physdev-is-bridged": "11010",
            "-m physdev ! --physdev-is-in": "10000",
            "-i docker0": "01011",
        },
        sysctls=_BRIDGE_NF,
    ),
    truth(
        "physdev-before-routing",
        "PREROUTING knows the port in, never the port out.",
        "mangle PREROUTING",
        _ON_BRIDGE,
        {
            "-m physdev --physdev-in docker0a": "01111",
            "-m physdev --physdev-is-bridged": "00000",
            "-m physdev ! --physdev-is-bridged": "11111",
            "-m physdev --physdev-out docker0b": "00000",
        },
        sysctls=_BRIDGE_NF,
    ),
    truth(
        "bridged-frames-escape",
        "With bridge-nf-call-iptables off a frame between two ports meets no rule at all.",
        "mangle FORWARD",
        _ON_BRIDGE,
        {
            "-i docker0": "01010",
            "-m physdev --physdev-in docker0a": "00000",
            "-m physdev ! --physdev-in docker0a": "11010",
        },
        sysctls=_NO_BRIDGE_NF,
    ),
)
