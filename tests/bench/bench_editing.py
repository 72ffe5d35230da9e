"""How long a plan and its preview take: `python -m tests.bench.bench_editing`."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.bench.large_host import write_large_host

from dockerwall.analysis.judgement import judge
from dockerwall.editing.foresight import preview
from dockerwall.editing.intent_words import parse_intent
from dockerwall.editing.planner import plan
from dockerwall.reading.recorded import RecordedHost
from dockerwall.session import Session

INTENTS = (
    "allow 198.51.100.9 to 10007",
    "only 198.51.100.9 to 10007",
    "only 198.51.100.9,203.0.113.0/24 to 10007",
    "close 10007",
    "lan-only 10007",
    "block 198.51.100.9",
    "lan-only",
    "insert DOCKER-USER 2 -i eth0 -p tcp --dport 80 -j DROP",
    "move DOCKER-USER 5 to 2",
)


def measure(ports: int, rules: int) -> None:
    """Print what each intent costs on one host that was judged before."""
    with tempfile.TemporaryDirectory() as name:
        folder = write_large_host(Path(name) / "host", ports, rules)
        snapshot = Session(RecordedHost(folder)).read()
    judgement = judge(snapshot)
    print(f"{ports} ports, {rules} rules")
    for text in INTENTS:
        intent = parse_intent(text.split())
        begin = time.perf_counter()
        answer = plan(judgement, intent)
        planned = time.perf_counter()
        preview(judgement, answer)
        end = time.perf_counter()
        print(
            f"  {text:56} plan {(planned - begin) * 1e3:6.0f} ms, "
            f"preview {(end - planned) * 1e3:6.0f} ms, {len(answer.plan.changes)} changes"
        )


if __name__ == "__main__":
    measure(200, 2000)
