"""Where a far host's trials, journal and backups are kept.

What its watchdog has to see is in /run/dockerwall there, root's alone, and gone when it is decided.
The journal and the backups are the operator's, in a folder of this machine for each host.
"""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

from dockerwall.applying.clock import HERE
from dockerwall.applying.state import BusyError, State, StateError
from dockerwall.model.unreadable import UnreadableError
from dockerwall.programs import Answer

FOLDER = "/run/dockerwall"
"""There, in memory: a restart takes it away together with the rules."""
LOCK = "lock"
"""There while somebody changes something."""
_PACE = 0.2

# Constant scripts; what differs stands in their arguments or on their standard input.
_PREPARE = (
    "umask 077; mkdir /run/dockerwall 2>/dev/null; "
    "test -d /run/dockerwall && test ! -L /run/dockerwall && test -O /run/dockerwall && "
    "chmod 700 /run/dockerwall"
)
_NAMES = (
    'cd /run/dockerwall 2>/dev/null || exit 0; for f in *; do test ! -f "$f" || echo "$f"; done'
)
_READ = 'cd /run/dockerwall && test -f "$1" && cat "$1"'
_PUT = 'umask 077; cd /run/dockerwall && cat >".$1" && mv ".$1" "$1"'
_RENAME = 'cd /run/dockerwall && test -e "$1" && mv "$1" "$2"'
_HAS = 'test -e "/run/dockerwall/$1" || test -L "/run/dockerwall/$1"'
# With the last file that says how a trial stands, everything of it goes; with the last of all, the
# folder.
_REMOVE = (
    'cd /run/dockerwall 2>/dev/null || exit 0; rm -f "$1"; stem=${1%.*}; '
    'if test ! -e "$stem.armed" && test ! -e "$stem.kept" && test ! -e "$stem.back"; '
    'then rm -f "$stem.plan" "$stem.sh" "$stem.pid" "$stem.done"; fi; '
    "cd /; rmdir /run/dockerwall 2>/dev/null; :"
)
# The lock is a link that points nowhere: it says which shell took it, when, and for whom. It holds
# nobody up when that shell is gone, or after three minutes; nor whoever took it by a connection
# that hung, and asks again: sshd may hold on to such a one for hours.
_LOCK = (
    "cd /run/dockerwall || exit 2; IFS=' ' read -r now _ </proc/uptime; now=${now%%.*}; "
    'ln -s "$dockerwall_shell $now $1" lock 2>/dev/null && exit 0; '
    "held=$(readlink lock) || exit 1; pid=${held%% *} rest=${held#* }; "
    'test "${rest#* }" != "$1" && test $((now - ${rest%% *})) -lt 180 && '
    'kill -0 "$pid" 2>/dev/null && exit 1; rm -f lock; exit 1'
)
_UNLOCK = (
    "cd /run/dockerwall || exit 0; "
    'case $(readlink lock) in "$dockerwall_shell "*) rm -f lock;; esac; '
    "cd /; rmdir /run/dockerwall 2>/dev/null; :"
)


class Runner(Protocol):
    """Runs programs on the far host; UnreadableError where the link is lost."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        given: bytes = b"",
        held: Sequence[int] = (),
        patience: float | None = None,
    ) -> Answer:
        """Run one with these bytes as its input, for so many seconds at most."""
        ...


class FarStore:
    """See `applying.store.Store`."""

    def __init__(self, run: Runner, own: State, host: str) -> None:
        """`own` is the folder of this machine for that host."""
        self._run = run
        self._own = own
        self._host = host

    def _shell(self, script: str, *words: str, given: bytes = b"") -> Answer:
        return self._run(["sh", "-c", script, "sh", *words], given=given)

    def _done(self, answer: Answer) -> Answer:
        if answer.failure is not None:
            raise OSError(errno.EIO, f"{FOLDER} on {self._host}: {answer.complaint or 'refused'}")
        return answer

    def prepare(self) -> None:
        """Make both folders; StateError where one cannot be made."""
        for folder in reversed(self._own.folder.parents[:2]):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise StateError(f"{folder} cannot be made: {error.strerror}.") from error
        self._own.prepare()
        if self._shell(_PREPARE).failure is not None:
            raise StateError(f"{FOLDER} on {self._host} cannot be made, or is not root's own.")

    @contextmanager
    def changing(self, patience: float, *, goes_on: bool = False) -> Iterator[Sequence[int]]:
        """Be the only one that changes rules there; BusyError when another is, for so long."""
        if self._own.folder.is_dir():
            with self._own.changing(patience) as held:
                name = secrets.token_hex(8) if goes_on else _name(held)
                with self._locked(patience, name):
                    yield ()
        else:
            with self._locked(patience, secrets.token_hex(8)):
                yield ()

    @contextmanager
    def _locked(self, patience: float, name: str) -> Iterator[None]:
        """`name` is that of the only one who may have the lock of this machine for that host."""
        deadline = time.monotonic() + patience
        while (answer := self._shell(_LOCK, name)).failure is not None:
            if answer.status == 2:
                raise BusyError(f"{FOLDER} on {self._host} is gone.")
            if time.monotonic() >= deadline:
                raise BusyError(f"somebody else is changing the rules of {self._host}.")
            time.sleep(_PACE)
        try:
            yield
        finally:
            # Where the link is lost, what was done is done; the lock is none of ours for long.
            with suppress(UnreadableError):
                self._shell(_UNLOCK)

    def names(self) -> tuple[str, ...]:
        """The names of the files of trials, in order."""
        return tuple(sorted(self._shell(_NAMES).text.splitlines()))

    def read(self, name: str) -> bytes:
        """One file; FileNotFoundError where there is none."""
        answer = self._shell(_READ, name)
        if answer.failure is not None:
            raise FileNotFoundError(name)
        return answer.output

    def put(self, name: str, content: bytes) -> None:
        """A file with all of its content, or none and OSError."""
        self._done(self._shell(_PUT, name, given=content))

    def reserve(self, name: str, size: int) -> None:
        """Room in the folder of this machine, where the journal is."""
        self._own.reserve(name, size)

    def rename(self, name: str, new: str) -> bool:
        """Give a file another name; False where there is none."""
        return self._shell(_RENAME, name, new).failure is None

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return self._shell(_HAS, name).failure is None

    def remove(self, name: str) -> None:
        """Take a file away, and with the last of a trial all of it."""
        if name.endswith(".room"):
            self._own.remove(name)
        else:
            self._shell(_REMOVE, name)

    @property
    def journal_name(self) -> str:
        """The path of the journal, on this machine."""
        return self._own.journal_name

    def add_line(self, line: bytes, *, lasting: bool) -> None:
        """See Store."""
        self._own.add_line(line, lasting=lasting)

    def sync_lines(self) -> None:
        """See Store."""
        self._own.sync_lines()

    def lines(self) -> Sequence[bytes]:
        """See Store."""
        return self._own.lines()

    def has_backup(self) -> bool:
        """See Store."""
        return self._own.has_backup()

    def back_up(self, name: str, files: Mapping[str, bytes]) -> str:
        """See Store."""
        return self._own.back_up(name, files)


def _name(held: Sequence[int]) -> str:
    """What tells the holder of a lock of this machine from any other in the world."""
    files = (os.fstat(each) for each in held)
    return "-".join([HERE.boot(), *(f"{each.st_dev:x}-{each.st_ino:x}" for each in files)])
