"""One host under observation: what the screen and the command line ask for, in their words.

Where snapshots come from is a Source: a live host or a recorded one, chosen by the command line.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dockerwall.model.settings import Expectation, Flaw, KeyChoice, Settings
from dockerwall.model.snapshot import Snapshot
from dockerwall.model.value import value

if TYPE_CHECKING:
    from dockerwall.analysis.judgement import Judgement
    from dockerwall.changes import Changing


class Source(Protocol):
    """A host that can be read, again and again."""

    @property
    def live(self) -> bool:
        """Whether what is read can change."""
        ...

    @property
    def name(self) -> str:
        """The path of a recording, or where a host is reached; empty for this host itself."""
        ...

    def first(self) -> Snapshot:
        """The soonest useful snapshot: rules, but nothing that may have to be waited for."""
        ...

    def read(self) -> Snapshot:
        """A whole snapshot. Unchanged parts are the very objects of the reading before."""
        ...


@value
class Options:
    """How the screen was asked to behave."""

    interval: float = 2.0
    """Seconds between two readings."""
    read_only: bool = False
    """Whether every key that changes the host is taken away."""
    mouse: bool = False
    """Whether the mouse is used from the start."""
    ascii_only: bool = False
    """Whether to draw with ASCII alone, whatever the terminal says."""
    colour: bool = True
    """False for `--no-color` or a NO_COLOR that is not empty."""
    theme: str | None = None
    """`dark`, `light` or `ansi`; None: what suits the terminal."""
    trial: float = 60.0
    """Seconds a change waits to be kept before it is taken back."""
    flaws: tuple[Flaw, ...] = ()
    """What of the settings files is not used."""
    keys: tuple[KeyChoice, ...] = ()
    """Commands that are to have other keys than their own."""


class Session:
    """Reads one host; safe to call from a worker thread, one reading at a time."""

    def __init__(
        self,
        source: Source,
        settings: Settings | None = None,
        keep: Callable[[Expectation], Settings] | None = None,
        flaws: tuple[Flaw, ...] = (),
        changing: Changing | None = None,
    ) -> None:
        """`keep` puts a declaration into the settings file and gives the file's settings.

        `flaws` are what of the settings files could not be used. `changing` changes the host; None
        for a recorded one.
        """
        self.flaws = flaws
        self.changing = changing
        self._source = source
        self._settings = settings or Settings()
        self._keep = keep
        self._lock = threading.Lock()
        self._judged: tuple[tuple[object, ...], Judgement] | None = None

    @property
    def live(self) -> bool:
        """Whether another reading may differ."""
        return self._source.live

    @property
    def name(self) -> str:
        """The path of a recording, or where a host is reached; empty for this host itself."""
        return self._source.name

    def first(self) -> Snapshot:
        """The soonest useful snapshot, before Docker has answered."""
        with self._lock:
            return self._source.first()

    @property
    def can_declare(self) -> bool:
        """Whether an exposure can be declared intended."""
        return self._keep is not None

    def declare(self, expectation: Expectation) -> None:
        """Declare an exposure intended, for good; OSError if the file cannot be written."""
        if self._keep is not None:
            self._settings = replace(self._keep(expectation), lan=self._settings.lan)

    def judge(self, snapshot: Snapshot) -> Judgement:
        """Everything judged of a snapshot; the last answer again where only counters changed."""
        from dockerwall.analysis.judgement import judge

        settings = self._settings
        basis = _basis(snapshot, settings)
        known = self._judged
        if (
            known is not None
            and len(known[0]) == len(basis)
            and all(one is other for one, other in zip(known[0], basis, strict=True))
        ):
            return known[1]
        judgement = judge(snapshot, settings)
        self._judged = (basis, judgement)
        return judgement

    def report(self, snapshot: Snapshot, form: str) -> str:
        """What is judged of a snapshot, as `text`, `markdown`, `html` or `json`."""
        from dockerwall.present.report_forms import Form, written

        return written(self.judge(snapshot), Form(form))

    def report_parts(self, snapshot: Snapshot, form: str) -> Iterator[str]:
        """The same, part by part."""
        from dockerwall.present.report_forms import Form, parts

        yield from parts(self.judge(snapshot), Form(form))

    def write_report(self, snapshot: Snapshot, path: Path, form: str | None = None) -> None:
        """The same into a private file; without a form, what its name ends in, else text.

        NotWrittenError (an OSError) says in one sentence why it could not be written.
        """
        from dockerwall.present.report_forms import Form, form_of
        from dockerwall.private_file import write_private

        text = self.report(snapshot, form or form_of(path.name) or Form.TEXT)
        write_private(path, text.encode("utf-8"))

    def read(self) -> Snapshot:
        """A whole snapshot; where only counters changed, its rule sets are the same objects."""
        with self._lock:
            return self._source.read()


def _basis(snapshot: Snapshot, settings: Settings) -> tuple[object, ...]:
    """The very objects a judgement rests on: all of a snapshot but its counters and its time."""
    return (
        *(saved.ruleset for saved in snapshot.rules.values()),
        *snapshot.routes.values(),
        snapshot.nft,
        snapshot.ipsets,
        snapshot.links,
        snapshot.addresses,
        snapshot.policy_rules,
        snapshot.listeners,
        snapshot.sysctls,
        snapshot.docker,
        snapshot.boot,
        settings,
    )
