"""Ways out that the main routing table does not tell: by source, by mark, or to nobody at all."""

from tests.engine.scenario import Container, Scenario

ENGINES = ("20.10", "26.1", "28.5")
THREE_PORTS = (Container("web", ("8080:80", "8081:81", "8053:53/udp")), Container("idle"))

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "uplink-by-source",
        "Containers have a default route of their own, which also takes docker-proxy's packets.",
        engines=ENGINES,
        containers=THREE_PORTS,
        sysctls={"net.ipv4.conf.all.rp_filter": "1", "net.ipv4.conf.default.rp_filter": "1"},
        before="""
            ip route add default via 192.168.7.9 table 100
            ip rule add from 192.168.7.1 lookup 100
            ip rule add from 172.17.0.0/16 lookup 100
        """,
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = closed
                internet > 2001:db8::1 tcp/8080 = closed
                internet > 203.0.113.1 tcp/22 = host
                lan > 192.168.7.1 tcp/8080 = web
            """
        },
    ),
    Scenario(
        "routed-by-mark",
        "Marked packets, two addresses together and one container's answers are routed nowhere.",
        engines=ENGINES,
        containers=THREE_PORTS,
        after="""
            iptables -t mangle -A PREROUTING -s 203.0.113.200 -j MARK --set-mark 9
            ip rule add fwmark 9 prohibit
            ip route add throw 172.17.0.0/16 table 77
            ip route add blackhole default table 77
            ip rule add from 198.51.100.7 to 172.17.0.0/16 lookup 77
            ip rule add iif docker0 to 192.168.7.200 unreachable
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 203.0.113.200 > 203.0.113.1 tcp/8080 = closed
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = web
                lan 192.168.7.200 > 192.168.7.1 tcp/8080 = closed
                lan 192.168.7.200 > 192.168.7.1 tcp/22 = host
            """
        },
    ),
    Scenario(
        "source-of-nobody",
        "Sources changed to addresses of the containers' network: one a container has, one nobody.",
        engines=ENGINES,
        containers=THREE_PORTS,
        after="""
            iptables -t nat -I POSTROUTING -o docker0 -s 203.0.113.9 -j SNAT --to-source 172.17.0.3
            iptables -t nat -I POSTROUTING -o docker0 -s 203.0.113.200 -j SNAT \
                --to-source 172.17.0.99
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 203.0.113.200 > 203.0.113.1 tcp/8080 = closed
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = web
            """
        },
    ),
    Scenario(
        "interface-that-does-not-forward",
        "Forwarding turned off for what comes in on one interface.",
        engines=ENGINES,
        containers=THREE_PORTS,
        after="sysctl -q -w net.ipv4.conf.eth1.forwarding=0",
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = web
                lan > 192.168.7.1 tcp/8080 = closed
                lan > 192.168.7.1 tcp/22 = host
            """
        },
    ),
)
