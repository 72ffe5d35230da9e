"""Whole hosts as people run them; they are also recorded for the tests that have no Docker."""

from tests.engine.scenario import Container, Scenario

SHOP = (
    Container("web", ("8080:80",), "shop", image="nginx:1.27"),
    Container("redis", ("6379:6379",), "shop", ("tcp/6379",), image="redis:7"),
    Container("postgres", ("127.0.0.1:5432:5432",), "shop", ("tcp/5432",), image="postgres:16"),
    Container("app", ("192.168.7.1:8082:3000",), "bridge", ("tcp/3000",), image="shop/app:2"),
    Container("worker", (), "shop", ("tcp/9000",), image="shop/worker:2"),
)
SHOP_NETWORK = "shop --subnet 172.30.0.0/24"

ALLOWLIST = """
iptables -I DOCKER-USER -i eth0 -m comment --comment "everything else" -j DROP
iptables -I DOCKER-USER -i eth0 -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL \
    -m comment --comment "the shop is for everybody" -j RETURN
iptables -I DOCKER-USER -s 203.0.113.0/27 -i eth0 -p tcp -m conntrack --ctorigdstport 6379 \
    --ctdir ORIGINAL -m comment --comment "office" -j RETURN
iptables -I DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
"""

APPENDED = """
iptables -A DOCKER-USER -j DROP
iptables -I DOCKER-USER -s 172.30.0.0/24 -j RETURN
iptables -I DOCKER-USER -s 192.168.7.0/24 -j RETURN
"""

SETS = """
ipset restore <<'SETS'
create friends hash:ip
add friends 203.0.113.9
add friends 192.0.2.44
create offices hash:net comment
add offices 198.51.100.0/24 comment "head office"
add offices 198.51.100.128/25 nomatch
create services hash:ip,port timeout 0
add services 172.30.0.3,tcp:6379 timeout 0
SETS
iptables -I DOCKER-USER -i eth0 -j DROP
iptables -I DOCKER-USER -i eth0 -m set --match-set offices src -m set ! --match-set services \
    dst,dst -j RETURN
iptables -I DOCKER-USER -i eth0 -m set --match-set friends src -j RETURN
iptables -I DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
"""

UFW = """
ufw default deny incoming
ufw allow 22/tcp
ufw allow from 192.168.7.0/24 to any port 9100 proto tcp comment 'node exporter'
ufw limit 2222/tcp
ufw route deny in on eth0 from 198.51.100.7
ufw --force enable
"""

OLD_RULES = """
iptables-legacy -A INPUT -i eth0 -p tcp --dport 22 -s 198.51.100.0/24 -j ACCEPT
iptables-legacy -A INPUT -i eth0 -p tcp --dport 22 -j DROP
iptables-legacy -A FORWARD -i eth0 -s 203.0.113.128/25 -j DROP
ip6tables-legacy -A INPUT -p tcp --dport 8080 -s 2001:db8:f::/48 -j REJECT
"""

# The kernel of a test machine may have no IPVS. Docker then makes no rules for the ingress network;
# these are the ones it makes elsewhere, and a translation stands in for the balancing.
SWARM = """
docker swarm init --advertise-addr 203.0.113.1
docker service create --detach --no-resolve-image --name api \
    --publish published=8088,target=80 echo:1 api tcp/80
docker service create --detach --no-resolve-image --name solo \
    --publish mode=host,published=8089,target=80 echo:1 solo tcp/80
timeout 60 sh -c 'until [ "$(docker ps --quiet | wc -l)" = 3 ]; do sleep 0.1; done'
task=$(docker inspect --format '{{(index .NetworkSettings.Networks "ingress").IPAddress}}' \
    "$(docker ps --quiet --filter name=api)")
sandbox="nsenter --net=/run/docker/netns/ingress_sbox"
gateway=$($sandbox ip -j -4 addr show eth1 | sed 's/.*"local":"\\([0-9.]*\\)".*/\\1/')
$sandbox sysctl -q -w net.ipv4.ip_forward=1
$sandbox iptables -t nat -A PREROUTING -p tcp --dport 8088 -j DNAT --to-destination "$task:80"
$sandbox iptables -t nat -A POSTROUTING -d "$task" -j MASQUERADE
if iptables -t nat -n -L DOCKER-INGRESS >/dev/null 2>&1; then exit 0; fi
for table in nat filter; do
    iptables -t $table -N DOCKER-INGRESS
    iptables -t $table -A DOCKER-INGRESS -j RETURN
done
iptables -t nat -I PREROUTING -m addrtype --dst-type LOCAL -j DOCKER-INGRESS
iptables -t nat -I OUTPUT -m addrtype --dst-type LOCAL -j DOCKER-INGRESS
iptables -t nat -I POSTROUTING -o docker_gwbridge -m addrtype --src-type LOCAL -j MASQUERADE
iptables -t nat -I DOCKER-INGRESS -p tcp --dport 8088 -j DNAT --to-destination "$gateway:8088"
iptables -I DOCKER-INGRESS -p tcp -m state --state RELATED,ESTABLISHED --sport 8088 -j ACCEPT
iptables -I DOCKER-INGRESS -p tcp --dport 8088 -j ACCEPT
iptables -I FORWARD 2 -j DOCKER-INGRESS
"""

