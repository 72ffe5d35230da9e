"""What the kernel says of itself without being asked to do anything: privilege, modules, names.

Asking iptables, nft or ipset about a subsystem that is not there yet loads it into the kernel.
A reader leaves no trace, so what is not loaded is known to be empty and is not asked.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import HostInfo

_CAP_NET_ADMIN = 12
# /proc/net would be the main thread's, which may be in another namespace than this one.
_NET = Path("/proc/thread-self/net")
_TABLE_NAMES = {Family.IPV4: "ip_tables_names", Family.IPV6: "ip6_tables_names"}


def host_now() -> HostInfo:
    """This host, now."""
    system = os.uname()
    return HostInfo(system.nodename, system.release, datetime.now(UTC).strftime("%Y-%m-%dT%XZ"))


def may_read_firewall() -> bool:
    """Whether this process has CAP_NET_ADMIN; the exit status of iptables does not tell."""
    for line in Path("/proc/thread-self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "CapEff":
            return bool(int(value, 16) >> _CAP_NET_ADMIN & 1)
    return os.geteuid() == 0


def has_ipv6() -> bool:
    """Whether this kernel, in this network namespace, knows IPv6."""
    return (_NET / "if_inet6").exists()


def legacy_tables(family: Family) -> tuple[str, ...]:
    """The legacy tables that exist; PermissionError for ordinary users.

    The file has to be read: its size always stats as 0. Without the module it does not exist.
    """
    try:
        return tuple((_NET / _TABLE_NAMES[family]).read_text().split())
    except FileNotFoundError:
        return ()


def is_unloaded(module: str) -> bool:
    """Whether a module is known to exist on disk and not in the kernel, so that it holds nothing.

    False when it cannot be told, as on a kernel without modules.
    """
    if Path("/sys/module", module).exists():
        return False
    index = Path("/lib/modules", os.uname().release, "modules.dep")
    try:
        lines = index.read_text().splitlines()
    except OSError:
        return False
    return any(f"/{module}.ko" in line.partition(":")[0] for line in lines)
