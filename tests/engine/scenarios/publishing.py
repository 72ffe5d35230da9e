"""Ways of publishing a port: on which addresses, in which family, or not at all."""

from tests.engine.scenario import Container, Scenario

EVERY_BINDING = (
    Container("web", ("8080:80",)),
    Container("dns", ("8053:53/udp",)),
    Container("db", ("127.0.0.1:5432:80",)),
    Container("app", ("192.168.7.1:8082:80",)),
    Container("idle"),
)

OLD_ENGINE = """
    internet > @web tcp/80 = web
    internet > @db tcp/80 = db
    internet > @app tcp/80 = app
"""
NEW_ENGINE = """
    internet > @web tcp/80 = closed
    internet > @db tcp/80 = closed
    internet > @app tcp/80 = closed
"""
DUAL_STACK = ("--ipv6", "--fixed-cidr-v6=2001:db8:d::/64", "--experimental")

SCENARIOS = (
    Scenario(
        "bindings",
        "A port published everywhere, one on loopback, one on the LAN's address, and none.",
        engines=("20.10", "26.1", "28.5"),
        containers=EVERY_BINDING,
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = web
                internet > 203.0.113.1 udp/8053 = dns
                internet > 192.168.7.1 tcp/8080 = web
                internet > 2001:db8::1 tcp/8080 = web
                internet > 203.0.113.1 tcp/5432 = closed
                internet > 203.0.113.1 tcp/8082 = closed
                internet > 192.168.7.1 tcp/8082 = app
                lan > 192.168.7.1 tcp/8082 = app
                internet > @idle tcp/80 = closed
                internet > @web tcp/81 = closed
                internet > 203.0.113.1 tcp/22 = host
            """,
            "20.10": OLD_ENGINE,
            "26.1": OLD_ENGINE,
            "28.5": NEW_ENGINE,
        },
    ),
    Scenario(
        "forwarding-before-docker",
        "Forwarding was on before Docker started, so the policy of FORWARD stays ACCEPT.",
        engines=("20.10", "26.1", "28.5"),
        sysctls={"net.ipv4.ip_forward": "1"},
        containers=EVERY_BINDING,
        expect={
            "20.10": OLD_ENGINE + "internet > @idle tcp/80 = idle",
            "26.1": OLD_ENGINE + "internet > @idle tcp/80 = idle",
            "28.5": NEW_ENGINE + "internet > @idle tcp/80 = closed",
        },
    ),
    Scenario(
        "two-networks",
        "Containers on two networks, as seen by each other and from outside.",
        networks=("app --subnet 172.30.0.0/24", "data --subnet 172.31.0.0/24"),
        containers=(
            Container("web", ("8080:80",), "app"),
            Container("db", ("5432:80",), "data"),
            Container("client", (), "app"),
        ),
        clients=("client",),
        expect={
            "": """
                client > @web tcp/80 = web
                client > @db tcp/80 = closed
                client > 203.0.113.1 tcp/5432 = db
                client > 203.0.113.1 tcp/8080 = web
            """
        },
    ),
    Scenario(
        "one-address",
        "A port published on the second of the host's two Internet addresses.",
        containers=(Container("web", ("203.0.113.2:8080:80",)),),
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = closed
                internet > 203.0.113.2 tcp/8080 = web
                lan > 203.0.113.2 tcp/8080 = web
                internet > 2001:db8::1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "same-port-twice",
        "The same port published for different containers on different addresses.",
        containers=(
            Container("inner", ("192.168.7.1:8080:80",)),
            Container("outer", ("203.0.113.1:8080:80",)),
        ),
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = outer
                internet > 192.168.7.1 tcp/8080 = inner
                internet > 203.0.113.2 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "port-range",
        "A range of ports, and one container port published twice, one of them for UDP.",
        containers=(Container("web", ("9000-9001:80-81", "9009:80", "9053:53/udp")),),
        expect={
            "": """
                internet > 203.0.113.1 tcp/9001 = web
                internet > 203.0.113.1 tcp/9009 = web
                internet > 203.0.113.1 udp/9053 = web
                internet > 203.0.113.1 tcp/9053 = closed
            """
        },
    ),
    Scenario(
        "ipv6-filtered",
        "A dual-stack network with Docker's own rules in ip6tables.",
        daemon=(*DUAL_STACK, "--ip6tables"),
        containers=(
            Container("web", ("8080:80",)),
            Container("six", ("[2001:db8::1]:8086:80",)),
            Container("four", ("0.0.0.0:8084:80",)),
            Container("idle"),
        ),
        expect={
            "": """
                internet > 2001:db8::1 tcp/8080 = web
                internet > 2001:db8::1 tcp/8086 = six
                internet > 2001:db8::1 tcp/8084 = closed
                internet > fd00:7::1 tcp/8080 = web
                internet > @idle6 tcp/80 = closed
            """
        },
    ),
    Scenario(
        "ipv6-unfiltered",
        "A dual-stack network without rules in ip6tables: every container port is open.",
        daemon=(*DUAL_STACK, "--ip6tables=false"),
        containers=(Container("web", ("8080:80",)), Container("idle")),
        expect={
            "": """
                internet > @idle6 tcp/80 = idle
                internet > @web6 tcp/81 = web
                internet > @idle tcp/80 = closed
            """
        },
    ),
    Scenario(
        "default-address",
        "Docker told to publish on loopback unless an address is given.",
        daemon=("--ip=127.0.0.1",),
        containers=(Container("web", ("8080:80",)), Container("open", ("0.0.0.0:8081:80",))),
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = closed
                internet > 203.0.113.1 tcp/8081 = open
            """
        },
    ),
    Scenario(
        "loopback-routed",
        "The kernel told to accept 127.0.0.1 from outside: loopback bindings are reachable.",
        sysctls={"net.ipv4.conf.all.route_localnet": "1"},
        containers=(Container("db", ("127.0.0.1:5432:80",)), Container("web", ("8080:80",))),
        destinations=("127.0.0.1",),
        expect={
            "": "internet > 127.0.0.1 tcp/8080 = web",
            "20.10": "internet > 127.0.0.1 tcp/5432 = db",
            "28.5": "internet > 127.0.0.1 tcp/5432 = closed",
        },
    ),
)
