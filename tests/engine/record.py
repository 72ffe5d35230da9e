"""`python -m tests.engine.record NAME...|--all`: record hosts into `tests/hosts/NAME/`.

Beside the snapshot's files stands `expected.json`: probes with real packets and what became of
them, `{"undecidable", "probes": [{"from", "in", "src", "dst", "proto", "dport", "reached",
"outcome", "answered_by", "seen_as"}, ...]}`; on an undecidable host, some verdicts can only be
unknown.
"""

from __future__ import annotations

import json
import platform
import shutil
import sys
from pathlib import Path

from tests.engine.engines import Engine, installed_engines, missing
from tests.engine.observation import Observation, observe
from tests.engine.scenario import Case
from tests.engine.scenarios.hosts import RECORDED

KERNEL = platform.release().split("-")[0]
"""The kernel's version without this machine's own name for its build."""

HOSTS = Path(__file__).parent.parent / "hosts"


def expected(seen: Observation) -> str:
    """The text of `expected.json`, one probe a line."""
    lines = []
    for probe, outcome in seen.outcomes.items():
        if outcome.word == "unsent":
            continue
        entry: dict[str, object] = {"from": probe.vantage, **probe.packet()}
        entry["reached"] = outcome.reached
        entry["outcome"] = outcome.word
        if outcome.reached:
            entry |= {"answered_by": outcome.answered_by, "seen_as": outcome.seen_as}
        lines.append(json.dumps(entry))
    undecidable = json.dumps(seen.case.scenario.undecidable)
    return f'{{"undecidable": {undecidable}, "probes": [\n' + ",\n".join(lines) + "\n]}\n"


def record_host(name: str, engines: dict[str, Engine]) -> int:
    """Record one host anew and hand back how many of its known answers were not given."""
    scenario = RECORDED[name]
    case = Case(scenario, scenario.engines[0])
    folder = HOSTS / name
    shutil.rmtree(folder, ignore_errors=True)
    HOSTS.mkdir(exist_ok=True)
    seen = observe(case, engines[case.engine], folder, f"demo-{name}")
    (folder / "expected.json").write_text(expected(seen))
    folder.chmod(0o755)
    for path in folder.iterdir():
        path.write_text(path.read_text().replace(platform.release(), KERNEL))
        path.chmod(0o644)
    print(f"{folder}: {len(seen.outcomes)} probes")
    for line in seen.broken():
        print(f"  ! {line}")
    return len(seen.broken())


def main(arguments: list[str]) -> int:
    """Record the named hosts; 2 for a name that is none, 3 where no engine can be started."""
    names = list(RECORDED) if arguments == ["--all"] else arguments
    if not names or not set(names) <= set(RECORDED):
        print(f"which of {', '.join(RECORDED)}, or --all?", file=sys.stderr)
        return 2
    if reason := missing():
        print(reason, file=sys.stderr)
        return 3
    engines = installed_engines()
    return 1 if sum(record_host(name, engines) for name in names) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
