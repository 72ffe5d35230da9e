"""Records a running host into a snapshot folder, as the product's snapshot format describes it."""

from __future__ import annotations

import datetime
import json
import platform
import re
from pathlib import Path

from tests.engine.host import Host

_COMMANDS = {
    "iptables-save.nft": "iptables-nft-save -c",
    "ip6tables-save.nft": "ip6tables-nft-save -c",
    "nft.json": "nft -j list ruleset",
    "ipset.save": "ipset save",
    "addr.json": "ip -j addr",
    "link.json": "ip -j -d link",
    "rule.json": "ip -j rule",
    "route4.json": "ip -j -4 route show table all",
    "route6.json": "ip -j -6 route show table all",
    "listen.txt": "ss -H -lntup",
    "docker-version.json": "docker version --format {{json.}}",
    "docker-info.json": "docker info --format {{json.}}",
}
_LEGACY = {
    "iptables-save.legacy": ("/proc/net/ip_tables_names", "iptables-legacy-save -c"),
    "ip6tables-save.legacy": ("/proc/net/ip6_tables_names", "ip6tables-legacy-save -c"),
}
_SYSCTLS = re.compile(
    r"net\.ipv4\.ip_forward = "
    r"|net\.ipv4\.conf\.[^ ]*\.(route_localnet|rp_filter|forwarding) = "
    r"|net\.ipv6\.conf\.[^ ]*\.(forwarding|disable_ipv6) = "
    r"|net\.bridge\."
)


def record(host: Host, folder: Path) -> None:
    """Write every file of a snapshot that this host can fill."""
    folder.mkdir(parents=True, exist_ok=True)
    inside = host.enclosure
    contents: dict[str, bytes] = {}
    for name, command in _COMMANDS.items():
        argv = [word.replace("{{json.}}", "{{json .}}") for word in command.split()]
        done = inside.attempt(argv)
        if done.returncode == 0:
            contents[name] = done.stdout
    for name, (tables, command) in _LEGACY.items():
        if inside.attempt(["cat", tables]).stdout:
            contents[name] = inside.run(command.split()).encode()
    sysctls = inside.attempt(["sysctl", "-a"]).stdout.decode().splitlines(keepends=True)
    contents["sysctl.txt"] = "".join(filter(_SYSCTLS.match, sysctls)).encode()
    for kind, listing in (("container", "ps"), ("network", "network ls")):
        ids = inside.run(["docker", *listing.split(), "--quiet"]).split()
        inspected = inside.run(["docker", kind, "inspect", *ids]) if ids else "[]\n"
        contents[f"docker-{kind}s.json"] = inspected.encode()
    meta = {
        "format": "dockerwall-snapshot/1",
        "hostname": inside.run(["hostname"]).strip(),
        "kernel": platform.release(),
        "taken_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    contents["meta.json"] = (json.dumps(meta) + "\n").encode()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
