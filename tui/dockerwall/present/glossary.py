"""The words of netfilter, Docker and this program, each in a sentence or two."""

from __future__ import annotations

GLOSSARY = (
    (
        "DNAT",
        "The rewriting of a packet's destination: what was for this host's port 8080 is now for the"
        " container's address and port. It happens in PREROUTING, before FORWARD is asked.",
    ),
    (
        "DOCKER-USER",
        "The one chain Docker leaves to you. FORWARD asks it before Docker's own chains, and after"
        " DNAT: ports and addresses are the container's there.",
    ),
    (
        "RETURN",
        "Back to the chain that jumped here, to the rule after the jump. In a base chain: on to its"
        " policy. In DOCKER-USER it means: let Docker decide.",
    ),
    (
        "ACCEPT",
        "Enough for this base chain: its other rules are not asked. Other tables and hooks are.",
    ),
    (
        "DROP, REJECT",
        "The packet's end, wherever it is. REJECT says so to the sender, DROP lets it wait.",
    ),
    (
        "policy",
        "What a base chain does with packets that none of its rules decided: ACCEPT or DROP.",
    ),
    (
        "table, chain",
        "A chain is a list of rules, asked from the top; the first that decides wins. Tables (raw,"
        " mangle, nat, filter, security) hold chains for one purpose each.",
    ),
    (
        "hook",
        "A point of the kernel where base chains are asked: PREROUTING when a packet arrives,"
        " FORWARD on its way to another machine or a container, INPUT when it is for this host.",
    ),
    (
        "jump, goto",
        "A jump (-j CHAIN) asks another chain and comes back; a goto (-g CHAIN) does not come back"
        " to this chain but to the one that jumped here.",
    ),
    (
        "conntrack",
        "The kernel's memory of connections. ESTABLISHED are packets of one that was let through,"
        " NEW begin one; rules usually let the former pass at once.",
    ),
    (
        "ctorigdstport",
        "The port a packet was sent to before DNAT: with -m conntrack, the way to speak of the"
        " host's published port in DOCKER-USER.",
    ),
    (
        "docker-proxy",
        "A process of Docker that listens on a published port and passes connections on. It serves"
        " what no DNAT rule takes: IPv6 to an IPv4 container, and this host itself. INPUT guards"
        " it.",
    ),
    (
        "hairpin",
        "A container that calls a published port of its own host: the packet turns round at the"
        " bridge, and is rewritten on the way out (MASQUERADE) so that the answer comes back.",
    ),
    (
        "MASQUERADE",
        "The rewriting of a packet's source to this host's own address, as it leaves.",
    ),
    (
        "published",
        "docker run -p: on every address of the host unless one is named. 127.0.0.1:8080:80"
        " publishes it for this host alone.",
    ),
    (
        "ipset",
        "A named set of addresses that rules ask with -m set; it changes without the rules.",
    ),
    (
        "nft, legacy",
        "The two variants of iptables. Both may hold rules at once: then a packet has to pass"
        " both.",
    ),
    (
        "exposed",
        "Somebody on the Internet gets in, whoever they are. allowlisted: only chosen addresses;"
        " lan: only the local network; local: only this host; closed: nobody.",
    ),
    (
        "unknown",
        "It depends on something that no reading shows, such as the time of day or a rate. It is"
        " never taken for closed.",
    ),
    (
        "neighbours",
        "Machines on the same wire as an interface, such as other customers of a provider: they can"
        " send packets for any address to this host, private ones too.",
    ),
)
"""Word and meaning, in the order in which they are met."""
