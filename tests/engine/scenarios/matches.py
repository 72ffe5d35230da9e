"""What rules can say: each scenario holds matches and targets that are easy to get wrong."""

from tests.engine.scenario import Container, Scenario

NEW = ("28.5",)
TWO_PORTS = (Container("web", ("8080:80", "8081:81")), Container("dns", ("8053:53/udp",)))
FOUR = """
    internet 203.0.113.9 > 203.0.113.1 tcp/8080 = {}
    internet 203.0.113.200 > 203.0.113.1 tcp/8080 = {}
    internet 198.51.100.7 > 203.0.113.1 tcp/8080 = {}
    lan > 192.168.7.1 tcp/8080 = {}
"""

SCENARIOS = (
    Scenario(
        "goto",
        "A goto leaves no way back: the end of its chain returns to the chain before.",
        containers=TWO_PORTS,
        after="""
            iptables -N outer
            iptables -N inner
            iptables -A inner -s 203.0.113.9 -j RETURN
            iptables -A inner -s 203.0.113.200 -j ACCEPT
            iptables -A outer -i eth0 -g inner
            iptables -A outer -i eth0 -j DROP
            iptables -I DOCKER-USER -s 198.51.100.7 -j DROP
            iptables -I DOCKER-USER -j outer
        """,
        expect={"": FOUR.format("web", "web", "closed", "web")},
    ),
    Scenario(
        "nested-return",
        "RETURN two chains deep, a rule without a target, LOG, and a REJECT.",
        containers=TWO_PORTS,
        after="""
            iptables -N guests
            iptables -N known
            iptables -A known -s 203.0.113.9 -j RETURN
            iptables -A known -s 203.0.113.200 -j REJECT --reject-with tcp-reset -p tcp
            iptables -A known -s 198.51.100.7 -j LOG --log-prefix "guest: "
            iptables -A guests -p tcp
            iptables -A guests -i eth0 -j known
            iptables -A guests -s 198.51.100.0/24 -j REJECT
            iptables -I DOCKER-USER -j guests
        """,
        expect={"": FOUR.format("web", "closed", "closed", "web")},
    ),
    Scenario(
        "marks",
        "A mark set in mangle by source and port, compared under a mask in filter.",
        containers=TWO_PORTS,
        after="""
            iptables -t mangle -A PREROUTING -i eth0 -p tcp --dport 8080 \
                -j MARK --set-xmark 0x10/0xff
            iptables -t mangle -A PREROUTING -s 203.0.113.9 -j MARK --set-xmark 0x1/0x1
            iptables -t mangle -A PREROUTING -s 198.51.100.0/24 -j MARK --or-mark 0x100
            iptables -I DOCKER-USER -m mark --mark 0x10/0x11 -j DROP
            iptables -I DOCKER-USER -m mark --mark 0x100/0x100 -j RETURN
        """,
        expect={
            "": FOUR.format("web", "closed", "web", "web")
            + "internet 203.0.113.200 > 203.0.113.1 tcp/8081 = web"
        },
    ),
    Scenario(
        "connection-mark",
        "A mark kept with the connection and compared there.",
        engines=NEW,
        containers=TWO_PORTS,
        after="""
            iptables -t mangle -A PREROUTING -s 203.0.113.200 -j MARK --set-mark 7
            iptables -t mangle -A PREROUTING -s 203.0.113.200 -j CONNMARK --save-mark
            iptables -t mangle -A PREROUTING -s 203.0.113.200 -j MARK --set-mark 0
            iptables -I DOCKER-USER -m connmark --mark 7 -j DROP
            iptables -I DOCKER-USER -m mark --mark 7 -j ACCEPT
        """,
        expect={"": FOUR.format("web", "closed", "web", "web")},
    ),
    Scenario(
        "raw-port",
        "In raw and mangle, the port and address are still the host's.",
        containers=TWO_PORTS,
        after="""
            iptables -t raw -I PREROUTING -i eth0 ! -s 203.0.113.9 -p tcp --dport 8080 -j DROP
            iptables -t mangle -I PREROUTING -i eth0 -p tcp --dport 80 -j DROP
            iptables -t mangle -I FORWARD -i eth0 -s 203.0.113.9 -p tcp --dport 81 -j DROP
        """,
        expect={
            "": FOUR.format("web", "closed", "closed", "web")
            + """
                internet 203.0.113.9 > 203.0.113.1 tcp/8081 = closed
                internet 203.0.113.200 > 203.0.113.1 tcp/8081 = web
            """
        },
    ),
    Scenario(
        "port-lists",
        "Lists and ranges of ports, also negated, belong to their protocol.",
        containers=TWO_PORTS,
        after="""
            iptables -I DOCKER-USER -s 203.0.113.9 -p tcp -m multiport ! --dports 80,443 -j DROP
            iptables -I DOCKER-USER -s 203.0.113.200 -p tcp -m multiport --dports 79:80 -j DROP
            iptables -I DOCKER-USER -s 198.51.100.7 -p udp ! --dport 80 -j DROP
            iptables -I DOCKER-USER -i eth1 -p tcp ! --dport 80:80 -j DROP
        """,
        expect={
            "": FOUR.format("web", "closed", "web", "web")
            + """
                internet 203.0.113.9 > 203.0.113.1 tcp/8081 = closed
                internet 203.0.113.9 > 203.0.113.1 udp/8053 = dns
                internet 198.51.100.7 > 203.0.113.1 udp/8053 = closed
                lan > 192.168.7.1 tcp/8081 = closed
            """
        },
    ),
    Scenario(
        "state",
        "Connection states: translated or not, new or invalid.",
        containers=TWO_PORTS,
        after="""
            iptables -I DOCKER-USER -i eth0 -s 203.0.113.0/24 -m conntrack ! --ctstate DNAT -j DROP
            iptables -I DOCKER-USER -s 198.51.100.7 -m conntrack --ctstate NEW,DNAT -j DROP
            iptables -I DOCKER-USER -m conntrack --ctstate INVALID -j DROP
            iptables -I DOCKER-USER -s 203.0.113.200 -m conntrack --ctstate DNAT \
                --ctorigdstport 8081 -j DROP
        """,
        expect={
            "": FOUR.format("web", "web", "closed", "web")
            + """
                internet 203.0.113.200 > 203.0.113.1 tcp/8081 = closed
                internet > @web tcp/80 = closed
            """
        },
    ),
    Scenario(
        "address-types",
        "Local addresses include every bridge's gateway; after DNAT a container's is not one.",
        containers=TWO_PORTS,
        after="""
            iptables -t raw -I PREROUTING -s 203.0.113.9 -m addrtype --dst-type LOCAL -j DROP
            iptables -I DOCKER-USER -s 203.0.113.200 -m addrtype --dst-type LOCAL -j DROP
            iptables -I DOCKER-USER -s 198.51.100.7 -m addrtype ! --dst-type LOCAL -j DROP
        """,
        expect={
            "": FOUR.format("closed", "web", "closed", "web")
            + """
                internet 203.0.113.9 > 172.17.0.1 tcp/22 = closed
                internet 203.0.113.200 > 172.17.0.1 tcp/22 = host
            """
        },
    ),
    Scenario(
        "interface-names",
        "A plus at the end of an interface's name also stands for nothing.",
        engines=NEW,
        containers=TWO_PORTS,
        after="""
            iptables -I DOCKER-USER -i eth+ -s 203.0.113.9 -j DROP
            iptables -I DOCKER-USER -i eth0+ -s 203.0.113.200 -j DROP
            iptables -I DOCKER-USER ! -i eth1 ! -o eth+ -s 198.51.100.7 -j DROP
            iptables -I DOCKER-USER -i eth -s 192.168.7.0/24 -j DROP
        """,
        expect={"": FOUR.format("closed", "closed", "closed", "web")},
    ),
    Scenario(
        "sets",
        "Sets of networks, with exceptions; of addresses with ports; of ports; of sets.",
        containers=TWO_PORTS,
        sources=("192.0.2.20", "192.0.2.130"),
        after="""
            ipset restore <<'SETS'
create nets hash:net
add nets 198.51.100.0/24
add nets 192.0.2.0/24
add nets 192.0.2.128/25 nomatch
create pairs hash:ip,port
add pairs 203.0.113.9,tcp:80
create ports bitmap:port range 0-1024
add ports 81
create all list:set
add all nets
create six hash:net family inet6
add six ::/1
SETS
            iptables -N checked
            iptables -A checked -m set --match-set all src -j RETURN
            iptables -A checked -m set --match-set pairs src,dst -j RETURN
            iptables -A checked -m set --match-set ports dst -j RETURN
            iptables -A checked -j DROP
            iptables -I DOCKER-USER -i eth0 -g checked
            iptables -I DOCKER-USER -i eth1 -s 192.168.7.200 -m set ! --match-set nets dst -j DROP
        """,
        expect={
            "": FOUR.format("web", "closed", "web", "web")
            + """
                internet 192.0.2.20 > 203.0.113.1 tcp/8080 = web
                internet 192.0.2.130 > 203.0.113.1 tcp/8080 = closed
                internet 203.0.113.200 > 203.0.113.1 tcp/8081 = web
                lan 192.168.7.200 > 192.168.7.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "sets-of-ipv6",
        "An allowlist for IPv6 in DOCKER-USER, as a set.",
        engines=NEW,
        daemon=("--ipv6", "--fixed-cidr-v6=2001:db8:d::/64"),
        after="""
            ipset create friends6 hash:net family inet6
            ipset add friends6 2001:db8:f::/48
            ip6tables -I DOCKER-USER -i eth0 -m set ! --match-set friends6 src -j DROP
        """,
        expect={
            "": """
                internet 2001:db8:f::7 > 2001:db8::1 tcp/8080 = web
                internet 2001:db8::9 > 2001:db8::1 tcp/8080 = closed
                internet > 203.0.113.1 tcp/8080 = web
            """
        },
    ),
    Scenario(
        "undecidable",
        "Rules that depend on what happened before, on the time, or on what is sent.",
        engines=NEW,
        containers=TWO_PORTS,
        undecidable=True,
        after="""
            iptables -I DOCKER-USER -s 203.0.113.9 -m recent --name knocked ! --rcheck -j DROP
            iptables -I DOCKER-USER -s 203.0.113.200 -m limit --limit 1000/sec --limit-burst 1000 \
                -j ACCEPT
            iptables -I DOCKER-USER -s 198.51.100.7 -m string --algo bm --string absent -j DROP
        """,
        expect={"": FOUR.format("closed", "web", "web", "web")},
    ),
    Scenario(
        "source-port",
        "A rule on the source port, which the sender chooses.",
        engines=NEW,
        containers=TWO_PORTS,
        after="""
            iptables -I DOCKER-USER -s 203.0.113.9 -p tcp ! --sport 1:1023 -j ACCEPT
            iptables -I DOCKER-USER -s 203.0.113.200 -p tcp --sport 0:65535 -j DROP
        """,
        expect={"": FOUR.format("web", "closed", "web", "web")},
    ),
    Scenario(
        "odd-matches",
        "Flags of the first packet, its kind, the bridge's port, the way back.",
        containers=TWO_PORTS,
        after="""
            iptables -I DOCKER-USER -i eth0 -s 203.0.113.9 -p tcp --syn -j DROP
            iptables -I DOCKER-USER -i eth0 -s 203.0.113.200 -p tcp --tcp-flags SYN,ACK ACK -j DROP
            iptables -I DOCKER-USER -s 198.51.100.7 -m physdev --physdev-is-bridged -j DROP
            iptables -I DOCKER-USER -s 198.51.100.7 -p tcp --dport 81 -m pkttype \
                --pkt-type unicast -j DROP
            iptables -t raw -I PREROUTING -m rpfilter --invert -j DROP
            iptables -t raw -I PREROUTING -i eth1 -m pkttype --pkt-type multicast -j DROP
        """,
        lan_sources=("198.51.100.78",),
        expect={
            "": FOUR.format("closed", "closed", "web", "web")
            + """
                internet 203.0.113.9 > 203.0.113.1 udp/8053 = dns
                internet 198.51.100.7 > 203.0.113.1 tcp/8081 = closed
                lan 198.51.100.78 > 192.168.7.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "security-table",
        "A drop in the security table is as final as any other.",
        engines=NEW,
        after="""
            iptables -t security -A FORWARD -s 203.0.113.9 -j DROP
            iptables -t security -A INPUT -s 203.0.113.200 -p tcp --dport 22 -j DROP
        """,
        expect={
            "": FOUR.format("closed", "web", "web", "web")
            + "internet 203.0.113.200 > 203.0.113.1 tcp/22 = closed"
        },
    ),
    Scenario(
        "header-targets",
        "Targets for the quality of service and for tunnels: they change headers, and no way.",
        engines=NEW,
        after="""
            iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS \\
                --clamp-mss-to-pmtu
            iptables -t mangle -A PREROUTING -p tcp -j TOS --set-tos 0x10
            iptables -t mangle -A PREROUTING -p udp -j DSCP --set-dscp 10
            iptables -t mangle -A PREROUTING -i eth1 -j TTL --ttl-inc 1
            iptables -t mangle -A POSTROUTING -j CLASSIFY --set-class 1:10
            iptables -I DOCKER-USER -s 203.0.113.200 -j DROP
        """,
        expect={"": FOUR.format("web", "closed", "web", "web")},
    ),
)
