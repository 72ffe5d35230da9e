"""Where trials, the journal and the backups are kept: what a change asks of that place.

`state.State` is this host's own folder. Elsewhere it is a folder of the host whose rules are
changed, because the watchdog there has to see what was decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol


class Store(Protocol):
    """Small files; each is there whole, or not at all."""

    def prepare(self) -> None:
        """Make the place; StateError where it cannot be made, or is not the operator's alone."""
        ...

    def changing(
        self, patience: float, *, goes_on: bool = False
    ) -> AbstractContextManager[Sequence[int]]:
        """Be the only one that changes rules; BusyError when another is, for so many seconds.

        `goes_on` says that what is begun there comes to its end even if the link to it is lost:
        nobody else begins anything before. Gives the open files that the firewall's programs have
        to keep open, if any.
        """
        ...

    def names(self) -> tuple[str, ...]:
        """The names of the files of trials, in order."""
        ...

    def read(self, name: str) -> bytes:
        """One file; FileNotFoundError where there is none."""
        ...

    def put(self, name: str, content: bytes) -> None:
        """A file with all of its content; OSError, and none, if that cannot be.

        It need not outlast the kernel, with which the rules go that it is about.
        """
        ...

    def reserve(self, name: str, size: int) -> None:
        """A file of a size that the disk surely has room for; OSError, and none, if it has not."""
        ...

    def rename(self, name: str, new: str) -> bool:
        """Give a file another name, so that only one of two who try succeeds; False for none."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        ...

    def remove(self, name: str) -> None:
        """Take a file away, if there is one."""
        ...

    def add_line(self, line: bytes, *, lasting: bool) -> None:
        """Add a line to the journal, whole; OSError, and nothing added, if that cannot be.

        `lasting`: it is on the disk when this returns.
        """
        ...

    def sync_lines(self) -> None:
        """Have all lines of the journal on the disk; OSError where that cannot be."""
        ...

    def lines(self) -> Sequence[bytes]:
        """The journal's whole lines, oldest first; OSError where it cannot be read."""
        ...

    @property
    def journal_name(self) -> str:
        """What the journal is called in a sentence."""
        ...

    def has_backup(self) -> bool:
        """Whether all rules were saved before the first change."""
        ...

    def back_up(self, name: str, files: Mapping[str, bytes]) -> str:
        """Keep a backup of several files, all of them or none; its place. OSError."""
        ...
