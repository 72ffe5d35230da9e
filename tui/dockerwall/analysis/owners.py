"""Who wrote a chain or a rule, from its name and the comments in it."""

from __future__ import annotations

import re
from typing import NamedTuple

from dockerwall.model.rules import Chain, Rule, Table


class Owner(NamedTuple):
    """A program, or the operator, and what is known of the chain."""

    name: str
    """`Docker`, `ufw`, ..., `operator`."""
    about: str = ""
    """A sentence on what the chain is for; empty where only the owner is known."""


OPERATOR = Owner("operator")

_DOCKER = {
    "DOCKER-USER": Owner(
        "operator", "For your own rules: packets go through it before Docker's own rules."
    ),
    "DOCKER": Owner(
        "Docker", "What Docker publishes: rewritten in nat, let through to containers in filter."
    ),
    "DOCKER-FORWARD": Owner("Docker", "Docker's own decisions, in the order Docker makes them."),
    "DOCKER-CT": Owner("Docker", "Lets answers and open connections through to containers."),
    "DOCKER-BRIDGE": Owner("Docker", "Leads to the rules of each Docker network's bridge."),
    "DOCKER-INTERNAL": Owner("Docker", "Keeps internal networks and networks among each other."),
    "DOCKER-INGRESS": Owner("Docker", "Ports that Swarm services publish on every node."),
    "DOCKER-ISOLATION-STAGE-1": Owner("Docker", "Finds packets that leave one Docker network."),
    "DOCKER-ISOLATION-STAGE-2": Owner("Docker", "Drops those that would enter another one."),
}

_BY_NAME = tuple(
    (re.compile(pattern), Owner(name))
    for pattern, name in (
        (r"ufw6?-(?:docker|user)\b", "ufw, your rules"),
        (r"ufw6?-", "ufw"),
        (r"ts-(?:input|forward|postrouting)$", "Tailscale"),
        (r"NETBIRD-", "NetBird"),
        (r"KUBE-(?:ROUTER|NWPLCY|POD-FW|SVC-POLICY)", "kube-router"),
        (r"KUBE-", "Kubernetes"),
        (r"CNI-ADMIN$", "operator"),
        (r"CNI-", "CNI plugins"),
        (r"(?:OLD_)?CILIUM_", "Cilium"),
        (r"cali-|cali[tf][wo]-|felix-", "Calico"),
        (r"FLANNEL-", "Flannel"),
        (r"WEAVE(?:-|$)", "Weave Net"),
        (r"ANTREA-", "Antrea"),
        (r"AWS-(?:SNAT|CONNMARK)-CHAIN", "Amazon VPC CNI"),
        (r"IP-MASQ(?:-AGENT)?$", "ip-masq-agent"),
        (r"ISTIO_", "Istio"),
        (r"PROXY_INIT_", "Linkerd"),
        (r"CONSUL_(?:PROXY|DNS)_", "Consul"),
        (r"NOMAD-ADMIN$", "Nomad"),
        (r"CATTLE_", "Rancher"),
        (r"f2b-|fail2ban-", "fail2ban"),
        (r"(?i:crowdsec)[_-]", "CrowdSec"),
        (r"sshguard", "SSHGuard"),
        (r"PSAD_", "psad"),
        (r"LIBVIRT_", "libvirt"),
        (r"NETAVARK[_-]", "Podman"),
        (r"PVEFW-|(?:tap|veth|fwbr)\d+i\d+-(?:IN|OUT)$", "Proxmox"),
        (r"(?:neutron|nova)-", "OpenStack"),
        (r"nixos-", "NixOS"),
        (r"zone_\w+_|(?:input|output|forwarding)_\w*rule$", "OpenWrt"),
        (r"MINIUPNPD", "miniupnpd"),
        (r"UBIOS_", "UniFi OS"),
        (r"(?:VYATTA|VYOS)_", "VyOS"),
        (r"InstanceServices$", "Oracle Cloud"),
        (r"(?:DEFAULT_(?:INPUT|FORWARD)|DOS_PROTECT|(?:INPUT|FORWARD)_FIREWALL)$", "Synology"),
        (
            r"(?:PREROUTING|POSTROUTING|INPUT|OUTPUT|FORWARD)_"
            r"(?:direct|ZONES|ZONES_SOURCE|IN_ZONES|OUT_ZONES|POLICIES_(?:pre|post))\b",
            "firewalld",
        ),
        (r"(?:IN|FWD[IO]?|PRE|POST)_\w+_(?:log|deny|allow|pre|post)$", "firewalld"),
        (r"(?:IN|FWD[IO]?|PRE|POST)_[\w-]+$", "firewalld"),
        (r"LOCAL(?:IN|OUT)PUT$|LOGDROP(?:IN|OUT)$|[AG]?(?:ALLOW|DENY)(?:DYN)?(?:IN|OUT)$", "CSF"),
    )
)

_BY_COMMENT = tuple(
    (re.compile(r'--comment "?' + pattern), Owner(name))
    for pattern, name in (
        (r"kubernetes|kube-", "Kubernetes"),
        (r"cali:", "Calico"),
        (r"[Cc]ilium", "Cilium"),
        (r"flanneld ", "Flannel"),
        (r"generated for LXD", "LXD"),
        (r"generated for Incus", "Incus"),
        (r"wg-quick\(8\)", "wg-quick"),
        (r"name: \\?\"", "CNI plugins"),
        (r"!fw3", "OpenWrt"),
    )
)

# Chains whose own names say little, known by a companion of the same table.
_BY_COMPANION = (("LOCALINPUT", Owner("CSF")), ("shorewall", Owner("Shorewall")))

LOOKED_AT = 50
"""How many rules of a chain are searched for an owner's comments."""


def owner_of(table: Table, chain: Chain) -> Owner | None:
    """Who wrote a chain; None for a base chain, which belongs to everyone."""
    if chain.is_base:
        return None
    if chain.name in _DOCKER:
        return _DOCKER[chain.name]
    if chain.name.startswith("DOCKER-"):
        return Owner("Docker")
    for pattern, owner in _BY_NAME:
        if pattern.match(chain.name):
            return owner
    writers = {owner_of_rule(rule) for rule in chain.rules[:LOOKED_AT]}
    if len(writers) == 1 and (writer := writers.pop()) is not None:
        return writer
    for companion, owner in _BY_COMPANION:
        if companion in table.chains:
            return owner
    return OPERATOR


def owner_of_rule(rule: Rule) -> Owner | None:
    """Who wrote one rule, by the comment in it; None when there is none that says so."""
    if "--comment" not in rule.text:
        return None
    for pattern, owner in _BY_COMMENT:
        if pattern.search(rule.text):
            return owner
    return None