SCENARIOS = (
    Scenario(
        "docker-28",
        "Five containers, two networks, an allowlist that does what it means.",
        engines=("28.5",),
        networks=(SHOP_NETWORK,),
        containers=SHOP,
        after=ALLOWLIST,
        expect={
            "": """
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/6379 = closed
                internet 203.0.113.9 > 203.0.113.1 tcp/6379 = redis
                internet > 2001:db8::1 tcp/6379 = redis
                internet > 203.0.113.1 tcp/5432 = closed
                lan > 192.168.7.1 tcp/8082 = app
                internet > 192.168.7.1 tcp/8082 = closed
            """
        },
    ),
    Scenario(
        "docker-20",
        "The old layout, with a DROP appended after the RETURN that Docker put there.",
        engines=("20.10",),
        networks=(SHOP_NETWORK,),
        containers=SHOP,
        after=APPENDED,
        expect={
            "": """
                internet > 203.0.113.1 tcp/6379 = redis
                internet > @postgres tcp/5432 = postgres
                internet > @worker tcp/9000 = closed
            """
        },
    ),
    Scenario(
        "docker-26",
        "The layout before DOCKER-FORWARD, forwarding on before Docker started.",
        engines=("26.1",),
        sysctls={"net.ipv4.ip_forward": "1"},
        networks=(SHOP_NETWORK,),
        containers=SHOP,
        after="iptables -I DOCKER-USER -i eth0 ! -s 203.0.113.0/24 -j DROP",
        expect={
            "": """
                internet 203.0.113.9 > @worker tcp/9000 = worker
                internet 198.51.100.7 > @worker tcp/9000 = closed
                internet 203.0.113.200 > 203.0.113.1 tcp/6379 = redis
            """
        },
    ),
    Scenario(
        "docker-29",
        "The layout without isolation chains, and the allowlist of docker-28.",
        engines=("29.1",),
        networks=(SHOP_NETWORK,),
        containers=SHOP,
        after=ALLOWLIST,
        expect={
            "": """
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/6379 = closed
                internet 203.0.113.9 > 203.0.113.1 tcp/6379 = redis
                internet > 2001:db8::1 tcp/6379 = redis
                internet > @postgres tcp/5432 = closed
                lan > 192.168.7.1 tcp/8082 = app
            """
        },
    ),
    Scenario(
        "docker-29-nftables",
        "Docker's tables are native nft ones, which are not evaluated; INPUT is iptables'.",
        undecidable=True,
        engines=("29.1",),
        daemon=("--firewall-backend=nftables",),
        sysctls={"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"},
        networks=(SHOP_NETWORK,),
        containers=SHOP,
        after="iptables -A INPUT -i eth0 -p tcp --dport 22 ! -s 198.51.100.0/24 -j DROP",
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = web
                internet > 203.0.113.1 tcp/5432 = closed
                internet 203.0.113.9 > 203.0.113.1 tcp/22 = closed
            """
        },
    ),
    Scenario(
        "ipv6",
        "A dual-stack network: IPv4 guarded in DOCKER-USER, IPv6 forgotten.",
        engines=("28.5",),
        networks=("six --ipv6 --subnet 172.30.0.0/24 --subnet fd00:30::/64",),
        containers=(
            Container("web", ("8080:80",), "six", image="nginx:1.27"),
            Container("redis", ("6379:6379",), "six", ("tcp/6379",), image="redis:7"),
            Container("old", ("8081:80",), image="httpd:2"),
        ),
        after="iptables -I DOCKER-USER -i eth0 ! -s 203.0.113.9 -j DROP",
        expect={
            "": """
                internet 198.51.100.7 > 203.0.113.1 tcp/6379 = closed
                internet > 2001:db8::1 tcp/6379 = redis
                internet > 2001:db8::1 tcp/8081 = old
                internet > @redis6 tcp/6379 = closed
            """
        },
    ),
    Scenario(
        "host-network-no-proxy",
        "A container in the host's network, no docker-proxy, INPUT half closed.",
        engines=("28.5",),
        daemon=("--userland-proxy=false",),
        containers=(
            Container("exporter", (), "host", ("tcp/9100",), image="prom/node-exporter:1"),
            Container("dns", (), "host", ("udp/53", "tcp/53"), image="coredns:1.11"),
            Container("web", ("8080:80",), image="nginx:1.27"),
        ),
        after="""
            iptables -A INPUT -i eth0 -p tcp --dport 9100 -j REJECT
            iptables -A INPUT -i eth0 -p udp --dport 53 ! -s 203.0.113.0/24 -j DROP
        """,
        expect={
            "": """
                internet > 203.0.113.1 tcp/9100 = closed
                internet > 2001:db8::1 tcp/9100 = exporter
                internet 203.0.113.9 > 203.0.113.1 udp/53 = dns
                internet 198.51.100.7 > 203.0.113.1 udp/53 = closed
                internet > 2001:db8::1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "ufw-host",
        "ufw with rules of its own, which the published ports go past.",
        engines=("28.5",),
        before=UFW,
        listeners=("tcp/22", "tcp/9100"),
        containers=(
            Container("web", ("8080:80",), image="nginx:1.27"),
            Container("mongo", ("27017:27017",), "bridge", ("tcp/27017",), image="mongo:7"),
        ),
        expect={
            "": """
                internet > 203.0.113.1 tcp/27017 = mongo
                internet > 2001:db8::1 tcp/27017 = closed
                internet > 203.0.113.1 tcp/22 = host
                internet > 203.0.113.1 tcp/9100 = closed
                lan > 192.168.7.1 tcp/9100 = host
            """
        },
    ),
    Scenario(
        "ipsets",
        "Allowlists as sets of addresses, of networks with an exception, of services.",
        engines=("28.5",),
        networks=(SHOP_NETWORK,),
        containers=SHOP,
        after=SETS,
        sources=("198.51.100.200", "192.0.2.44"),
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/6379 = redis
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/6379 = closed
                internet 198.51.100.200 > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "legacy-host",
        "Everything in the legacy variant.",
        engines=("20.10",),
        variant="legacy",
        networks=(SHOP_NETWORK,),
        containers=SHOP,
        after="iptables -I DOCKER-USER -i eth0 -p tcp -m multiport ! --dports 80 -j DROP",
        expect={
            "": """
                internet > 203.0.113.1 tcp/8080 = web
                internet > 203.0.113.1 tcp/6379 = closed
                internet > 2001:db8::1 tcp/6379 = redis
            """
        },
    ),
    Scenario(
        "mixed",
        "Docker's rules in nft, an administrator's older ones still in the legacy variant.",
        engines=("28.5",),
        networks=(SHOP_NETWORK,),
        containers=SHOP,
        before=OLD_RULES,
        after="iptables -I DOCKER-USER -s 198.51.100.7 -p tcp --dport 6379 -j REJECT",
        expect={
            "": """
                internet 203.0.113.200 > 203.0.113.1 tcp/8080 = closed
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/6379 = closed
                internet 2001:db8::9 > 2001:db8::1 tcp/8080 = web
                internet 2001:db8:f::7 > 2001:db8::1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "swarm",
        "A swarm of one: a service in the ingress network, one published on the host.",
        engines=("28.5",),
        containers=(Container("web", ("127.0.0.1:8080:80",), image="nginx:1.27"),),
        ports=("tcp/8088", "tcp/8089"),
        after=SWARM,
        expect={
            "": """
                internet > 203.0.113.1 tcp/8088 = api
                internet > 192.168.7.1 tcp/8088 = api
                internet > 203.0.113.1 tcp/8089 = solo
                internet > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "macvlan-host",
        "A container on the wire itself beside published ones.",
        undecidable=True,
        engines=("28.5",),
        networks=(
            "wire --driver macvlan --subnet 203.0.113.0/24 --ip-range 203.0.113.64/28 "
            "-o parent=eth0",
        ),
        containers=(
            Container("camera", (), "wire", ("tcp/554",), image="camera:3"),
            Container("web", ("8080:80",), image="nginx:1.27"),
        ),
        after="iptables -I DOCKER-USER -i eth0 -j DROP",
        expect={
            "": """
                internet > @camera tcp/554 = camera
                internet > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
)

RECORDED = {
    scenario.name.removesuffix("-host").removesuffix("-no-proxy"): scenario
    for scenario in SCENARIOS
}
"""The hosts to record, by the name of their folder."""
