"""How long reading takes beside iptables-nft-save itself: 20,000 rules in a throw-away namespace.

Run as root: `python -m tests.bench.bench_reading [RULES]`. Nothing of this is part of the tests.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from dockerwall.reading.live import LiveHost

_RUNS = 7
_FIRST, _REFRESH = 2.5, 1.4


def _rules(count: int) -> str:
    lines = "".join(
        f"-A DOCKER-USER -s 10.{n >> 8 & 255}.{n & 255}.0/24 -i eth{n % 4} -p tcp -m tcp "
        f'--dport {n % 60000 + 1} -m comment --comment "rule {n}" -j DROP\n'
        for n in range(count)
    )
    return f"*filter\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n{lines}COMMIT\n"


def _alone() -> None:
    subprocess.run(["iptables-nft-save", "-c"], stdout=subprocess.PIPE, check=True)


def _median(work: Callable[[], object]) -> float:
    """The median of some runs in seconds."""
    times = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure(count: int) -> int:
    """Measure in this network namespace and print; 1 if a bound is not kept."""
    subprocess.run(["iptables-nft-restore"], input=_rules(count), text=True, check=True)
    alone = _median(_alone)
    first = _median(lambda: LiveHost().first())
    host = LiveHost()
    host.read()
    before = host.read()
    subprocess.run(["iptables-nft", "-Z"], check=True)
    refresh = _median(host.read)
    after = host.read()
    assert all(saved.ruleset is before.rules[key].ruleset for key, saved in after.rules.items())
    print(f"{count} rules, median of {_RUNS} runs")
    print(f"iptables-nft-save -c alone      {alone * 1000:7.1f} ms")
    print(f"first reading and parsing       {first * 1000:7.1f} ms  {first / alone:.2f} x")
    print(f"refresh, only counters changed  {refresh * 1000:7.1f} ms  {refresh / alone:.2f} x")
    return 0 if first <= _FIRST * alone and refresh <= _REFRESH * alone else 1


def main(arguments: list[str]) -> int:
    """Measure in a namespace that ends with this run."""
    if arguments[:1] == ["--inside"]:
        return measure(int(arguments[1]))
    name = f"dw-bench-{os.getpid()}"
    inside = [sys.executable, "-m", "tests.bench.bench_reading", "--inside"]
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        count = arguments[0] if arguments else "20000"
        return subprocess.run(["ip", "netns", "exec", name, *inside, count]).returncode
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
