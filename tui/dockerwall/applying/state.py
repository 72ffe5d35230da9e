"""The folder that holds the journal, the trials and the backups: root's alone."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dockerwall.applying.lines import append, sync, whole_lines
from dockerwall.model.value import value

VARIABLE = "DOCKERWALL_STATE"
"""Environment variable: the folder to use in place of the usual one."""
USUAL = Path("/var/lib/dockerwall")


class StateError(Exception):
    """The folder cannot be used, so that nothing may be changed: one sentence."""


@value
class State:
    """Where everything is kept that has to outlive a change."""

    folder: Path

    @property
    def journal(self) -> Path:
        """Who changed what, when: a JSON object a line."""
        return self.folder / "journal.jsonl"

    @property
    def trials(self) -> Path:
        """Changes that nobody has confirmed yet."""
        return self.folder / "trials"

    @property
    def backups(self) -> Path:
        """All rules as they were before the first change."""
        return self.folder / "backups"

    def prepare(self) -> None:
        """Make the folder; StateError where it cannot be made, or is not this user's alone."""
        try:
            for folder in (self.folder, self.trials, self.backups):
                folder.mkdir(mode=0o700, parents=folder is self.folder, exist_ok=True)
                owner = os.lstat(folder)
                if not stat.S_ISDIR(owner.st_mode) or owner.st_uid != os.geteuid():
                    raise StateError(f"{folder} is not a folder of root's own.")
                folder.chmod(0o700)
        except OSError as error:
            raise StateError(
                f"{self.folder} cannot be used to keep a journal: {error.strerror}."
            ) from error

    @contextmanager
    def changing(self, patience: float, *, goes_on: bool = False) -> Iterator[Sequence[int]]:
        """Be the only one that changes rules, across all copies of this program.

        Gives the open lock file: a program that is started with it keeps the lock while it lasts.
        BusyError when another has it for longer than `patience` seconds.
        """
        handle = os.open(
            self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        try:
            deadline = time.monotonic() + patience
            while not _locked(handle):
                if time.monotonic() >= deadline:
                    raise BusyError(f"another dockerwall-tui{_holder(handle)} is changing rules.")
                time.sleep(0.05)
            yield (handle,)
        finally:
            os.close(handle)

    # The files of trials. They need not outlast the kernel: what they are about goes with it.

    def names(self) -> tuple[str, ...]:
        """The names of the files of trials, in order."""
        try:
            found = sorted(path.name for path in self.trials.iterdir())
        except FileNotFoundError:
            return ()
        return tuple(name for name in found if not name.startswith("."))

    def read(self, name: str) -> bytes:
        """One file; FileNotFoundError where there is none."""
        return (self.trials / name).read_bytes()

    def put(self, name: str, content: bytes) -> None:
        """A file that is there with all of its content, or not at all; OSError."""
        write_whole(self.trials / name, content, lasting=False)

    def reserve(self, name: str, size: int) -> None:
        """A file of a size that the disk surely has room for; OSError, and none, if it has not."""
        handle = os.open(
            self.trials / name, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        try:
            os.posix_fallocate(handle, 0, size)
        except OSError:
            self.remove(name)
            raise
        finally:
            os.close(handle)

    def rename(self, name: str, new: str) -> bool:
        """Give a file another name, at once; False where there is none."""
        try:
            (self.trials / name).rename(self.trials / new)
        except FileNotFoundError:
            return False
        return True

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.trials / name).exists()

    def remove(self, name: str) -> None:
        """Take a file away, if there is one."""
        (self.trials / name).unlink(missing_ok=True)

    # The journal and the backups.

    @property
    def journal_name(self) -> str:
        """The path of the journal."""
        return str(self.journal)

    def add_line(self, line: bytes, *, lasting: bool) -> None:
        """Add a line to the journal, whole; OSError, and nothing added, if that cannot be."""
        append(self.journal, line, lasting=lasting)

    def sync_lines(self) -> None:
        """Have all lines of the journal on the disk; OSError where that cannot be."""
        sync(self.journal)

    def lines(self) -> Sequence[bytes]:
        """The journal's whole lines, oldest first; OSError where it cannot be read."""
        return whole_lines(self.journal)

    def has_backup(self) -> bool:
        """Whether all rules were saved before the first change."""
        return any(path.name[0] != "." for path in self.backups.iterdir())

    def back_up(self, name: str, files: Mapping[str, bytes]) -> str:
        """Keep a backup of several files, all of them or none; its folder. OSError."""
        part = self.backups / f".{name}"
        try:
            part.mkdir(mode=0o700)
            for file, content in files.items():
                write_whole(part / file, content)
            part.rename(self.backups / name)
        except OSError:
            shutil.rmtree(part, ignore_errors=True)
            raise
        sync_folder(self.backups)
        return str(self.backups / name)


class BusyError(Exception):
    """Somebody else changes rules just now: one sentence that says who."""


def state_of(environment: Mapping[str, str]) -> State:
    """The folder in use."""
    return State(Path(environment.get(VARIABLE) or USUAL))


def write_whole(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """A file that is there with all of its content, or not at all; OSError if it cannot be.

    `lasting`: it is on the disk when this returns.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        handle = os.open(part, flags, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        part.rename(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    if lasting:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names that were given or taken in a folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(handle: int) -> str:
    from dockerwall.applying.holder import lock_holder

    found = lock_holder(os.fstat(handle))
    return f" ({found})" if found else ""
