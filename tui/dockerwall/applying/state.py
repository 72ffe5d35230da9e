"""The folder that holds the journal, the trials and the backups: root's alone."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "DOCKERWALL_STATE"
"""Environment variable: the folder to use in place of the usual one."""
USUAL = Path("/var/lib/dockerwall")


class StateError(Exception):
    """The folder cannot be used, so that nothing may be changed: one sentence."""


@dataclass(frozen=True, slots=True)
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
    def changing(self, patience: float) -> Iterator[int]:
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
            yield handle
        finally:
            os.close(handle)


class BusyError(Exception):
    """Somebody else changes rules just now: one sentence that says who."""


def state_of(environment: Mapping[str, str]) -> State:
    """The folder in use."""
    return State(Path(environment.get(VARIABLE) or USUAL))


def write_whole(path: Path, content: bytes) -> None:
    """A file that is there with all of its content, on the disk, or not at all; OSError if not."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        handle = os.open(part, flags, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
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
