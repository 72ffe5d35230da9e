"""Recipes that people copy from well-known pages, as printed there, and mended."""

from tests.engine.scenario import Container, Scenario

TWO_PORTS = (Container("web", ("8080:80", "8081:81")), Container("dns", ("8053:53/udp",)))
EVERY_ENGINE = ("20.10", "26.1", "28.5")

APPENDED_DROP = """
iptables -A DOCKER-USER -j DROP
iptables -I DOCKER-USER -s 172.17.0.0/16 -j RETURN
iptables -I DOCKER-USER -s 192.168.7.0/24 -j RETURN
"""

OPEN = """
    internet > 203.0.113.1 tcp/8080 = web
    lan > 192.168.7.1 tcp/8080 = web
"""
LAN_ONLY = """
    internet > 203.0.113.1 tcp/8080 = closed
    lan > 192.168.7.1 tcp/8080 = web
"""
ONE_SOURCE = """
    internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
    internet 203.0.113.200 > 203.0.113.1 tcp/8080 = closed
    internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
"""

SCENARIOS = (
    Scenario(
        "appended-drop",
        "A DROP appended to DOCKER-USER: on old engines it comes after their RETURN.",
        engines=EVERY_ENGINE,
        containers=TWO_PORTS,
        after=APPENDED_DROP,
        expect={"20.10": OPEN, "26.1": OPEN, "28.5": LAN_ONLY},
    ),
    Scenario(
        "appended-drop-container-port",
        "The same, with the container's port opened to all.",
        engines=EVERY_ENGINE,
        containers=TWO_PORTS,
        after=APPENDED_DROP + "iptables -I DOCKER-USER -p tcp --dport 80 -j RETURN",
        expect={"": OPEN, "28.5": "internet > 203.0.113.1 tcp/8081 = closed"},
    ),
    Scenario(
        "appended-drop-host-port",
        "The same, with the host's port number, which DOCKER-USER never sees.",
        containers=TWO_PORTS,
        after=APPENDED_DROP + "iptables -I DOCKER-USER -p tcp --dport 8080 -j RETURN",
        expect={"20.10": OPEN, "28.5": LAN_ONLY},
    ),
    Scenario(
        "input-allowlist",
        "One source allowed in INPUT and the policy closed: containers stay open.",
        containers=TWO_PORTS,
        before="""
            iptables -A INPUT -i eth0 -p tcp -s 203.0.113.9 -j ACCEPT
            iptables -P INPUT DROP
        """,
        expect={
            "": """
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = web
                internet 203.0.113.9 > 203.0.113.1 tcp/22 = host
                internet 198.51.100.7 > 203.0.113.1 tcp/22 = closed
            """
        },
    ),
    Scenario(
        "docker-chain-drop",
        "All but one source dropped in Docker's own chain.",
        containers=TWO_PORTS,
        after="iptables -I DOCKER -i eth0 ! -s 203.0.113.9 -j DROP",
        expect={"": ONE_SOURCE},
    ),
    Scenario(
        "docker-chain-ipset",
        "An allowlist as an ipset in Docker's own chain, replies let through before it.",
        containers=TWO_PORTS,
        after="""
            ipset restore <<'SETS'
create -exist ipfriends hash:ip family inet hashsize 1024 maxelem 65536
flush
add ipfriends 203.0.113.9
add ipfriends 192.0.2.44
SETS
            iptables -I DOCKER -i eth0 -m set ! --match-set ipfriends src -j DROP
            iptables -I DOCKER -i eth0 -m state --state ESTABLISHED,RELATED -j ACCEPT
        """,
        sources=("192.0.2.44",),
        expect={"": ONE_SOURCE + "internet 192.0.2.44 > 203.0.113.1 tcp/8080 = web"},
    ),
    Scenario(
        "inserted-drop-wins",
        "The allow rule appended, the DROP inserted above it: the allowed source is dropped too.",
        containers=TWO_PORTS,
        after="""
            iptables -A DOCKER-USER -i eth0 -s 203.0.113.9 -p tcp -m conntrack \
                --ctorigdstport 8080 --ctdir ORIGINAL -j ACCEPT
            iptables -I DOCKER-USER -i eth0 -p tcp -m conntrack \
                --ctorigdstport 8080 --ctdir ORIGINAL -j DROP
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = closed
                internet 203.0.113.9 > 203.0.113.1 tcp/8081 = web
                lan > 192.168.7.1 tcp/8080 = web
            """
        },
    ),
    Scenario(
        "inserted-allow",
        "The same two rules in the order that does what they mean.",
        containers=TWO_PORTS,
        after="""
            iptables -I DOCKER-USER -i eth0 -p tcp -m conntrack \
                --ctorigdstport 8080 --ctdir ORIGINAL -j DROP
            iptables -I DOCKER-USER -i eth0 -s 203.0.113.9 -p tcp -m conntrack \
                --ctorigdstport 8080 --ctdir ORIGINAL -j ACCEPT
        """,
        expect={"": ONE_SOURCE + "internet 198.51.100.7 > 203.0.113.1 tcp/8081 = web"},
    ),
    Scenario(
        "all-but-one",
        "Every source but one dropped on the external interface.",
        containers=TWO_PORTS,
        after="iptables -I DOCKER-USER -i eth0 ! -s 203.0.113.9 -j DROP",
        expect={"": ONE_SOURCE + "lan > 192.168.7.1 tcp/8080 = web"},
    ),
    Scenario(
        "all-but-one-other-interface",
        "The same rule with the page's own placeholder as the interface: it matches nothing.",
        containers=TWO_PORTS,
        after="iptables -I DOCKER-USER -i ext_if ! -s 203.0.113.9 -j DROP",
        expect={"": OPEN},
    ),
    Scenario(
        "all-but-a-network",
        "All but one network dropped.",
        containers=TWO_PORTS,
        after="iptables -I DOCKER-USER -i eth0 ! -s 203.0.113.0/24 -j DROP",
        expect={
            "": """
                internet 203.0.113.200 > 203.0.113.1 tcp/8080 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "all-but-a-range",
        "All but a range of addresses dropped, probed at both of its ends.",
        containers=TWO_PORTS,
        sources=("192.0.2.9", "192.0.2.10", "192.0.2.13", "192.0.2.14"),
        after="""
            iptables -I DOCKER-USER -m iprange -i eth0 ! --src-range 192.0.2.10-192.0.2.13 -j DROP
        """,
        expect={
            "": """
                internet 192.0.2.9 > 203.0.113.1 tcp/8080 = closed
                internet 192.0.2.10 > 203.0.113.1 tcp/8080 = web
                internet 192.0.2.13 > 203.0.113.1 tcp/8080 = web
                internet 192.0.2.14 > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "original-destination",
        "Only one of the host's addresses and ports let through, as the sender named them.",
        containers=TWO_PORTS,
        after="""
            iptables -I DOCKER-USER -i eth0 -j DROP
            iptables -I DOCKER-USER -p tcp -m conntrack --ctorigdst 203.0.113.2 \
                --ctorigdstport 8080 -j ACCEPT
            iptables -I DOCKER-USER -p tcp -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
        """,
        expect={
            "": """
                internet > 203.0.113.2 tcp/8080 = web
                internet > 203.0.113.1 tcp/8080 = closed
                internet > 203.0.113.2 tcp/8081 = closed
            """
        },
    ),
    Scenario(
        "combined-input-output",
        "The host closed in INPUT, FORWARD and OUTPUT around Docker's rules.",
        containers=TWO_PORTS,
        after="""
            iptables -P INPUT DROP
            iptables -P FORWARD DROP
            iptables -P OUTPUT DROP
            iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
            iptables -A OUTPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
            iptables -A INPUT -p tcp --dport 22 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT
            iptables -A INPUT -p icmp --icmp-type echo-request -j ACCEPT
            iptables -A INPUT -i lo -j ACCEPT
            iptables -A OUTPUT -p tcp --dport 443 -m conntrack --ctstate NEW -j ACCEPT
            iptables -A OUTPUT -p udp --dport 53 -m conntrack --ctstate NEW -j ACCEPT
        """,
        expect={
            "": OPEN
            + """
                internet > 203.0.113.1 tcp/22 = host
                internet > 2001:db8::1 tcp/8080 = closed
            """
        },
    ),
)
