"""Several things at once, as hosts have them: sets of every type, ways round a closed chain."""

from tests.engine.scenario import Container, Scenario

THREE_PORTS = (Container("web", ("8080:80", "8081:81", "8053:53/udp")), Container("idle"))

SETS = """
ipset restore <<'SETS'
create at hash:net,iface
add at 203.0.113.0/24,eth0
add at 203.0.113.200/32,eth0 nomatch
add at 192.168.7.0/25,eth1
create asked hash:ip,port,ip
add asked 198.51.100.7,tcp:81,172.17.0.2
create names hash:ip,port,net
add names 203.0.113.9,udp:53,172.17.0.0/30
create ports hash:net,port
add ports 198.51.100.0/24,udp:53
create guests bitmap:ip range 192.168.7.0/24
add guests 192.168.7.200
create whole hash:ip netmask 24
add whole 198.51.100.0
create all list:set size 8
add all ports
add all asked
create banned hash:ip timeout 3600
add banned 203.0.113.9 timeout 3000
SETS
"""

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "sets-of-interfaces",
        "Networks allowed where they belong, one address excepted.",
        containers=THREE_PORTS,
        after=SETS
        + """
            iptables -I DOCKER-USER -m conntrack --ctstate NEW -m set ! --match-set at src,src \
                -j DROP
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 203.0.113.200 > 203.0.113.1 tcp/8080 = closed
                internet 198.51.100.7 > 203.0.113.1 udp/8053 = closed
                lan 192.168.7.9 > 192.168.7.1 tcp/8080 = web
                lan 192.168.7.200 > 192.168.7.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "sets-of-three-fields",
        "Source, port and destination in one set; a bitmap of addresses; one that expires.",
        containers=THREE_PORTS,
        after=SETS
        + """
            iptables -I DOCKER-USER -i eth0 -m conntrack --ctstate NEW -j DROP
            iptables -I DOCKER-USER -m set --match-set asked src,dst,dst -j RETURN
            iptables -I DOCKER-USER -m set --match-set names src,dst,dst -j RETURN
            iptables -I DOCKER-USER -i eth1 -m set --match-set guests src -j REJECT
            iptables -I DOCKER-USER -p tcp -m set --match-set banned src -j DROP
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 udp/8053 = web
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = closed
                internet 198.51.100.7 > 203.0.113.1 tcp/8081 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
                lan 192.168.7.200 > 192.168.7.1 tcp/8080 = closed
                lan 192.168.7.9 > 192.168.7.1 tcp/8080 = web
            """
        },
    ),
    Scenario(
        "set-of-sets",
        "A list of sets of two and three fields, asked with two and with three; a masked set.",
        containers=THREE_PORTS,
        after=SETS
        + """
            iptables -I DOCKER-USER -i eth0 -m conntrack --ctstate NEW -j DROP
            iptables -I DOCKER-USER -m set --match-set all src,dst -j RETURN
            iptables -I DOCKER-USER -m set --match-set all src,dst,dst -s 203.0.113.9 -j RETURN
            iptables -I DOCKER-USER -p tcp --dport 81 -m set --match-set whole src -j RETURN
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8081 = closed
                internet 198.51.100.7 > 203.0.113.1 udp/8053 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/8081 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "round-the-translation",
        "Sources that nat lets pass untranslated go to docker-proxy, past a closed DOCKER-USER.",
        containers=THREE_PORTS,
        after="""
            iptables -t nat -I PREROUTING -s 203.0.113.9 -j RETURN
            iptables -t nat -I PREROUTING -s 198.51.100.7 -p tcp --dport 8080 -j ACCEPT
            iptables -t nat -I DOCKER -s 203.0.113.200 -j RETURN
            iptables -A INPUT -p tcp -s 203.0.113.200 --dport 8081 -j REJECT
            iptables -I DOCKER-USER -j DROP
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 203.0.113.200 > 203.0.113.1 tcp/8080 = web
                internet 203.0.113.200 > 203.0.113.1 tcp/8081 = closed
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/8081 = closed
                lan > 192.168.7.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "the-proxy-shut-in",
        "OUTPUT stops docker-proxy's own connection, and some of its answers.",
        containers=THREE_PORTS,
        after="""
            iptables -A OUTPUT -d 172.17.0.2 -p tcp --dport 80 -j DROP
            ip6tables -A OUTPUT -p tcp --sport 8081 -d 2001:db8:f::/48 -j DROP
        """,
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = web
                internet > 2001:db8::1 tcp/8080 = closed
                internet 2001:db8::9 > 2001:db8::1 tcp/8081 = web
                internet 2001:db8:f::7 > 2001:db8::1 tcp/8081 = closed
                internet > 2001:db8::1 udp/8053 = web
            """
        },
    ),
    Scenario(
        "answers-by-status",
        "What is known of a connection: its sources, its answer's port, whether it was answered.",
        containers=THREE_PORTS,
        after="""
            iptables -I DOCKER-USER -m conntrack --ctstate NEW --ctorigsrc 203.0.113.0/25 \
                --ctproto 17 -j DROP
            iptables -I DOCKER-USER -m conntrack --ctorigdst 203.0.113.1 --ctreplsrc 172.17.0.2 \
                --ctreplsrcport 81 --ctdir ORIGINAL -j DROP
            iptables -I DOCKER-USER -i eth0 -m conntrack --ctstatus NONE -j DROP
            iptables -I DOCKER-USER -i eth1 -m conntrack ! --ctstatus SEEN_REPLY -p udp -j DROP
            iptables -I DOCKER-USER -m conntrack --ctstatus CONFIRMED --ctdir REPLY \
                --ctorigsrc 198.51.100.7 --ctorigdstport 8081 -j DROP
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 203.0.113.9 > 203.0.113.1 udp/8053 = closed
                internet 203.0.113.200 > 203.0.113.1 udp/8053 = web
                internet 203.0.113.200 > 203.0.113.1 tcp/8081 = closed
                internet 203.0.113.200 > 203.0.113.2 tcp/8081 = web
                internet 198.51.100.7 > 203.0.113.2 tcp/8081 = closed
                lan > 192.168.7.1 udp/8053 = closed
            """
        },
    ),
    Scenario(
        "addresses-changed-hands",
        "Containers that were started again in another order, and a rule for the old address.",
        containers=(Container("web", ("8080:80",)), Container("shop", ("8090:80",))),
        after="""
            docker stop -t 1 web shop >/dev/null
            docker start shop >/dev/null
            docker start web >/dev/null
            iptables -I DOCKER-USER -i eth0 -d 172.17.0.2 -j DROP
            sleep 1
        """,
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = web
                internet > 203.0.113.1 tcp/8090 = closed
                lan > 192.168.7.1 tcp/8090 = shop
            """
        },
    ),
)
