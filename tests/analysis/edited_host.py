"""A recorded host with other rules in DOCKER-USER: what an edit would make of it."""

from __future__ import annotations

import shutil
from pathlib import Path

from dockerwall.analysis.audit import audit
from dockerwall.analysis.exposure import Exposure
from dockerwall.analysis.trace import Trace, make_probe, trace
from dockerwall.analysis.world import build_world
from dockerwall.model.snapshot import Snapshot
from dockerwall.reading.recorded import RecordedHost

HOSTS = Path(__file__).parent.parent / "hosts"


def recorded(name: str) -> Snapshot:
    """A recorded host as it is."""
    return RecordedHost(HOSTS / name).read()


def with_rules(
    folder: Path, rules: list[str], chains: list[str] | None = None, name: str = "docker-28"
) -> Snapshot:
    """The host with exactly these rules in DOCKER-USER, and these further lines in filter."""
    target = folder / "host"
    shutil.copytree(HOSTS / name, target)
    save = target / "iptables-save.nft"
    lines = [line for line in save.read_text().split("\n") if " -A DOCKER-USER" not in line]
    place = lines.index("COMMIT", lines.index("*filter"))
    declared = [f":{chain} - [0:0]" for chain in chains or ()]
    added = [f"[0:0] {rule}" for rule in rules]
    head = lines.index("*filter") + 1
    lines[place:place] = added
    lines[head:head] = declared
    save.write_text("\n".join(lines))
    return RecordedHost(target).read()


def of_port(snapshot: Snapshot, port: int) -> list[Exposure]:
    """The exposures of one published IPv4 port."""
    return [
        each
        for each in audit(build_world(snapshot))
        if each.offer.host_port == port and each.offer.family == "ipv4"
    ]


def traced(snapshot: Snapshot, src: str, dport: int, dst: str = "203.0.113.1") -> Trace:
    """What becomes of a TCP packet that arrives on eth0."""
    return trace(build_world(snapshot), make_probe("eth0", src, dst, 6, None, dport))
