"""The thread that judges: who gets in where, what is wrong, and why one packet gets through.

Only the last reading counts, and an answer is given again only when it is another one: counters
do not bear on it. Analysis is imported here, after the first screen is up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

from dockerwall.app.background import BACKGROUND
from dockerwall.model.settings import Expectation
from dockerwall.model.snapshot import Snapshot

if TYPE_CHECKING:
    from dockerwall.analysis.findings import Finding
    from dockerwall.analysis.judgement import Judgement
    from dockerwall.analysis.trace import Probe, Trace
    from dockerwall.analysis.world import World
    from dockerwall.present.exposures import Row


class Judging(Protocol):
    """Who judges: `dockerwall.session.Session`, or a fake."""

    @property
    def can_declare(self) -> bool:
        """Whether an exposure can be declared intended."""
        ...

    def judge(self, snapshot: Snapshot) -> Judgement:
        """Everything judged of a snapshot; the last answer again where nothing bears on it."""
        ...

    def declare(self, expectation: Expectation) -> None:
        """Declare an exposure intended, for good; OSError if that cannot be kept."""
        ...


class Verdict(NamedTuple):
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


class NoVerdict(NamedTuple):
    """Judging failed: one line."""

    reason: str


class NotKept(NamedTuple):
    """A declaration could not be kept: one line."""

    reason: str


Opinion = Verdict | Proof | NoVerdict | NotKept


class Judge:
    """Judges when asked; what it finds is handed to `deliver`."""

    def __init__(self, judging: Judging, deliver: Callable[[Opinion], object]) -> None:
        self._judging = judging
        self._deliver = deliver
        self._asked = threading.Condition()
        self._fresh: Snapshot | None = None
        self._probe: Probe | None = None
        self._probe_is_new = False
        self._expectation: Expectation | None = None
        self._snapshot: Snapshot | None = None
        self._judgement: Judgement | None = None
        self._started = False
        self.busy = False
        """Whether something is asked that was not answered yet."""

    @property
    def can_declare(self) -> bool:
        """Whether an exposure can be declared intended."""
        return self._judging.can_declare

    def ask(self, snapshot: Snapshot) -> None:
        """Judge this reading."""
        with self._asked:
            self._fresh = snapshot
            self._wake()

    def prove(self, probe: Probe | None) -> None:
        """Follow a packet, now and whenever the rules change; None ends it."""
        with self._asked:
            self._probe = probe
            self._probe_is_new = probe is not None
            self._wake()

    def declare(self, expectation: Expectation) -> None:
        """Keep that an exposure is intended, and judge again."""
        with self._asked:
            self._expectation = expectation
            self._wake()

    def _wake(self) -> None:
        self.busy = True
        if not self._started:
            self._started = True
            threading.Thread(target=self._run, name="judge", daemon=True).start()
        self._asked.notify()

    def _run(self) -> None:
        while True:
            with self._asked:
                while self._fresh is None and not self._probe_is_new and self._expectation is None:
                    self.busy = False
                    self._asked.wait()
                fresh, self._fresh = self._fresh, None
                expectation, self._expectation = self._expectation, None
                probe, is_new, self._probe_is_new = self._probe, self._probe_is_new, False
            self._snapshot = fresh or self._snapshot
            try:
                with BACKGROUND.computing():
                    for opinion in self._opinions(expectation, probe, is_new):
                        self._deliver(opinion)
            except Exception as error:
                self._deliver(NoVerdict(f"{type(error).__name__}: {error}"))

    def _opinions(
        self, expectation: Expectation | None, probe: Probe | None, is_new: bool
    ) -> Iterator[Opinion]:
        if expectation is not None:
            try:
                self._judging.declare(expectation)
            except OSError as error:
                yield NotKept(str(error))
        if self._snapshot is None:
            return
        judgement = self._judging.judge(self._snapshot)
        changed = judgement is not self._judgement
        self._judgement = judgement
        if changed:
            yield _verdict(self._snapshot, judgement)
        if probe is not None and (is_new or changed):
            from dockerwall.analysis.trace import trace

            yield Proof(probe, trace(judgement.world, probe), is_new)


def _verdict(snapshot: Snapshot, judgement: Judgement) -> Verdict:
    from dockerwall.present.exposures import rows

    table = rows(judgement.world, judgement.exposures, judgement.expected)
    return Verdict(snapshot, judgement.world, table, judgement.findings)
