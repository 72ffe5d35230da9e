"""A host on which nothing is installed, read over SSH: one round trip for each reading.

The shell there keeps what it printed last, and a file that is as it was is not sent again. Rules
are read each time; what changes seldom, every few seconds, and in the reading after one that found
other rules.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dockerwall.grammar.errors import GrammarError
from dockerwall.model.boot import Boot
from dockerwall.model.snapshot import Gap, HostInfo, Snapshot
from dockerwall.model.unreadable import UnreadableError
from dockerwall.programs import Answer
from dockerwall.reading.assembly import Assembly
from dockerwall.reading.destination import Destination
from dockerwall.reading.incoming import GarbledError
from dockerwall.reading.live import NOT_YET, PACE, rules_differ
from dockerwall.reading.meta import parse_meta
from dockerwall.reading.recorded import missing_gaps
from dockerwall.reading.remote_boot import remote_boot
from dockerwall.reading.remote_shell import UNCHANGED, RemoteShell, Standing
from dockerwall.reading.texts import META, SAVE_FILES, Texts

_EVERY_TIME = frozenset((*SAVE_FILES.values(), "nft.json"))
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
"""Seconds between two attempts to connect again: doubled each time."""

Connect = Callable[[], RemoteShell]


class RemoteHost:
    """A host behind a destination; connected by `open`, and again by itself when the link is lost.

    Every method may raise UnreadableError. Readings come from one thread; `run` may be another's.
    """

    live = True

    def __init__(self, destination: Destination, connect: Connect) -> None:
        """`connect` makes the connections after the first, which may ask nobody anything."""
        self.name = str(destination)
        self._destination = destination
        self._connect = connect
        self._shell: RemoteShell | None = None
        self._assembly = Assembly(forgiving=True)
        self._files: dict[str, str] = {}
        self._slow_gaps: tuple[Gap, ...] = ()
        self._slow_at: float | None = None
        self._last: Snapshot | None = None
        self._pause = _FIRST_PAUSE
        self._again_at = 0.0
        self._closed = threading.Event()
        self._came_by = ""
        self.connections = 0
        """How many connections there were, with the one there is."""
        self._talking = threading.RLock()

    def open(self, shell: RemoteShell) -> None:
        """Use this connection."""
        self._shell = shell
        self.connections += 1
        self._came_by = shell.came_by or self._came_by
        self._files, self._slow_gaps, self._slow_at = {}, (), None

    def close(self) -> None:
        """End the connection at once, whatever is going on."""
        self._closed.set()
        if self._shell is not None:
            self._shell.close()

    def first(self) -> Snapshot:
        """Everything but Docker, which may keep one waiting."""
        return self._snapshot("host", (NOT_YET,))

    def read(self) -> Snapshot:
        """A whole snapshot; seldom-changing parts may be a few seconds old."""
        due = self._slow_at is None or time.monotonic() - self._slow_at >= PACE
        snapshot = self._snapshot("all" if due else "rules")
        if due:
            self._slow_at = time.monotonic()
        elif self._last is not None and rules_differ(snapshot, self._last):
            self._slow_at = None  # who changes rules usually changes containers with them
        self._last = snapshot
        return snapshot

    def record(self) -> tuple[Texts, Snapshot]:
        """Everything, read now: the texts for a snapshot file, and what they mean."""
        texts = self._texts("whole")
        return texts, self._assembly.snapshot(texts)

    def run(
        self,
        argv: Sequence[str],
        *,
        given: bytes = b"",
        held: Sequence[int] = (),
        patience: float | None = None,
    ) -> Answer:
        """Run a program there, with these bytes as its input."""
        with self._talking:
            shell = self._connected()
            try:
                return shell.run(argv, given=given, held=held, patience=patience)
            except UnreadableError:
                self._lose(shell)
                raise

    def boot(self) -> Boot:
        """How it begins, to the byte: a snapshot does not tell whether a last line is ended."""
        try:
            return remote_boot(self.run)
        except GarbledError as error:
            raise UnreadableError(
                f"How {self._destination} begins is not known: {error}."
            ) from None

    @property
    def may_change(self) -> bool:
        """Whether what runs there runs as root."""
        return self._shell is not None and not self.why_not_root

    @property
    def why_not_root(self) -> str:
        """What to do where one is not root there, as a sentence; empty where one is."""
        return "" if self._shell is None else _way_to_root(self._shell)

    @property
    def came_by(self) -> str:
        """The connection as the host sees it, the last one while the link is lost.

        It is SSH_CONNECTION there, empty where that is unknown.
        """
        return self._came_by

    def _snapshot(self, what: str, gaps: tuple[Gap, ...] = ()) -> Snapshot:
        texts = self._texts(what)
        return self._assembly.snapshot(replace(texts, gaps=texts.gaps + gaps))

    def _texts(self, what: str) -> Texts:
        with self._talking:
            shell = self._connected()
            if not self._files and what == "rules":
                what = "all"
            try:
                return self._taken(shell, shell.read(what), what)
            except UnreadableError:
                self._lose(shell)
                raise

    def _connected(self) -> RemoteShell:
        """The connection there is, or another one, no sooner than the pause allows."""
        if self._shell is not None:
            return self._shell
        left = self._again_at - time.monotonic()
        if left > 0 or self._closed.is_set():
            raise UnreadableError(
                f"The link to {self._destination} was lost: trying again in {max(left, 1):.0f} s."
            )
        try:
            shell = self._connect()
        except UnreadableError:
            self._wait()
            raise
        self.open(shell)
        return shell

    def _lose(self, shell: RemoteShell) -> None:
        shell.close()
        self._shell = None
        self._wait()

    def _wait(self) -> None:
        self._again_at = time.monotonic() + self._pause
        self._pause = min(_LONGEST_PAUSE, 2 * self._pause)

    def _taken(self, shell: RemoteShell, sent: Mapping[str, bytes], what: str) -> Texts:
        """The texts of a reading together with those that were not sent again."""
        self._pause = _FIRST_PAUSE
        files = self._decoded(sent)
        host, gaps = self._meta(files.pop(META, ""))
        same = files.pop(UNCHANGED, "").split()
        if not set(same) <= set(self._files):
            raise self._garbled("a file is said to be unchanged that never came")
        files |= {name: self._files[name] for name in same}
        gaps = tuple(_advised(gap, shell) for gap in gaps)
        if what == "rules":
            slow = {name: text for name, text in self._files.items() if name not in _EVERY_TIME}
            files = slow | files
            gaps += self._slow_gaps
        else:
            gaps += self._missing(files, gaps, what)
            self._slow_gaps = tuple(gap for gap in gaps if gap.source not in _EVERY_TIME)
        self._files = files
        return Texts(host, files, gaps)

    def _missing(
        self, files: Mapping[str, str], gaps: tuple[Gap, ...], what: str
    ) -> tuple[Gap, ...]:
        """What a host left out without a word is missing too."""
        denied = {name for name in _EVERY_TIME if any(gap.denied for gap in gaps)}
        explained = {gap.source for gap in gaps} | denied | ({"ipset.save"} if denied else set())
        absent = missing_gaps(
            files, explained | ({"docker-info.json"} if what == "host" else set())
        )
        return tuple(
            Gap(gap.source, f"{self._destination} sent no {gap.source}.", "Look at the host.")
            for gap in absent
        )

    def _decoded(self, sent: Mapping[str, bytes]) -> dict[str, str]:
        for name, data in sent.items():
            if b"\0" in data:
                raise self._garbled(f"{name} holds binary data")
        return {name: data.decode("utf-8", "surrogateescape") for name, data in sent.items()}

    def _meta(self, text: str) -> tuple[HostInfo, tuple[Gap, ...]]:
        try:
            host, gaps = parse_meta(text)
            return replace(host, at=self.name), gaps
        except GrammarError as error:
            raise self._garbled(str(error)) from None

    def _garbled(self, problem: str) -> UnreadableError:
        from dockerwall.reading.ssh_words import garbled

        return garbled(self._destination, problem)


def _advised(gap: Gap, shell: RemoteShell) -> Gap:
    """A gap of privilege with advice that fits how the host was entered."""
    if not gap.denied or not gap.source.startswith("iptables"):
        return gap
    advice = _way_to_root(shell)
    return replace(gap, advice=advice) if advice else gap


def _way_to_root(shell: RemoteShell) -> str:
    """What to do where the shell does not run as root; empty where it does."""
    host = shell.destination.host
    if shell.standing is Standing.NO_SUDO:
        return f"Log in as root ({host} has no sudo)."
    if shell.standing is Standing.NO_PASSWORD:
        return f"Log in as root, or let sudo on {host} ask at a terminal of yours."
    return ""
