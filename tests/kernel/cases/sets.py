"""What `-m set` matches."""

from tests.kernel.case import Case, packet, truth

_SETS = """create ip hash:ip family inet
add ip 198.51.100.7
add ip 172.17.0.2
create net hash:net family inet
add net 198.51.0.0/16
add net 198.51.100.0/24 nomatch
add net 198.51.100.7
create most hash:net family inet
add most 0.0.0.0/1
add most 128.0.0.0/1
add most 198.51.100.7/32 nomatch
create ipport hash:ip,port family inet
add ipport 198.51.100.7,tcp:80
add ipport 198.51.100.7,udp:80
add ipport 198.51.100.7,sctp:80
add ipport 172.17.0.2,tcp:80
add ipport 198.51.100.7,icmp:8/0
add ipport 198.51.100.7,47:0
create netport hash:net,port family inet
add netport 198.51.0.0/16,tcp:80-90
add netport 198.51.100.0/24,tcp:80 nomatch
create netif hash:net,iface family inet
add netif 198.51.0.0/16,eth0
add netif 172.17.0.0/16,docker0
add netif 172.17.0.2/32,docker0 nomatch
create crossed hash:net,iface family inet
add crossed 198.51.0.0/16,docker0
add crossed 172.17.0.0/16,eth0
create bip bitmap:ip range 198.51.100.0-198.51.100.255
add bip 198.51.100.7
create bport bitmap:port range 0-65535
add bport 80
create list list:set size 8
add list ip
add list netport
create ip6 hash:ip family inet6
add ip6 2001:db8::7
create list6 list:set size 8
add list6 ip6
create mixed list:set size 8
add mixed ip6
add mixed ip
create masked hash:ip family inet netmask 24
add masked 198.51.100.0
create empty hash:ip family inet
create triple hash:ip,port,ip family inet
add triple 198.51.100.7,tcp:80,172.17.0.2
"""
_SOURCES = tuple(packet(src=src) for src in ("198.51.100.7", "198.51.100.8", "198.51.101.8"))
_PORTS = (
    packet(),
    packet(proto="udp"),
    packet(proto="sctp"),
    packet(proto="icmp"),
    packet(proto="icmp", icmp_type=13),
    packet(proto="gre"),
    packet(dport=81),
    packet(sport=80, dport=4),
)


def _set(rows: dict[str, str]) -> dict[str, str]:
    """Rows of `NAME DIRECTIONS`, with `! ` before them where negated, as matches."""
    return {
        "-m set "
        + (f"! --match-set {row[2:]}" if row.startswith("! ") else f"--match-set {row}"): text
        for row, text in rows.items()
    }


CASES: tuple[Case, ...] = (
    truth(
        "set-prefixes-and-nomatch",
        "The most specific prefix decides; nomatch, negation and --return-nomatch compose.",
        "mangle FORWARD",
        _SOURCES,
        _set(
            {
                "ip src": "100",
                "! ip src": "011",
                "ip dst": "111",
                "net src": "101",
                "! net src": "010",
                "net src --return-nomatch": "010",
                "! net src --return-nomatch": "101",
                "most src": "011",
                "! most src": "100",
                "most dst": "111",
                "bip src": "100",
                "bip dst": "000",
                "masked src": "110",
                "empty src": "000",
                "! empty src": "111",
            }
        ),
        ipsets=_SETS,
    ),
    truth(
        "set-ports",
        "Ports in sets carry their protocol; ICMP counts type and code; others have port 0.",
        "mangle FORWARD",
        _PORTS,
        _set(
            {
                "ipport src,dst": "11110100",
                "ipport src,src": "00010101",
                "ipport dst,dst": "10000000",
                "ipport dst,src": "00000001",
                "! ipport src,dst": "00001011",
                "netport src,dst": "00000010",
                "! netport src,dst": "11111101",
                "netport src,dst --return-nomatch": "10000000",
                "triple src,dst,dst": "10000000",
            }
        ),
        ipsets=_SETS,
    ),
    truth(
        "bitmap-port-knows-tcp-and-udp",
        "bitmap:port matches tcp and udp alike, and no other protocol, so its negation does.",
        "mangle FORWARD",
        _PORTS,
        _set({"bport dst": "11000000", "bport src": "00000001", "! bport dst": "00111111"}),
        ipsets=_SETS,
    ),
    truth(
        "set-dimensions",
        "Fewer dimensions than the type never match, so their negation does; more are ignored.",
        "mangle FORWARD",
        _SOURCES,
        _set(
            {
                "ipport src": "000",
                "! ipport src": "111",
                "netport src": "000",
                "netif src": "000",
                "! netif src": "111",
                "triple src,dst": "000",
                "ip src,dst": "100",
                "ip src,src,dst": "100",
                "ipport src,dst,dst": "100",
            }
        ),
        ipsets=_SETS,
    ),
    truth(
        "set-interfaces",
        "In hash:net,iface `src` is the interface in, `dst` the one out, whichever address.",
        "mangle FORWARD",
        (packet(), packet("172.17.0.3"), packet("172.18.0.2")),
        _set(
            {
                "netif src,src": "111",
                "netif dst,dst": "010",
                "! netif dst,dst": "101",
                "netif src,dst": "000",
                "crossed src,dst": "110",
                "crossed dst,src": "110",
                "crossed src,src": "000",
            }
        ),
        ipsets=_SETS,
    ),
    truth(
        "set-interfaces-most-specific-network-decides",
        "In hash:net,iface the longest prefix of any interface decides: no shorter one is asked.",
        "mangle FORWARD",
        tuple(packet(src=src) for src in ("198.51.100.7", "198.51.101.7", "198.52.0.7")),
        _set({"nested src,src": "011", "! nested src,src": "100", "wild src,src": "110"}),
        ipsets="""create nested hash:net,iface family inet
add nested 198.0.0.0/8,eth0
add nested 198.51.0.0/16,eth0
add nested 198.51.0.0/16,eth1
add nested 198.51.100.0/24,eth1
create wild hash:net,iface family inet
add wild 198.51.0.0/16,et wildcard
""",
    ),
    truth(
        "set-interfaces-before-routing",
        "An interface that the hook does not know never matches.",
        "mangle PREROUTING",
        (packet(), packet("172.17.0.3")),
        _set({"netif src,src": "11", "netif dst,dst": "00", "! netif dst,dst": "11"}),
        ipsets=_SETS,
    ),
    truth(
        "set-of-sets",
        "A set of sets matches if one member does; members of the other family never do.",
        "mangle FORWARD",
        (*_SOURCES, packet(src="198.51.101.8", dport=81)),
        _set(
            {
                "list src": "1000",
                "list src,dst": "1011",
                "! list src": "0111",
                "list6 src": "0000",
                "! list6 src": "1111",
                "mixed src": "1000",
                "! mixed src": "0111",
            }
        ),
        ipsets=_SETS,
    ),
    truth(
        "set-names-the-translated-destination",
        "After nat, `dst` in a set is the container, in raw and mangle PREROUTING the host.",
        "mangle FORWARD",
        (packet("203.0.113.1", 8080),),
        _set({"ip dst": "1", "ipport dst,dst": "1", "hostport dst,dst": "0"}),
        before="""*raw
-A PREROUTING -m set --match-set hostport dst,dst
COMMIT
*nat
-A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
COMMIT
""",
        ipsets=_SETS
        + "create hostport hash:ip,port family inet\nadd hostport 203.0.113.1,tcp:8080\n",
        expected=("docker0a 172.17.0.2:80",),
    ),
)
