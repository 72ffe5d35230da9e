"""Packets that the host itself sends: through OUTPUT, and round the loopback device."""

from tests.kernel.case import HOST, HOST6, WEB, WEB6, Case, expect, packet
from tests.kernel.packet import Packet

_COUNT = """*raw
-A OUTPUT
-A PREROUTING
COMMIT
*mangle
-A OUTPUT
-A POSTROUTING
-A PREROUTING
-A INPUT
COMMIT
*security
-A OUTPUT
-A INPUT
COMMIT
"""
_OUT = "raw OUTPUT 1, mangle OUTPUT 1, security OUTPUT 1, mangle POSTROUTING 1"
_ROUND = f"{_OUT}, raw PREROUTING 1, mangle PREROUTING 1, mangle INPUT 1, security INPUT 1"


def _own(dst: str, dport: int = 80, src: str = HOST, **more: str | int) -> Packet:
    """A packet the host sends."""
    return packet(dst, dport, link="host", src=src, **more)  # type: ignore[arg-type]


def _through_output(version: int, web: str, host: str, local: str) -> Case:
    """DNAT in OUTPUT, and which interface its rules see."""
    shown = f"[{web}]" if version == 6 else web
    remote = "2001:db8:8::8" if version == 6 else "8.8.8.8"
    eth1 = "fd00:a::1" if version == 6 else "10.0.0.1"
    last = f"[{local}]" if version == 6 else local
    return Case(
        f"own-packets-translated-{version}",
        "DNAT in OUTPUT leads elsewhere, but the rules of OUTPUT go on seeing the interface that "
        "was chosen before it; POSTROUTING sees the new one.",
        f"""*nat
-A OUTPUT -p tcp --dport 81 -j DNAT --to-destination {web}
COMMIT
*filter
-A OUTPUT -o lo
-A OUTPUT -o docker0
-A OUTPUT -o eth0
COMMIT
*mangle
-A POSTROUTING -o lo
-A POSTROUTING -o docker0
-A POSTROUTING -o eth0
COMMIT
""",
        (
            expect(
                _own(remote, 80, host),
                f"eth0 [{remote}]:80" if version == 6 else f"eth0 {remote}:80",
                "filter OUTPUT 3, mangle POSTROUTING 3",
            ),
            expect(
                _own(remote, 81, host),
                f"docker0a {shown}:81",
                "nat OUTPUT 1, filter OUTPUT 3, mangle POSTROUTING 2",
            ),
            expect(
                _own(eth1, 81, host),
                f"docker0a {shown}:81",
                "nat OUTPUT 1, filter OUTPUT 1, mangle POSTROUTING 2",
            ),
            expect(
                _own(local, 80, local),
                f"host {last}:80",
                "filter OUTPUT 1, mangle POSTROUTING 1",
            ),
        ),
        version=version,
    )


CASES: tuple[Case, ...] = (
    Case(
        "own-packets",
        "They pass OUTPUT and POSTROUTING; to the host itself also PREROUTING and INPUT.",
        _COUNT,
        (
            expect(_own("8.8.8.8"), "eth0 8.8.8.8:80", _OUT),
            expect(_own(WEB, proto="udp"), "docker0a 172.17.0.2:80", _OUT),
            expect(_own("10.0.0.1"), "host 10.0.0.1:80", _ROUND),
            expect(_own("127.0.0.1", src="127.0.0.1"), "host 127.0.0.1:80", _ROUND),
        ),
    ),
    Case(
        "own-packets-ipv6",
        "The same in IPv6.",
        _COUNT,
        (
            expect(_own("2001:db8:8::8", src=HOST6), "eth0 [2001:db8:8::8]:80", _OUT),
            expect(_own(WEB6, src=HOST6), "docker0a [fd00:17::2]:80", _OUT),
            expect(_own("fd00:a::1", src=HOST6), "host [fd00:a::1]:80", _ROUND),
            expect(_own("::1", src="::1"), "host [::1]:80", _ROUND),
        ),
        version=6,
    ),
    _through_output(4, WEB, HOST, "127.0.0.1"),
    _through_output(6, WEB6, HOST6, "::1"),
    Case(
        "own-loopback-source-stays",
        "What is sent from 127.0.0.1 and translated to a container has no way out: it is lost "
        "between nat and filter.",
        "*nat\n-A OUTPUT -p tcp -j DNAT --to-destination 172.17.0.2\nCOMMIT\n"
        "*filter\n-A OUTPUT\nCOMMIT\n",
        (
            expect(_own("127.0.0.1", src="127.0.0.1"), "none", "nat OUTPUT 1"),
            expect(_own("127.0.0.1"), "docker0a 172.17.0.2:80", "nat OUTPUT 1, filter OUTPUT 1"),
        ),
    ),
    Case(
        "own-loopback-source-with-route-localnet",
        "With route_localnet of the interface it gets out.",
        "*nat\n-A OUTPUT -p tcp -j DNAT --to-destination 172.17.0.2\nCOMMIT\n"
        "*filter\n-A OUTPUT\nCOMMIT\n",
        (
            expect(
                _own("127.0.0.1", src="127.0.0.1"),
                "docker0a 172.17.0.2:80",
                "nat OUTPUT 1, filter OUTPUT 1",
            ),
        ),
        sysctls=(("net.ipv4.conf.docker0.route_localnet", "1"),),
    ),
    Case(
        "own-packets-marked",
        "A mark set in OUTPUT chooses another table, but -o stays what it was until POSTROUTING.",
        "*mangle\n-A OUTPUT -p tcp --dport 81 -j MARK --set-mark 1\n-A POSTROUTING -o eth1\n"
        "-A POSTROUTING -o eth0\nCOMMIT\n*filter\n-A OUTPUT -o eth0\n-A OUTPUT -o eth1\nCOMMIT\n",
        (
            expect(_own("8.8.8.8"), "eth0 8.8.8.8:80", "mangle POSTROUTING 2, filter OUTPUT 1"),
            expect(
                _own("8.8.8.8", 81),
                "eth1 8.8.8.8:81",
                "mangle OUTPUT 1, mangle POSTROUTING 1, filter OUTPUT 1",
            ),
        ),
        commands=(
            "rule add fwmark 0x1 table 100",
            "route add default via 10.0.0.254 dev eth1 onlink table 100",
        ),
    ),
)
