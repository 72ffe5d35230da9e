"""The thread that judges: who gets in where, what is wrong, and why one packet gets through.

Only the last reading counts, and only when something that bears on the answer has changed:
counters do not. Analysis is imported here, after the first screen is up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from dockerwall.model.snapshot import Snapshot

if TYPE_CHECKING:
    from dockerwall.analysis.exposure import Exposure
    from dockerwall.analysis.findings import Finding
    from dockerwall.analysis.trace import Probe, Trace
    from dockerwall.analysis.world import World
    from dockerwall.present.exposures import Row


class Judgement(NamedTuple):
    """Everything that was found out of one reading."""

    snapshot: Snapshot
    world: World
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]


class Proof(NamedTuple):
    """What becomes of one packet, and by which rules."""

    probe: Probe
    trace: Trace
    asked: bool
    """Whether the operator has just asked; otherwise the host has changed under an old answer."""


class NoJudgement(NamedTuple):
    """Judging failed: one line."""

    reason: str


Opinion = Judgement | Proof | NoJudgement


class Judge:
    """Judges when asked; what it finds is handed to `deliver`."""

    def __init__(self, deliver: Callable[[Opinion], object]) -> None:
        self._deliver = deliver
        self._asked = threading.Condition()
        self._snapshot: Snapshot | None = None
        self._probe: Probe | None = None
        self._asked_now = False
        self._last: Judgement | None = None
        self._thread: threading.Thread | None = None
        self.busy = False
        """Whether something is asked that was not answered yet."""

    def ask(self, snapshot: Snapshot) -> None:
        """Judge this reading, unless it says the same as the last one."""
        with self._asked:
            self._snapshot = snapshot
            self._wake()

    def prove(self, probe: Probe | None) -> None:
        """Follow a packet, now and whenever the rules change; None ends it."""
        with self._asked:
            self._probe = probe
            self._asked_now = probe is not None
            self._wake()

    def _wake(self) -> None:
        self.busy = True
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="judge", daemon=True)
            self._thread.start()
        self._asked.notify()

    def _run(self) -> None:
        while True:
            with self._asked:
                while not (self._snapshot is not None or self._asked_now):
                    self.busy = False
                    self._asked.wait()
                snapshot, self._snapshot = self._snapshot, None
                probe, asked, self._asked_now = self._probe, self._asked_now, False
            try:
                for opinion in self._opinions(snapshot, probe, asked):
                    self._deliver(opinion)
            except Exception as error:
                self._deliver(NoJudgement(f"{type(error).__name__}: {error}"))

    def _opinions(
        self, snapshot: Snapshot | None, probe: Probe | None, asked: bool
    ) -> Iterator[Opinion]:
        changed = snapshot is not None and not (
            self._last is not None and says_the_same(snapshot, self._last.snapshot)
        )
        if changed and snapshot is not None:
            self._last = judged(snapshot)
            yield self._last
        if probe is not None and self._last is not None and (asked or changed):
            from dockerwall.analysis.trace import trace

            yield Proof(probe, trace(self._last.world, probe), asked)


def judged(snapshot: Snapshot) -> Judgement:
    """One reading, judged."""
    from dockerwall.analysis.audit import audit
    from dockerwall.analysis.world import build_world
    from dockerwall.present.exposures import rows

    world = build_world(snapshot)
    exposures = audit(world)
    return Judgement(snapshot, world, rows(world, exposures), _found(world, exposures))


def _found(world: World, exposures: tuple[Exposure, ...]) -> tuple[Finding, ...]:
    try:
        from dockerwall.analysis.findings import find
    except ImportError:
        return ()
    return tuple(find(world, exposures))


def says_the_same(one: Snapshot, other: Snapshot) -> bool:
    """Whether nothing but counters and the time differ: unchanged parts are the same objects."""
    mine, theirs = list(_parts(one)), list(_parts(other))
    return len(mine) == len(theirs) and all(a is b for a, b in zip(mine, theirs, strict=True))


def _parts(snapshot: Snapshot) -> Iterator[object]:
    for pair, saved in snapshot.rules.items():
        yield from pair
        yield saved.ruleset
    yield from snapshot.routes.values()
    yield snapshot.nft
    yield snapshot.ipsets
    yield snapshot.links
    yield snapshot.addresses
    yield snapshot.policy_rules
    yield snapshot.listeners
    yield snapshot.sysctls
    yield snapshot.docker
