"""Ways into a container other than Docker's DNAT: its proxy, the host's network, plain routing."""

from tests.engine.scenario import Container, Scenario

CLOSED_INPUT = """
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -i eth1 -p tcp --dport 22 -j ACCEPT
iptables -P INPUT DROP
ip6tables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
ip6tables -A INPUT -p ipv6-icmp -j ACCEPT
ip6tables -P INPUT DROP
"""

SCENARIOS = (
    Scenario(
        "closed-input",
        "INPUT closed: it guards the host and the proxy's IPv6 way, not the published port.",
        before=CLOSED_INPUT,
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = web
                internet > 2001:db8::1 tcp/8080 = closed
                internet > 203.0.113.1 tcp/22 = closed
                lan > 192.168.7.1 tcp/22 = host
            """
        },
    ),
    Scenario(
        "closed-docker-user",
        "DOCKER-USER closed: it guards IPv4, and IPv6 goes past it through docker-proxy.",
        after="iptables -I DOCKER-USER -i eth0 -j DROP",
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = closed
                internet > 2001:db8::1 tcp/8080 = web
                lan > 192.168.7.1 tcp/8080 = web
            """
        },
    ),
    Scenario(
        "no-userland-proxy",
        "No docker-proxy: nothing listens, and no IPv6 leads to an IPv4 container.",
        daemon=("--userland-proxy=false",),
        containers=(Container("web", ("8080:80",)), Container("db", ("127.0.0.1:5432:80",))),
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = web
                internet > 2001:db8::1 tcp/8080 = closed
                internet > 203.0.113.1 tcp/5432 = closed
            """
        },
    ),
    Scenario(
        "no-iptables",
        "Docker makes no rules: published ports are served by docker-proxy through INPUT.",
        daemon=("--iptables=false", "--ip6tables=false"),
        containers=(
            Container("web", ("8080:80",)),
            Container("dns", ("8053:53/udp",)),
            Container("db", ("127.0.0.1:5432:80",)),
        ),
        after="iptables -A INPUT -s 198.51.100.0/24 -p tcp --dport 8080 -j REJECT",
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
                internet > 203.0.113.1 udp/8053 = dns
            """
        },
    ),
    Scenario(
        "host-network",
        "A container in the host's own network, guarded by INPUT alone.",
        containers=(
            Container("agent", (), "host", ("tcp/9100", "udp/9100")),
            Container("web", ("8080:80",)),
        ),
        after="""
            iptables -A INPUT ! -s 192.168.0.0/16 -p tcp --dport 9100 -j DROP
            iptables -I DOCKER-USER -j DROP
        """,
        expect={
            "": """
                internet > 203.0.113.1 tcp/9100 = closed
                lan > 192.168.7.1 tcp/9100 = agent
                internet > 203.0.113.1 udp/9100 = agent
                internet > 2001:db8::1 tcp/9100 = agent
                internet > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "not-tracked",
        "A connection that is not tracked is not translated: it goes to docker-proxy.",
        after="""
            iptables -t raw -I PREROUTING -s 203.0.113.200 -d 203.0.113.0/24 -p tcp --dport 8080 \
                -j CT --notrack
            iptables -t raw -I PREROUTING -s 198.51.100.7 -p tcp --dport 8080 -j CT --notrack
            iptables -A INPUT -s 198.51.100.7 -p tcp --dport 8080 -j DROP
            iptables -I DOCKER-USER -s 203.0.113.200 -j DROP
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 203.0.113.200 > 203.0.113.1 tcp/8080 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "own-dnat",
        "Translations that the operator made: to a container, to another port, to the host.",
        containers=(Container("web", ("8080:80",)), Container("idle")),
        ports=("tcp/9090", "tcp/7070", "tcp/6060"),
        after="""
            iptables -t nat -I PREROUTING -i eth0 -p tcp --dport 9090 \
                -j DNAT --to-destination 172.17.0.3:81
            iptables -t nat -I PREROUTING -p tcp --dport 7070 -j REDIRECT --to-ports 22
            iptables -t nat -I PREROUTING -s 198.51.100.0/24 -p tcp --dport 6060 \
                -j DNAT --to-destination 172.17.0.2
            iptables -I DOCKER-USER -d 172.17.0.3 -p tcp --dport 81 -j ACCEPT
        """,
        expect={
            "": "internet > 203.0.113.1 tcp/7070 = host",
            "20.10": "internet > 203.0.113.1 tcp/9090 = idle",
            "28.5": "internet > 203.0.113.1 tcp/9090 = idle",
        },
    ),
    Scenario(
        "netmap",
        "A whole prefix mapped onto the containers' network.",
        destinations=("198.18.0.2",),
        ports=("tcp/81",),
        after="""
            ip addr add 198.18.0.2/32 dev eth0
            iptables -t nat -I PREROUTING -d 198.18.0.0/24 -j NETMAP --to 172.17.0.0/24
        """,
        expect={
            "": """
                internet > 198.18.0.2 tcp/80 = web
                internet > 198.18.0.2 tcp/81 = closed
            """
        },
    ),
    Scenario(
        "stateless-reply-drop",
        "The first packet gets in, the reply is dropped by a rule without a state.",
        containers=(Container("web", ("8080:80", "8081:81")),),
        after="iptables -I FORWARD -o eth0 -p tcp --sport 80 -j DROP",
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = closed
                internet > 203.0.113.1 tcp/8081 = web
                lan > 192.168.7.1 tcp/8080 = web
            """
        },
    ),
    Scenario(
        "strict-reverse-path",
        "rp_filter drops sources whose route back is another interface.",
        sysctls={
            "net.ipv4.conf.all.rp_filter": "1",
            "net.ipv4.conf.default.rp_filter": "1",
        },
        sources=("192.168.7.77",),
        lan_sources=("192.168.7.78", "198.51.100.77"),
        after="iptables -I DOCKER-USER -i eth0 ! -s 192.168.0.0/16 -j DROP",
        expect={
            "": """
                internet > 203.0.113.1 tcp/22 = host
                internet 192.168.7.77 > 203.0.113.1 tcp/22 = closed
                internet 192.168.7.77 > 203.0.113.1 tcp/8080 = closed
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
                lan 192.168.7.78 > 192.168.7.1 tcp/8080 = web
                lan 198.51.100.77 > 192.168.7.1 tcp/8080 = closed
                lan 198.51.100.77 > 192.168.7.1 tcp/22 = closed
            """
        },
    ),
    Scenario(
        "no-route-back",
        "Sources that the host cannot answer, and one address that it routes nowhere.",
        before="""
            ip route add blackhole 198.51.100.0/24
            ip route add unreachable 203.0.113.200/32
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
                internet 203.0.113.200 > 203.0.113.1 tcp/8080 = closed
                internet 198.51.100.7 > 203.0.113.1 tcp/22 = closed
            """
        },
    ),
    Scenario(
        "policy-routes",
        "Routing policy that sends some sources nowhere, and some destinations of one interface.",
        before="""
            ip rule add from 198.51.100.0/24 blackhole
            ip rule add iif eth1 to 172.17.0.0/16 prohibit
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
                lan > 192.168.7.1 tcp/8080 = closed
                lan > 192.168.7.1 tcp/22 = host
            """
        },
    ),
    Scenario(
        "masked-sources",
        "Connections to containers given the host's own source address, after being judged.",
        after="""
            iptables -t nat -I POSTROUTING -o docker0 -j MASQUERADE
            iptables -I DOCKER-USER -s 203.0.113.200 -j DROP
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 203.0.113.200 > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "flushed-nat",
        "Docker's translations flushed by somebody: docker-proxy serves the port through INPUT.",
        containers=(Container("web", ("8080:80",)), Container("db", ("127.0.0.1:5432:80",))),
        after="""
            iptables -t nat -F
            iptables -I DOCKER-USER -j DROP
            iptables -A INPUT -s 198.51.100.0/24 -p tcp --dport 8080 -j DROP
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
                internet 203.0.113.9 > 203.0.113.1 tcp/5432 = closed
            """
        },
    ),
    Scenario(
        "flushed-forward",
        "FORWARD flushed and opened by somebody: nothing jumps to Docker's chains any more.",
        containers=(Container("web", ("8080:80",)), Container("idle")),
        after="""
            iptables -I DOCKER-USER -j DROP
            iptables -F FORWARD
            iptables -P FORWARD ACCEPT
        """,
        expect={
            "": "internet > 203.0.113.1 tcp/8080 = web",
            "20.10": "internet > @idle tcp/80 = idle",
            "28.5": "internet > @idle tcp/80 = closed",
        },
    ),
    Scenario(
        "hairpin",
        "Containers that reach each other, and themselves, by the host's published ports.",
        networks=("app --subnet 172.30.0.0/24",),
        containers=(
            Container("web", ("8080:80",), "app"),
            Container("client", (), "app"),
            Container("stranger"),
        ),
        clients=("client", "stranger"),
        after="iptables -I DOCKER-USER -i eth0 -j DROP",
        expect={
            "": """
                client > 203.0.113.1 tcp/8080 = web
                stranger > 203.0.113.1 tcp/8080 = web
                stranger > @web tcp/80 = closed
                internet > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "hairpin-without-proxy",
        "The same without docker-proxy.",
        daemon=("--userland-proxy=false",),
        networks=("app --subnet 172.30.0.0/24",),
        containers=(
            Container("web", ("8080:80",), "app"),
            Container("client", (), "app"),
            Container("stranger"),
        ),
        clients=("client", "stranger"),
        expect={"": "client > 203.0.113.1 tcp/8080 = web"},
    ),
)
