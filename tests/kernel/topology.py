"""A host with five interfaces and everything beyond its wires, in two network namespaces.

    203.0.113.0/24 Internet ── eth0 ┐            ┌ docker0 172.17.0.1/16 ── docker0a .2, docker0b .3
        10.0.0.0/24 LAN ────── eth1 ┤ host (H)   │
     192.168.7.0/24 ────────── eth  ┘            └ br-app  172.18.0.1/16 ── brapp0 .2

The far end of every wire lies in one namespace (`beyond`) that has no address and answers
nothing: packets are put on wires and taken off wires there, so any source address can be used.
Neighbour entries are permanent: no packet ever waits for ARP.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from tests.kernel.namespace import CommandFailedError, Namespace, make_namespace

DEFAULT_SYSCTLS = {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    "net.ipv4.conf.all.route_localnet": "0",
    "net.ipv4.conf.all.accept_local": "0",
    "net.ipv4.conf.all.send_redirects": "0",
    "net.ipv4.conf.default.send_redirects": "0",
    # Tags are sequence numbers, so later packets of a dialogue lie outside of any window.
    "net.netfilter.nf_conntrack_tcp_be_liberal": "1",
    "net.ipv4.icmp_ratelimit": "0",
    "net.ipv4.icmp_echo_ignore_all": "0",
    "net.ipv4.icmp_echo_ignore_broadcasts": "0",
    "net.ipv6.conf.all.forwarding": "1",
    "net.ipv6.conf.all.accept_dad": "0",
    "net.ipv6.conf.default.accept_dad": "0",
    "net.ipv6.conf.all.accept_ra": "0",
    "net.ipv6.conf.default.accept_ra": "0",
    "net.ipv6.conf.default.router_solicitations": "0",
    "net.ipv6.icmp.ratelimit": "0",
    "net.ipv6.icmp.ratemask": "",
}

# interface: its IPv4 network without the last number, prefix length, IPv6 network
INTERFACES = {
    "eth0": ("203.0.113", 24, "2001:db8:113"),
    "eth1": ("10.0.0", 24, "fd00:a"),
    "eth": ("192.168.7", 24, "fd00:7"),
    "docker0": ("172.17.0", 16, "fd00:17"),
    "br-app": ("172.18.0", 16, "fd00:18"),
}
# wire: the interface that its packets come in by
WIRES = {
    "eth0": "eth0",
    "eth1": "eth1",
    "eth": "eth",
    "docker0a": "docker0",
    "docker0b": "docker0",
    "brapp0": "br-app",
}
BRIDGES = ("docker0", "br-app")
# wire: last number of the addresses of the container behind it
CONTAINERS = {"docker0a": 2, "docker0b": 3, "brapp0": 2}

# Hidden from the rules under test: it starts connection tracking, as on every Docker host, and
# keeps what the host itself sends (resets, errors, multicast reports) from moving counters, all
# but the packets of tests.own_packets, which have a priority of their own.
HARNESS_TABLE = """
table inet harness {
  chain track { type filter hook prerouting priority -450; policy accept; ct state invalid accept; }
  chain quiet { type filter hook output priority -500; policy drop;
    meta priority 0:6 accept; log group 77 snaplen 128; }
}
"""
HARNESS_WITHOUT_TRACKING = """
table inet harness {
  chain quiet { type filter hook output priority -500; policy drop; log group 77 snaplen 128; }
}
"""


def host_mac(wire: str) -> str:
    """The hardware address of the host's end, which for a bridge is the bridge's own."""
    interface = WIRES[wire]
    return f"02:00:00:00:00:{list(INTERFACES).index(interface) + 1:02x}"


def far_mac(wire: str) -> str:
    """The hardware address of the far end of a wire."""
    return f"02:00:00:00:01:{list(WIRES).index(wire) + 1:02x}"


def host_address(interface: str, version: int = 4) -> str:
    """The host's own address on an interface."""
    v4, _, v6 = INTERFACES[interface]
    return f"{v4}.1" if version == 4 else f"{v6}::1"


def link_local(interface: str) -> str:
    """The host's own link-local address on an interface, made from its hardware address."""
    return f"fe80::ff:fe00:{list(INTERFACES).index(interface) + 1:x}"


def container_address(wire: str, version: int = 4) -> str:
    """The address of the container behind a bridge port."""
    v4, _, v6 = INTERFACES[WIRES[wire]]
    number = CONTAINERS[wire]
    return f"{v4}.{number}" if version == 4 else f"{v6}::{number:x}"


