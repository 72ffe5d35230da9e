"""How long a change takes among 2,000 rules, against a bare iptables-restore of the same line.

Applying is what happens from the operator's yes until the rules are live and read back: the look
at the rules before, the journal, the watchdog, the transaction, the look afterwards. What can be
done while the operator reads the preview (the kernel's own parser, starting the watchdog's
process) is done then. First with all rules in DOCKER-USER, then with all but a few in another
chain, where looking costs less.

    python -m tests.bench.bench_applying
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable

from tests.applying.machine import Machine

from dockerwall.applying.document import plan_document
from dockerwall.editing.plan import Plan
from dockerwall.model.kinds import Family, Variant

RULES = 2000
ROUNDS = 15
WORDS = "-s 203.0.113.9/32 -j DROP"


def main() -> None:
    """Print milliseconds for each variant."""
    for variant in Variant:
        for chain in ("DOCKER-USER", "OTHER"):
            with Machine(variant) as machine:
                machine.edit(Family.IPV4, "-N", "OTHER")
                machine.restore(Family.IPV4, ["*filter", *_many(chain), "COMMIT"])
                plan = machine.plan((Family.IPV4, True, 1, WORDS))
                timed = json.loads(_inside(machine, plan))
            shown = ", ".join(f"{name} {ms:.1f}" for name, ms in timed.items())
            print(f"{variant}, {RULES} rules in {chain}, ms: {shown}")


def _many(chain: str) -> list[str]:
    return [
        f"-A {chain} -s 10.{n >> 8}.{n & 255}.0/24 -p tcp -m tcp --dport {n + 1} -j DROP"
        for n in range(RULES)
    ]


def _inside(machine: Machine, plan: Plan) -> str:
    done = subprocess.run(
        machine.enclosure.inside([sys.executable, "-m", "tests.bench.bench_applying", "inside"]),
        input=json.dumps(plan_document(plan)),
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
        env=machine.environment,
    )
    return done.stdout


def measure() -> None:
    """Inside the machine: the parts of a change, and a bare restore, as medians."""
    import time

    from dockerwall.applying.bench import this_bench
    from dockerwall.applying.decisions import take_back_now
    from dockerwall.applying.document import plan_from
    from dockerwall.applying.executor import _verify, apply
    from dockerwall.applying.firewall import Kernel
    from dockerwall.applying.looking import compare, rehearse

    plan = plan_from(json.load(sys.stdin))
    (family,) = plan.families
    variant, kernel = plan.variant(family), Kernel()
    back = plan.inverse()
    restore = [f"iptables-{variant}-restore", "--noflush", "--wait", "5"]

    def median(work: Callable[[], object], undo: Callable[[], object]) -> float:
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
            undo()
        return statistics.median(times) * 1000

    def bare(script: str) -> None:
        subprocess.run(restore, input=script.encode(), check=True)

    def transaction() -> None:
        compare(kernel, plan)
        kernel.commit(variant, family, plan.script(family))
        _verify(kernel, plan)

    def unprepared() -> None:
        bench.rehearsals.clear()
        apply(bench, plan, 600)

    def again() -> None:
        take_back_now(bench)
        rehearse(bench, plan)
        time.sleep(0.5)  # the operator reads; the watchdog's process gets up

    bench = this_bench()
    undo = back.script(family)
    bare_ms = median(lambda: bare(plan.script(family)), lambda: bare(undo))
    rehearse(bench, plan)
    time.sleep(0.5)
    found = {
        "bare restore": bare_ms,
        "look, restore, read back": median(transaction, lambda: bare(undo)),
        "change after a preview": median(lambda: apply(bench, plan, 600), again),
    }
    found["times bare"] = found["change after a preview"] / bare_ms
    found["change without one"] = median(unprepared, lambda: take_back_now(bench))
    print(json.dumps(found))


if __name__ == "__main__":
    measure() if "inside" in sys.argv else main()
