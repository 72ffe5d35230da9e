"""What the daemon or a network can be told: gateway modes, drivers, isolation, swarm."""

from tests.engine.scenario import Container, Scenario

ROUTED = "-o com.docker.network.bridge.gateway_mode_ipv4=routed"
ISOLATED = "-o com.docker.network.bridge.gateway_mode_ipv4=isolated"
UNPROTECTED = "-o com.docker.network.bridge.gateway_mode_ipv4=nat-unprotected"

SCENARIOS = (
    Scenario(
        "gateway-routed",
        "A routed network: no translation, published ports open at the container's address.",
        engines=("28.5",),
        networks=(f"routed --subnet 172.30.0.0/24 {ROUTED}",),
        containers=(Container("web", ("8080:80",), "routed"), Container("idle", (), "routed")),
        expect={
            "": """
                internet > @web tcp/80 = web
                internet > @web tcp/81 = closed
                internet > @idle tcp/80 = closed
                internet > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "gateway-unprotected",
        "A nat-unprotected network: every container port open to who routes there.",
        engines=("28.5",),
        networks=(f"open --subnet 172.30.0.0/24 {UNPROTECTED}",),
        containers=(Container("web", ("8080:80",), "open"), Container("idle", (), "open")),
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = web
                internet > @web tcp/81 = web
                internet > @idle tcp/80 = idle
            """
        },
    ),
    Scenario(
        "gateway-isolated",
        "A network without an address on the host: no route leads there, not even from containers.",
        engines=("28.5",),
        networks=(f"inner --internal --subnet 172.30.0.0/24 {ISOLATED}",),
        containers=(Container("web", ("8080:80",), "inner"), Container("client")),
        clients=("client",),
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = closed
                internet > @web tcp/80 = closed
                client > @web tcp/80 = closed
            """
        },
    ),
    Scenario(
        "internal-network",
        "An internal network: publishing does nothing.",
        networks=("inner --internal --subnet 172.30.0.0/24",),
        containers=(
            Container("web", ("8080:80",), "inner"),
            Container("client", (), "inner"),
            Container("other"),
        ),
        clients=("client", "other"),
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = closed
                internet > @web tcp/80 = closed
                client > @web tcp/80 = web
            """
        },
    ),
    Scenario(
        "no-container-traffic",
        "Containers of the default network may not talk to each other.",
        daemon=("--icc=false",),
        containers=(Container("web", ("8080:80",)), Container("client")),
        clients=("client",),
        expect={"": "client > @web tcp/81 = closed\n internet > 203.0.113.1 tcp/8080 = web"},
    ),
    Scenario(
        "no-raw-rules",
        "Docker told not to use the raw table: containers can be reached directly.",
        engines=("28.5",),
        environment={"DOCKER_INSECURE_NO_IPTABLES_RAW": "1"},
        containers=(
            Container("web", ("8080:80",)),
            Container("db", ("127.0.0.1:5432:80",)),
            Container("idle"),
        ),
        expect={
            "": """
                internet > @web tcp/80 = web
                internet > @db tcp/80 = db
                internet > @idle tcp/80 = closed
            """
        },
    ),
    Scenario(
        "trusted-interface",
        "Direct access allowed from the LAN's interface alone.",
        engines=("28.5",),
        networks=(
            "app --subnet 172.30.0.0/24 -o com.docker.network.bridge.trusted_host_interfaces=eth1",
        ),
        containers=(Container("web", ("8080:80",), "app"),),
        expect={
            "": """
                lan > @web tcp/80 = web
                internet > @web tcp/80 = closed
            """
        },
    ),
    Scenario(
        "direct-routing-allowed",
        "The daemon told to allow direct routing to containers.",
        engines=("28.5",),
        daemon=("--allow-direct-routing",),
        containers=(Container("web", ("8080:80",)), Container("idle")),
        expect={
            "": """
                internet > @web tcp/80 = web
                internet > @web tcp/81 = closed
                internet > @idle tcp/80 = closed
            """
        },
    ),
    Scenario(
        "no-forward-drop",
        "The daemon told not to close FORWARD when it turns forwarding on.",
        engines=("28.5",),
        daemon=("--ip-forward-no-drop",),
        containers=(Container("web", ("8080:80",)), Container("idle")),
        expect={"": "internet > @idle tcp/80 = closed"},
    ),
    Scenario(
        "macvlan",
        "A container on the wire itself, which the host's firewall does not govern.",
        undecidable=True,
        networks=(
            "wire --driver macvlan --subnet 203.0.113.0/24 --ip-range 203.0.113.64/28 "
            "-o parent=eth0",
        ),
        containers=(Container("web", (), "wire"), Container("inside", ("8080:80",))),
        after="iptables -I DOCKER-USER -j DROP\niptables -I INPUT -i eth0 -j DROP",
        expect={
            "": """
                internet > @web tcp/80 = web
                internet > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
)
