"""How long judging takes, beside reading the same host: `python -m tests.bench.bench_verdict`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.large_host import write_large_host

from dockerwall.analysis.audit import audit
from dockerwall.analysis.journey import Query, follow
from dockerwall.analysis.world import build_world
from dockerwall.model.addresses import parse_address
from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Snapshot
from dockerwall.reading.recorded import RecordedHost
from dockerwall.session import Session


def seconds(work: Callable[[], object]) -> float:
    """The time one call takes."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def measure(ports: int, rules: int) -> None:
    """Print what one host costs."""
    with tempfile.TemporaryDirectory() as name:
        folder = write_large_host(Path(name) / "host", ports, rules)
        read: list[Snapshot] = []
        reading = seconds(lambda: read.append(Session(RecordedHost(folder)).read()))
    world = build_world(read[0])
    building = seconds(lambda: build_world(read[0]))
    judging = seconds(lambda: audit(world))
    print(
        f"{ports:5} ports, {rules:6} rules: read {reading * 1e3:7.0f} ms, prepare "
        f"{building * 1e3:6.0f} ms, audit {judging * 1e3:7.0f} ms "
        f"({judging / ports * 1e3:5.2f} ms a port, {judging / reading:5.1f} × reading)"
    )
    if ports == 1:
        one_port(read[0])


def one_port(snapshot: Snapshot) -> None:
    """One published port from every interface, both families."""
    world = build_world(snapshot)

    def everywhere() -> None:
        for iif in ("eth0", "eth1", "docker0"):
            for text in ("203.0.113.1", "2001:db8::1"):
                family, number = parse_address(text)
                follow(world, Query(Family(family), iif, number, 6, 10000))

    cold, warm = seconds(everywhere), seconds(everywhere)
    print(f"      one port, all interfaces: {cold * 1e3:.1f} ms first, {warm * 1e3:.1f} ms again")


if __name__ == "__main__":
    for ports, rules in ((1, 5000), (200, 2000), (500, 10000), (1000, 10000)):
        measure(ports, rules)
