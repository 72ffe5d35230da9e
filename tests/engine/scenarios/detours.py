"""Rules that lead packets by ways Docker did not mean, or stop them where nobody looks."""

from tests.engine.scenario import Container, Scenario

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "redirect-to-the-proxy",
        "A REDIRECT onto a published port is the packet's only translation: docker-proxy takes it.",
        ports=("tcp/9090",),
        after="""
            iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 9090 -j REDIRECT --to-ports 8080
            iptables -I DOCKER-USER -i eth0 -j DROP
            iptables -I INPUT -i eth0 -s 203.0.113.0/25 -p tcp --dport 8080 -j REJECT
        """,
        sources=("203.0.113.9", "203.0.113.200"),
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = closed
                internet 203.0.113.200 > 203.0.113.1 tcp/9090 = web
                internet 203.0.113.9 > 203.0.113.1 tcp/9090 = closed
            """
        },
    ),
    Scenario(
        "dnat-to-the-gateway",
        "DNAT to the bridge's own address and a published port: INPUT and docker-proxy again.",
        ports=("tcp/9090",),
        after="""
            iptables -t nat -I PREROUTING -p tcp --dport 9090 -j DNAT --to-destination \
                172.17.0.1:8080
            iptables -A INPUT -p tcp -d 172.17.0.1 -s 192.168.7.0/24 -j DROP
        """,
        expect={
            "": """
                internet > 203.0.113.1 tcp/9090 = web
                lan > 192.168.7.1 tcp/9090 = closed
            """
        },
    ),
    Scenario(
        "mangle-policy",
        "A policy of DROP in mangle, which no listing of filter shows.",
        after="""
            iptables -t mangle -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            iptables -t mangle -A FORWARD -s 198.51.100.0/24 -j ACCEPT
            iptables -t mangle -P FORWARD DROP
        """,
        sources=("203.0.113.9",),
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = closed
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = web
            """
        },
    ),
    Scenario(
        "drop-what-was-translated",
        "--ctstate DNAT tells published ports from direct routing.",
        after="iptables -I DOCKER-USER -i eth0 -m conntrack --ctstate DNAT -j DROP",
        expect={"": "internet > 203.0.113.1 tcp/8080 = closed"},
    ),
    Scenario(
        "original-address-and-range",
        "Only one of the host's addresses, and a range of its ports, by what was asked for.",
        containers=(Container("web", ("8080:80", "8090:81")),),
        after="""
            iptables -I DOCKER-USER -i eth0 -m conntrack --ctorigdst 203.0.113.2 \
                --ctorigdstport 8085:8095 --ctdir ORIGINAL -j DROP
            iptables -I DOCKER-USER -i eth0 -m conntrack ! --ctorigdst 203.0.113.0/24 \
                --ctdir ORIGINAL -j DROP
        """,
        expect={
            "": """
                internet > 203.0.113.1 tcp/8090 = web
                internet > 203.0.113.2 tcp/8090 = closed
                internet > 203.0.113.2 tcp/8080 = web
            """
        },
    ),
    Scenario(
        "replies-by-direction",
        "A DROP of everything in the reply's direction closes TCP and UDP alike.",
        after="iptables -I DOCKER-USER -i docker0 -m conntrack --ctdir REPLY -j DROP",
        expect={"": "internet > 203.0.113.1 tcp/8080 = closed"},
    ),
    Scenario(
        "addresses-a-container-gave-itself",
        "A further address in its network, and a network behind it: Docker knows nothing of them.",
        containers=(Container("web", ("8080:80",), options=("--cap-add=NET_ADMIN",)),),
        ports=("tcp/9090", "tcp/9091"),
        after="""
            inside="nsenter --net --target $(docker inspect --format '{{.State.Pid}}' web)"
            $inside ip address add 172.17.0.200/16 dev eth0
            $inside ip address add 10.8.0.5/24 dev lo
            ip route add 10.8.0.0/24 via "$(docker inspect \
                --format '{{.NetworkSettings.IPAddress}}' web)"
            iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 9090 -j DNAT \
                --to-destination 172.17.0.200:80
            iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 9091 -j DNAT \
                --to-destination 10.8.0.5:80
            iptables -I DOCKER-USER -o docker0 -p tcp --dport 80 -j ACCEPT
        """,
        undecidable=True,
        expect={
            "": """
                internet > 203.0.113.1 tcp/9090 = web
                internet > 203.0.113.1 tcp/9091 = web
            """
        },
    ),
    Scenario(
        "answered-at-a-local-route",
        "The source is made an address of the container's network, which only a route makes ours.",
        after="""
            ip route add local 172.17.0.200 dev lo
            iptables -t nat -I POSTROUTING -o docker0 -p tcp --dport 80 -j SNAT \
                --to-source 172.17.0.200
        """,
        expect={"": "internet > 203.0.113.1 tcp/8080 = web"},
    ),
    Scenario(
        "loose-reverse-path",
        "rp_filter 2: any way back will do, and a blackholed source has none.",
        sysctls={"net.ipv4.conf.all.rp_filter": "2"},
        sources=("203.0.113.9", "192.0.2.44"),
        after="ip route add blackhole 192.0.2.0/24",
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 192.0.2.44 > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
)
