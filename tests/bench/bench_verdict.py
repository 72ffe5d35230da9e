"""How long a verdict takes, beside `iptables-save` of the same rules, all as CPU time in one run.

Run as root: `python -m tests.bench.bench_verdict [RUNS]`. The rules of made-up large hosts are
loaded into throw-away network namespaces, where iptables-save lists them; the same hosts are
judged in this process, and by the whole `audit` command in one of its own. Nothing of this is part
of the tests.
"""

from __future__ import annotations

import gc
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.bench.large_host import write_large_host

from dockerwall.analysis.audit import audit
from dockerwall.analysis.journey import Query, follow
from dockerwall.analysis.world import World, build_world
from dockerwall.cli import COLLECTING
from dockerwall.model.addresses import parse_address
from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Snapshot
from dockerwall.reading.recorded import RecordedHost
from dockerwall.session import Session

RUNS = 5
ONE_PORT = 0.050
"""Seconds for one port on 5,000 rules, from every interface, in both families."""
PROGRAMS = ("iptables-nft", "ip6tables-nft")


class Size(NamedTuple):
    """A host's size, and the seconds its audit may take; None where no bound is given."""

    ports: int
    rules: int
    most: float | None


SIZES = (Size(1, 5000, None), Size(200, 2000, 1.0), Size(500, 10000, None), Size(1000, 10000, 6.0))


def main(runs: int) -> int:
    """Measure and print; 1 if a bound is not kept."""
    gc.set_threshold(*COLLECTING)  # as the command does
    kept = True
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = write_large_host(Path(name) / "host", size.ports, size.rules)
            kept = measure(size, folder, runs) and kept
    return 0 if kept else 1


def measure(size: Size, folder: Path, runs: int) -> bool:
    """One host: whether its bounds are kept."""
    snapshot = Session(RecordedHost(folder)).read()
    command = [sys.executable, "-m", "dockerwall", "audit", "--snapshot", str(folder)]
    with loaded(folder) as inside:
        saving = sum(_of_a_child([*inside, f"{name}-save", "-c"], runs) for name in PROGRAMS)
    judging = _of_judging(snapshot, audit, runs)
    whole = _of_a_child(command, runs)
    print(f"{size.ports} ports, {size.rules} rules in each family, CPU time, median of {runs} runs")
    _line("iptables-save and ip6tables-save", saving, None, saving)
    kept = [
        _line("audit, the judging", judging, size.most, saving),
        _line("audit, the whole command", whole, size.most, saving),
    ]
    if size.ports == 1:
        seconds = _of_judging(snapshot, every_interface, runs)
        kept.append(_line("the port from every interface", seconds, ONE_PORT, saving))
    else:
        print(f"  {'the judging, each port':34} {judging / size.ports * 1000:8.2f} ms")
    return all(kept)


def _line(what: str, seconds: float, most: float | None, saving: float) -> bool:
    """Print one result beside its bound and beside iptables-save; whether the bound is kept."""
    bound = "" if most is None else f"  at most {most * 1000:5.0f} ms"
    print(f"  {what:34} {seconds * 1000:8.1f} ms  {seconds / saving:6.1f} x{bound}")
    return most is None or seconds <= most


def every_interface(world: World) -> None:
    """Who gets to the one published port, from every interface, in both families."""
    for iif in ("eth0", "eth1", "docker0"):
        for text in ("203.0.113.1", "2001:db8::1"):
            family, number = parse_address(text)
            follow(world, Query(Family(family), iif, number, 6, 10000))


def _of_judging(snapshot: Snapshot, judge: Callable[[World], object], runs: int) -> float:
    """CPU seconds of judging a host of which nothing is known yet."""
    times = []
    for _ in range(runs):
        world = build_world(snapshot)
        begin = time.process_time()
        judge(world)
        times.append(time.process_time() - begin)
    return statistics.median(times)


def _of_a_child(command: Sequence[str], runs: int) -> float:
    """CPU seconds of a whole process, its start included."""
    times = []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(times)


@contextmanager
def loaded(folder: Path) -> Iterator[list[str]]:
    """A network namespace with a snapshot's rules; what to put before a command to run it there."""
    name = f"dw-bench-{os.getpid()}"
    inside = ["ip", "netns", "exec", name]
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        for program in PROGRAMS:
            rules = (folder / f"{program.removesuffix('-nft')}-save.nft").read_text()
            restore = [*inside, f"{program}-restore"]
            subprocess.run(restore, input=rules, text=True, check=True)
        yield inside
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS))
