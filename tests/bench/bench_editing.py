"""How long a plan and its preview take: `python -m tests.bench.bench_editing`."""

from __future__ import annotations

import gc
import tempfile
import time
from pathlib import Path

from tests.bench.large_host import write_large_host

from dockerwall.analysis.judgement import judge
from dockerwall.cli import COLLECTING
from dockerwall.editing.foresight import preview
from dockerwall.editing.intent_words import parse_intent
from dockerwall.editing.planner import Choices, plan
from dockerwall.model.kinds import Family
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
    "only 198.51.100.9 to all",
    "use-set guests for all create",
    "insert DOCKER-USER 2 -i eth0 -p tcp --dport 80 -j DROP",
    "insert DOCKER-USER 1 -j DROP",
    "delete DOCKER-USER 1",
    "move DOCKER-USER 1 to 20",
    "off DOCKER-USER 1",
    "insert INPUT 1 -s 198.51.100.9 -j DROP",
    "insert INPUT 1 -j DROP",
    "delete INPUT 1",
)
ONE_FAMILY = ("delete", "move", "off")
ROUNDS = 5


def measure(ports: int, rules: int) -> None:
    """Print what each intent costs on one host that was judged before, at best, in CPU time."""
    with tempfile.TemporaryDirectory() as name:
        folder = write_large_host(Path(name) / "host", ports, rules)
        snapshot = Session(RecordedHost(folder)).read()
    judgement = judge(snapshot)
    gc.set_threshold(*COLLECTING)  # as the program does
    gc.freeze()
    print(f"{ports} ports, {rules} rules; CPU time, the best of {ROUNDS}")
    for text in INTENTS:
        intent = parse_intent(text.split())
        one = text.startswith(ONE_FAMILY)
        choices = Choices((Family.IPV4,)) if one else Choices()
        planning, seeing = [], []
        for _ in range(ROUNDS):
            begin = time.process_time()
            answer = plan(judgement, intent, choices)
            planned = time.process_time()
            preview(judgement, answer)
            planning.append(planned - begin)
            seeing.append(time.process_time() - planned)
        both = min(one + other for one, other in zip(planning, seeing, strict=True))
        print(
            f"  {text:56} {both * 1e3:4.0f} ms: plan {min(planning) * 1e3:4.0f}, "
            f"preview {min(seeing) * 1e3:4.0f}; {len(answer.plan.changes)} changes"
        )


if __name__ == "__main__":
    measure(200, 2000)