@dataclass
class Topology:
    """The two namespaces and the sysctls that were changed since they were made."""

    host: Namespace
    beyond: Namespace
    changed: dict[str, str] = field(default_factory=dict)

    def set_sysctls(self, values: dict[str, str]) -> None:
        """Set sysctls of the host, remembering what they were for `reset`."""
        for name in values:
            if name not in self.changed:
                path = "/proc/sys/" + name.replace(".", "/")
                self.changed[name] = self.host.run(["cat", path]).strip()
        self.host.sysctl(values)

    def restore_sysctls(self) -> None:
        """Put every changed sysctl back."""
        self.host.sysctl(self.changed)
        self.changed.clear()

    def remove(self) -> None:
        """Delete both namespaces."""
        self.host.remove()
        self.beyond.remove()


def build(tracking: bool = True) -> Topology:
    """Make the topology; with `tracking` off nothing starts connection tracking by itself."""
    host, beyond = make_namespace("h"), make_namespace("b")
    topology = Topology(host, beyond)
    try:
        beyond.sysctl({"net.ipv6.conf.all.disable_ipv6": "1"})
        beyond.sysctl({"net.ipv6.conf.default.disable_ipv6": "1"})
        for name, value in DEFAULT_SYSCTLS.items():
            _set_if_present(host, name, value)
        _make_links(host, beyond)
        _make_neighbours(host)
        host.run(["nft", "-f", "-"], HARNESS_TABLE if tracking else HARNESS_WITHOUT_TRACKING)
    except BaseException:
        topology.remove()
        raise
    return topology


def _set_if_present(namespace: Namespace, name: str, value: str) -> None:
    """Set a sysctl that older kernels may lack."""
    try:
        namespace.sysctl({name: value})
    except FileNotFoundError:
        return


def _make_links(host: Namespace, beyond: Namespace) -> None:
    """Make interfaces, addresses and default routes."""
    lines = ["link set lo up"]
    for bridge in BRIDGES:
        wire = next(name for name, interface in WIRES.items() if interface == bridge)
        lines.append(f"link add {bridge} address {host_mac(wire)} type bridge mcast_snooping 0")
        lines.append(f"link set {bridge} up")
    far = []
    for wire, interface in WIRES.items():
        bridged = interface in BRIDGES
        own = "" if bridged else f"address {host_mac(wire)}"
        lines.append(
            f"link add {wire} {own} type veth peer name {wire} address {far_mac(wire)} "
            f"netns {beyond.name}"
        )
        if bridged:
            lines.append(f"link set {wire} master {interface}")
        lines.append(f"link set {wire} up")
        far.append(f"link set {wire} up")
    for interface, (v4, length, v6) in INTERFACES.items():
        lines.append(f"addr add {v4}.1/{length} brd + dev {interface}")
        lines.append(f"addr add {v6}::1/64 dev {interface} nodad")
    host.ip(*lines)
    beyond.ip(*far)
    host.ip(
        "route add default via 203.0.113.254 dev eth0 onlink",
        "route add ::/0 via 2001:db8:113::fe dev eth0 onlink",
    )
    for wire, interface in WIRES.items():
        if interface in BRIDGES:
            host.run(["bridge", "fdb", "add", far_mac(wire), "dev", wire, "master", "static"])


def _make_neighbours(host: Namespace) -> None:
    """Give every address that a test may send to a permanent neighbour entry."""
    lines = []
    for wire, interface in WIRES.items():
        v4, _, v6 = INTERFACES[interface]
        bridged = interface in BRIDGES
        numbers = [CONTAINERS[wire]] if wire == "docker0b" else range(2, 64 if bridged else 255)
        for number in numbers:
            lines.append(f"neigh replace {v4}.{number} lladdr {far_mac(wire)} dev {interface}")
            short = f"{v6}::{number:x}"
            lines.append(f"neigh replace {short} lladdr {far_mac(wire)} dev {interface}")
        for other in INTERFACES:
            near = f"neigh replace {link_local(other)} lladdr {far_mac(wire)} dev {interface}"
            lines += [near] if other != interface and wire != "docker0b" else []
    host.ip(*lines)


def has_neighbour(address: str) -> bool:
    """Whether the host can send to an address: beyond the router, or among the neighbours."""
    number = ip_address(address)
    if number.is_link_local or number.is_unspecified:
        return False
    for interface, (v4, length, v6) in INTERFACES.items():
        text = f"{v6}::/64" if number.version == 6 else f"{v4}.0/{length}"
        network = ip_network(text)
        if number in network:
            last = int(number) - int(network.network_address)
            return 2 <= last < (64 if interface in BRIDGES else 255)
    return True


def can_build() -> str:
    """Why the kernel tier cannot run here, in words; empty where it can."""
    if os.geteuid() != 0:
        return "needs root, to make network namespaces"
    for program in (
        "ip",
        "nft",
        "nsenter",
        "ipset",
        "iptables-nft-restore",
        "iptables-legacy-restore",
        "bridge",
    ):
        if shutil.which(program) is None:
            return f"needs the program {program}"
    try:
        trial = make_namespace("t")
    except (OSError, CommandFailedError) as failure:
        return f"cannot make a network namespace: {failure}"
    trial.remove()
    return ""
