"""What was seen of a scenario on an engine: the recorded host and every probe's real outcome."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.engine.engines import Engine
from tests.engine.host import Host
from tests.engine.matrix import Expectation, expectations, matrix, send
from tests.engine.probe import Outcome, Probe
from tests.engine.recording import record
from tests.engine.scenario import Case


@dataclass(frozen=True)
class Observation:
    """One case, seen: the probes, what became of them, and a snapshot from after them."""

    case: Case
    snapshot: Path
    outcomes: dict[Probe, Outcome]
    expectations: tuple[Expectation, ...]

    def broken(self) -> list[str]:
        """Each expectation that was not met, as a line."""
        return [
            f"{expected.probe}: {self.outcomes[expected.probe]}, expected {expected.answer}"
            for expected in self.expectations
            if not expected.met_by(self.outcomes[expected.probe])
        ]


def observe(case: Case, engine: Engine, snapshot: Path, hostname: str = "host") -> Observation:
    """Start a case's host, send every probe, and record it into the new folder `snapshot`."""
    with Host(case.scenario, engine, hostname) as host:
        expected = expectations(host, case.engine)
        probes = dict.fromkeys([*(one.probe for one in expected), *matrix(host)])
        outcomes = dict(send(host, list(probes)))
        record(host, snapshot)
    return Observation(case, snapshot, outcomes, tuple(expected))
