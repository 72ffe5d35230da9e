"""Interfaces, addresses, routes, policy rules, listening sockets, settings and ipsets."""

from __future__ import annotations

from pathlib import Path

from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Gap
from dockerwall.programs import Failure, run
from dockerwall.reading.kernel import has_ipv6, is_unloaded
from dockerwall.reading.texts import ROUTE_FILES, RULE_FILES, Part

_IP = {
    "addr.json": ("addr",),
    "link.json": ("-d", "link"),
    RULE_FILES[Family.IPV4]: ("rule",),
    RULE_FILES[Family.IPV6]: ("-6", "rule"),
    ROUTE_FILES[Family.IPV4]: ("-4", "route", "show", "table", "all"),
    ROUTE_FILES[Family.IPV6]: ("-6", "route", "show", "table", "all"),
}
IP_FILES = tuple(_IP)
_SETTINGS = Path("/proc/sys/net")
_IPV4_SETTINGS = ("route_localnet", "rp_filter", "forwarding")
_IPV6_SETTINGS = ("forwarding", "disable_ipv6")


def read_ip(name: str) -> Part:
    """What `ip -j` prints for one snapshot file."""
    if not has_ipv6() and name in (RULE_FILES[Family.IPV6], ROUTE_FILES[Family.IPV6]):
        return Part({name: "[]\n"})
    return _program(name, ["ip", "-j", *_IP[name]], "iproute2")


def read_listeners() -> Part:
    """Listening sockets, as `ss -H -lntup` prints them."""
    return _program("listen.txt", ["ss", "-H", "-lntup"], "iproute2")


def read_ipsets() -> Part:
    """Ipsets, as `ipset save` prints them."""
    if is_unloaded("ip_set"):
        return Part({"ipset.save": ""})
    return _program("ipset.save", ["ipset", "save"], "ipset")


def read_settings() -> Part:
    """The kernel settings that bear on who reaches what, in the form of `sysctl -a`."""
    paths = [_SETTINGS / "ipv4/ip_forward", *sorted(_SETTINGS.glob("bridge/*"))]
    for family, names in (("ipv4", _IPV4_SETTINGS), ("ipv6", _IPV6_SETTINGS)):
        for folder in sorted(_SETTINGS.glob(f"{family}/conf/*")):
            paths += [folder / name for name in names]
    lines = []
    for path in paths:
        try:
            value = path.read_text().strip()
        except OSError:  # an interface that is gone, or a setting this kernel does not have
            continue
        lines.append(f"{_dotted(path)} = {value}\n")
    return Part({"sysctl.txt": "".join(lines)})


def _dotted(path: Path) -> str:
    """The name sysctl prints: a dot inside an interface's name becomes a slash."""
    parts = path.relative_to("/proc/sys").parts
    return ".".join(part.replace(".", "/") for part in parts)


def _program(name: str, argv: list[str], package: str) -> Part:
    answer = run(argv)
    if answer.failure is None:
        return Part({name: answer.text})
    advice = (
        f"Install the package {package}."
        if answer.failure is Failure.MISSING
        else f"Run `{' '.join(argv)}` by hand to see why."
    )
    return Part(gaps=(Gap(name, answer.problem(), advice),))
