"""Who wrote a chain."""

from __future__ import annotations

import pytest

from dockerwall.analysis.owners import owner_of
from dockerwall.model.rules import Chain, Rule, Table


def chain(name: str, *rules: str, policy: str | None = None) -> Chain:
    numbered = tuple(
        Rule(name, number, f"-A {name} {text}", number) for number, text in enumerate(rules, 1)
    )
    return Chain(name, policy, numbered, 0)


def name_of(of: Chain, *others: Chain) -> str | None:
    table = Table("filter", {each.name: each for each in (of, *others)})
    owner = owner_of(table, of)
    return None if owner is None else owner.name


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("DOCKER", "Docker"),
        ("DOCKER-USER", "operator"),
        ("DOCKER-BRIDGE", "Docker"),
        ("DOCKER-SOMETHING-NEW", "Docker"),
        ("ufw-before-input", "ufw"),
        ("ufw6-user-input", "ufw, your rules"),
        ("ufw-user-forward", "ufw, your rules"),
        ("ufw-docker-logging-deny", "ufw, your rules"),
        ("ts-input", "Tailscale"),
        ("KUBE-SERVICES", "Kubernetes"),
        ("KUBE-ROUTER-FORWARD", "kube-router"),
        ("KUBE-NWPLCY-ABC", "kube-router"),
        ("CNI-HOSTPORT-DNAT", "CNI plugins"),
        ("CNI-ADMIN", "operator"),
        ("CILIUM_FORWARD", "Cilium"),
        ("cali-FORWARD", "Calico"),
        ("FLANNEL-FWD", "Flannel"),
        ("ISTIO_INBOUND", "Istio"),
        ("f2b-sshd", "fail2ban"),
        ("CROWDSEC_CHAIN", "CrowdSec"),
        ("LIBVIRT_FWI", "libvirt"),
        ("NETAVARK_FORWARD", "Podman"),
        ("NETAVARK-1D8721804F16F", "Podman"),
        ("PVEFW-FORWARD", "Proxmox"),
        ("tap100i0-IN", "Proxmox"),
        ("neutron-openvswi-FORWARD", "OpenStack"),
        ("nixos-fw", "NixOS"),
        ("zone_lan_input", "OpenWrt"),
        ("MINIUPNPD", "miniupnpd"),
        ("INPUT_direct", "firewalld"),
        ("FORWARD_IN_ZONES", "firewalld"),
        ("IN_public_allow", "firewalld"),
        ("FWDI_docker", "firewalld"),
        ("LOCALINPUT", "CSF"),
        ("office", "operator"),
        ("dockerish", "operator"),
    ],
)
def test_owner_by_name(name: str, owner: str) -> None:
    assert name_of(chain(name)) == owner


def test_a_base_chain_belongs_to_no_one() -> None:
    assert name_of(chain("FORWARD", policy="DROP")) is None


def test_owner_by_comments_only_when_every_rule_agrees() -> None:
    lxd = '-p tcp -m comment --comment "generated for LXD network lxdbr0" -j ACCEPT'
    assert name_of(chain("odd", lxd, lxd)) == "LXD"
    assert name_of(chain("odd", lxd, "-j DROP")) == "operator"


def test_owner_by_companion() -> None:
    assert name_of(chain("INVALID"), chain("LOCALINPUT")) == "CSF"
    assert name_of(chain("INVALID")) == "operator"


def test_docker_user_says_what_it_is_for() -> None:
    own = chain("DOCKER-USER")
    owner = owner_of(Table("filter", {own.name: own}), own)
    assert owner is not None
    assert "your own rules" in owner.about
