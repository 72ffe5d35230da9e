"""The kernel's settings for each interface, as far as they were read.

Source: Documentation/networking/ip-sysctl.rst: the greater of an interface's and that for all.
"""

from __future__ import annotations

from dockerwall.analysis.world import World
from dockerwall.model.kinds import Family


def either(world: World, family: Family, name: str, interface: str) -> int:
    """The greater of an interface's setting and that for all."""
    key = (family, name, interface)
    known = world.settings.get(key)
    if known is None:
        known = max(_setting(world, family, name, each) for each in ("all", interface))
        world.settings[key] = known
    return known


def _setting(world: World, family: Family, name: str, interface: str) -> int:
    """One setting; 0 when it was not read or is not a number."""
    value = world.snapshot.sysctl(f"net.{family.value}.conf.{interface}.{name}")
    return int(value) if value is not None and value.lstrip("-").isdigit() else 0


def forwarding(world: World, family: Family, interface: str) -> bool | None:
    """Whether packets from an interface are forwarded; None when it was not read.

    IPv6 asks the setting for all interfaces (ip6_forward), IPv4 the interface's own.
    """
    key = (family, "forwarding", interface)
    known = world.settings.get(key)
    if known is None:
        known = world.settings[key] = _forwarding_as_read(world, family, interface)
    return None if known < 0 else known > 0


def _forwarding_as_read(world: World, family: Family, interface: str) -> int:
    """The same as a number, -1 when it was not read."""
    scope = interface if family is Family.IPV4 else "all"
    value = world.snapshot.sysctl(f"net.{family.value}.conf.{scope}.forwarding")
    if value is None and family is Family.IPV4:
        value = world.snapshot.sysctl("net.ipv4.ip_forward")
    return -1 if value is None else int(value != "0")
