"""How long a change takes among 2,000 rules, against bare iptables-restores of the same lines.

Two moments count from the operator's yes. *In force*: the journal says what is going to be done,
the watchdog is armed, nobody changed anything since the plan, the transactions are made, and the
operator is told that the change is on trial. *Read back*: the rules were found as predicted, and
the change can be kept. What can be done while the operator reads the preview (the kernel's own
parser, writing the plan, starting the watchdog's process) is done then.

The bare restores are of the same lines for the same families, one after another, in the same
rounds: other work on the machine slows both. Each round is a process of its own, as each command
is, in which everything is done for the first time; but the backup before a host's very first change
was made. First with all rules in DOCKER-USER, then with all but a few in another chain, where
looking costs less. Shown are the medians and the fastest of all rounds.

    python -m tests.bench.bench_applying [FOLDER]

FOLDER is where the journal is kept, as on a disk that has to be waited for; else in memory.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from tests.applying.machine import Machine

from dockerwall.applying.document import plan_document
from dockerwall.editing.plan import Plan
from dockerwall.model.kinds import Family, Variant

RULES = 2000
ROUNDS = 25
READING = 0.5
"""Seconds the operator reads; the watchdog's process gets up meanwhile."""
WORDS = {Family.IPV4: "-s 203.0.113.9/32 -j DROP", Family.IPV6: "-s 2001:db8::9/128 -j DROP"}
PROGRAMS = {Family.IPV4: "iptables", Family.IPV6: "ip6tables"}


def main(arguments: Sequence[str]) -> None:
    """Print milliseconds for each variant."""
    for variant in Variant:
        for chain in ("DOCKER-USER", "OTHER"):
            for families in ((Family.IPV4,), tuple(Family)):
                with Machine(variant) as machine:
                    for family in families:
                        machine.edit(family, "-N", "OTHER")
                        machine.restore(family, ["*filter", *_many(chain, family), "COMMIT"])
                    plan = machine.plan(*((each, True, 1, WORDS[each]) for each in families))
                    timed = _inside(machine, plan, arguments)
                named = " and ".join(families)
                print(f"{variant}, {named}, {RULES} rules in {chain} of each:")
                _show(timed)


def _show(timed: dict[str, list[float]]) -> None:
    bare = timed["bare restore"]
    for name, times in timed.items():
        median, least = statistics.median(times), min(times)
        ratios = f"{median / statistics.median(bare):5.1f} x, {least / min(bare):5.1f} x bare"
        print(f"  {name:28} median {median:6.1f} ms, fastest {least:6.1f} ms: {ratios}", flush=True)


def _many(chain: str, family: Family) -> Iterator[str]:
    for n in range(RULES):
        source = f"10.{n >> 8}.{n & 255}.0/24" if family is Family.IPV4 else f"2001:db8:{n:x}::/64"
        yield f"-A {chain} -s {source} -p tcp -m tcp --dport {n + 1} -j DROP"


def _inside(machine: Machine, plan: Plan, folder: Sequence[str]) -> dict[str, list[float]]:
    """The times of all rounds but the first, which makes the backup."""
    state = {"DOCKERWALL_STATE": folder[0]} if folder else {}
    found: dict[str, list[float]] = {}
    for number in range(ROUNDS + 1):
        done = subprocess.run(
            machine.enclosure.inside([sys.executable, "-m", "tests.bench.bench_applying", "round"]),
            input=json.dumps(plan_document(plan)),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd="/",
            env=machine.environment | state,
        )
        for name, time_taken in json.loads(done.stdout).items():
            found.setdefault(name, []).extend([time_taken] if number else [])
    return found


def one_round() -> None:
    """Inside the machine: a bare restore and a change, after a preview and without one."""
    from dockerwall.applying.bench import this_bench
    from dockerwall.applying.decisions import take_back_now
    from dockerwall.applying.document import plan_from
    from dockerwall.applying.executor import apply
    from dockerwall.applying.looking import rehearse

    plan, bench = plan_from(json.load(sys.stdin)), this_bench()

    def restore(what: Plan) -> float:
        start = time.perf_counter()
        for family in what.families:
            program = f"{PROGRAMS[family]}-{what.variant(family)}-restore"
            script = what.script(family).encode()
            subprocess.run([program, "--noflush", "--wait", "5"], input=script, check=True)
        return (time.perf_counter() - start) * 1000

    def change() -> tuple[float, float]:
        told: list[float] = []
        start = time.perf_counter()
        apply(bench, plan, 600, in_force=lambda _: told.append(time.perf_counter()))
        ended = time.perf_counter()
        take_back_now(bench)
        return (told[0] - start) * 1000, (ended - start) * 1000

    bare = restore(plan)
    restore(plan.inverse())
    rehearse(bench, plan)
    time.sleep(READING)
    in_force, read_back = change()
    bench.rehearsals.clear()
    unprepared = change()[1]
    named = {
        "bare restore": bare,
        "in force, after a preview": in_force,
        "read back, after a preview": read_back,
        "read back, without one": unprepared,
    }
    print(json.dumps(named))


if __name__ == "__main__":
    one_round() if "round" in sys.argv else main(sys.argv[1:])
