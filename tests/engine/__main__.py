"""`python -m tests.engine [CASE...]`: run cases and print what became of every probe.

A CASE is NAME, for every engine, or NAME@ENGINE. Lines marked with an exclamation mark contradict
what the scenario expects.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.engine.engines import installed_engines, missing
from tests.engine.observation import observe
from tests.engine.scenarios import CASES


def main(wanted: list[str]) -> int:
    """Print a table for each wanted case; 1 if an expectation was not met."""
    if reason := missing():
        print(reason, file=sys.stderr)
        return 3
    engines, status = installed_engines(), 0
    for case in CASES:
        if wanted and case.name not in wanted and case.scenario.name not in wanted:
            continue
        if case.engine not in engines:
            print(f"{case.name}: not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            seen = observe(case, engines[case.engine], Path(folder, "snapshot"))
        broken = seen.broken()
        print(f"{case.name}: {len(seen.outcomes)} probes, {len(broken)} unexpected")
        if wanted:
            for probe, outcome in seen.outcomes.items():
                print(f"    {probe!s:70} {outcome}")
        for line in broken:
            print(f"  ! {line}")
        status = 1 if broken else status
    return status


sys.exit(main(sys.argv[1:]))
