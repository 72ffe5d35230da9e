"""The kernel's hooks in the order a container's packets meet them, and who stands where in them.

Priorities: include/uapi/linux/netfilter_ipv4.h, the same for IPv6 and for both variants.
"""

from __future__ import annotations

from dockerwall.model.nft import NftBaseChain

HOOKS = ("INGRESS", "PREROUTING", "FORWARD", "POSTROUTING", "INPUT", "OUTPUT", "BRIDGE")
"""The way into and out of a container first, the host's own traffic after it."""

HOOK_WORDS = {
    "INGRESS": "packets as they come off the wire, before everything else",
    "PREROUTING": "every packet that arrives, before it is known where it goes",
    "FORWARD": "packets on their way to or from a container",
    "POSTROUTING": "packets that are about to leave, towards a container or the network",
    "INPUT": "packets for this host itself: docker-proxy, host-network containers, services",
    "OUTPUT": "packets this host itself sends",
    "BRIDGE": "frames inside a bridge, below IP",
}

CONNTRACK_HOOKS = ("PREROUTING", "OUTPUT")
CONNTRACK = -200

_PRIORITY = {"raw": -300, "mangle": -150, "filter": 0, "security": 50}


def priority(table: str, hook: str) -> int:
    """Where the kernel runs a table's base chain within a hook; unknown tables come last."""
    if table == "nat":
        return -100 if hook in ("PREROUTING", "OUTPUT") else 100
    return _PRIORITY.get(table, 1000)


def hook_of(chain: NftBaseChain) -> str:
    """Where a native base chain is shown: one of HOOKS."""
    if chain.family == "bridge":
        return "BRIDGE"
    hook = chain.hook.upper()
    return hook if hook in HOOKS else "INGRESS"
