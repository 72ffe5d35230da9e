"""Docker beside others that write rules: ufw, Tailscale, a second variant, native nft."""

from tests.engine.scenario import Container, Scenario

TWO = (Container("web", ("8080:80",)), Container("idle"))
UFW = """
ufw default deny incoming
ufw allow from 192.168.7.0/24 to any port 22 proto tcp
ufw allow 443/tcp
ufw deny 8080
ufw --force enable
"""

SCENARIOS = (
    Scenario(
        "ufw",
        "ufw denies the published port, which Docker serves all the same.",
        before=UFW,
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
        "ufw-after-docker",
        "ufw enabled when Docker's rules are there already.",
        after=UFW,
        expect={"": "internet > 203.0.113.1 tcp/22 = closed"},
    ),
    Scenario(
        "ufw-forwarding",
        "The widely copied ufw rules for DOCKER-USER: private sources in, others as ufw routes.",
        before=UFW,
        after="""
            iptables -N ufw-docker-logging-deny
            iptables -A DOCKER-USER -j ufw-user-forward
            iptables -A DOCKER-USER -j RETURN -s 10.0.0.0/8
            iptables -A DOCKER-USER -j RETURN -s 172.16.0.0/12
            iptables -A DOCKER-USER -j RETURN -s 192.168.0.0/16
            iptables -A DOCKER-USER -p udp -m udp --sport 53 --dport 1024:65535 -j RETURN
            for net in 192.168.0.0/16 10.0.0.0/8 172.16.0.0/12; do
                iptables -A DOCKER-USER -j ufw-docker-logging-deny -p tcp -m tcp \
                    --tcp-flags FIN,SYN,RST,ACK SYN -d $net
                iptables -A DOCKER-USER -j ufw-docker-logging-deny -p udp -m udp \
                    --dport 0:32767 -d $net
            done
            iptables -A DOCKER-USER -j RETURN
            iptables -A ufw-docker-logging-deny -m limit --limit 3/min --limit-burst 10 -j LOG \
                --log-prefix "[UFW DOCKER BLOCK] "
            iptables -A ufw-docker-logging-deny -j DROP
            ufw route allow proto tcp from 198.51.100.7 to any port 80
        """,
        expect={
            "28.5": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = closed
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = web
                lan > 192.168.7.1 tcp/8080 = web
            """,
            # There the rules come after Docker's RETURN.
            "20.10": "internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web",
        },
    ),
    Scenario(
        "above-docker-user",
        "A chain of another program before the jump to DOCKER-USER, as Tailscale makes it.",
        containers=TWO,
        after="""
            iptables -N ts-forward
            iptables -A ts-forward -s 203.0.113.200 -j MARK --set-xmark 0x40000/0xff0000
            iptables -A ts-forward -m mark --mark 0x40000/0xff0000 -j ACCEPT
            iptables -A ts-forward -s 203.0.113.9 -o docker0 -j DROP
            iptables -I DOCKER-USER -j DROP
            iptables -I FORWARD -j ts-forward
            iptables -I FORWARD 2 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        """,
        expect={
            "": """
                internet 203.0.113.200 > 203.0.113.1 tcp/8080 = web
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = closed
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
            """,
            "20.10": "internet 203.0.113.200 > @idle tcp/80 = idle",
            "28.5": "internet 203.0.113.200 > @idle tcp/80 = closed",
        },
    ),
    Scenario(
        "no-jump",
        "DOCKER-USER exists, and nothing jumps to it.",
        containers=TWO,
        after="iptables -D FORWARD -j DOCKER-USER\niptables -I DOCKER-USER -j DROP",
        expect={"": "internet > 203.0.113.1 tcp/8080 = web"},
    ),
    Scenario(
        "accept-in-docker-user",
        "ACCEPT in DOCKER-USER skips Docker's own later checks; RETURN does not.",
        containers=TWO,
        after="""
            iptables -I DOCKER-USER -s 203.0.113.9 -j ACCEPT
            iptables -I DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            iptables -I DOCKER-USER -s 203.0.113.200 -j RETURN
        """,
        expect={
            "": "internet 203.0.113.200 > @idle tcp/80 = closed",
            "20.10": "internet 203.0.113.9 > @idle tcp/81 = idle",
            "28.5": "internet 203.0.113.9 > @idle tcp/81 = closed",
        },
    ),
    Scenario(
        "legacy",
        "Everything in the legacy variant.",
        variant="legacy",
        containers=TWO,
        after="""
            iptables -I DOCKER-USER -i eth0 -s 198.51.100.0/24 -j DROP
            ip6tables -A INPUT -p tcp --dport 8080 -s 2001:db8:f::/48 -j DROP
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
                internet 2001:db8::9 > 2001:db8::1 tcp/8080 = web
                internet 2001:db8:f::7 > 2001:db8::1 tcp/8080 = closed
            """
        },
    ),
    Scenario(
        "both-variants",
        "Docker's rules in nft, older ones still in the legacy variant: a drop in either is final.",
        containers=TWO,
        before="""
            iptables-legacy -A FORWARD -s 198.51.100.0/24 -j DROP
            iptables-legacy -A FORWARD -s 203.0.113.9 -j ACCEPT
            iptables-legacy -A INPUT -i eth0 -p tcp --dport 22 -j DROP
        """,
        after="iptables -I DOCKER-USER -s 203.0.113.9 -j DROP",
        expect={
            "": """
                internet 203.0.113.200 > 203.0.113.1 tcp/8080 = web
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = closed
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
                internet > 203.0.113.1 tcp/22 = closed
            """
        },
    ),
    Scenario(
        "both-variants-nat",
        "Translations in both variants: an ACCEPT in one does not stop the other's.",
        engines=("28.5",),
        containers=(Container("web", ("8080:80",)), Container("other", ("8081:80",))),
        ports=("tcp/9090",),
        before="""
            iptables-legacy -t nat -A PREROUTING -s 203.0.113.9 -p tcp --dport 8080 -j ACCEPT
            iptables-legacy -t nat -A PREROUTING -p tcp --dport 9090 -j REDIRECT --to-ports 22
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet > 203.0.113.1 tcp/9090 = host
            """
        },
    ),
    Scenario(
        "nat-conflict-older",
        "Two translations of one port: of the variants, the one loaded last is asked first.",
        engines=("28.5",),
        undecidable=True,
        before="iptables-legacy -t nat -A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 22",
        expect={"": "internet > 203.0.113.1 tcp/8080 = web"},
    ),
    Scenario(
        "nat-conflict-newer",
        "The same two translations, loaded the other way round; the rules look the same.",
        engines=("28.5",),
        undecidable=True,
        after="iptables-legacy -t nat -A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 22",
        expect={"": "internet > 203.0.113.1 tcp/8080 = host"},
    ),
    Scenario(
        "native-nft",
        "A native nft table that drops one source before Docker's rules are asked.",
        engines=("28.5",),
        containers=TWO,
        undecidable=True,
        before="""
            nft -f - <<'RULES'
table inet guard {
    chain forward {
        type filter hook forward priority -10; policy accept;
        ip saddr 198.51.100.7 drop
    }
}
RULES
        """,
        expect={
            "": """
                internet 203.0.113.9 > 203.0.113.1 tcp/8080 = web
                internet 198.51.100.7 > 203.0.113.1 tcp/8080 = closed
            """
        },
    ),
)
