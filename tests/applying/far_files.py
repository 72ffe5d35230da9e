"""Files below a folder written by either means: by this program, or by the script for a shell."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from dockerwall.applying.far.lasting import write_far
from dockerwall.applying.lasting.writing import write_all
from dockerwall.editing.lasting.planning import Persisting
from dockerwall.model.boot import Boot
from dockerwall.programs import Answer, Failure
from dockerwall.reading.boot import boot_of
from dockerwall.reading.remote_boot import remote_boot

SHELLS: Mapping[str, tuple[str, ...]] = {
    "dash": ("dash",),
    "bash": ("bash",),
    "busybox": ("busybox", "sh"),
}


class Shell:
    """A shell of this machine in the place of a far one; see `far.store.Runner`."""

    def __init__(self, name: str, folder: Path | None = None) -> None:
        """`folder` holds programs that come before the system's; busybox has all of its own."""
        self._words = SHELLS[name]
        path = f"{folder}:{os.environ['PATH']}" if folder else os.environ["PATH"]
        self._environment = {"PATH": path}

    def __call__(
        self,
        argv: Sequence[str],
        *,
        given: bytes = b"",
        held: Sequence[int] = (),
        patience: float | None = None,
        into: int = subprocess.PIPE,
    ) -> Answer:
        """`into` is where it prints to."""
        assert argv[0] == "sh"
        done = subprocess.run(
            [*self._words, *argv[1:]], input=given, stdout=into, stderr=into, check=False,
            env=self._environment, timeout=60, start_new_session=True,
        )  # fmt: skip
        lines = (done.stderr or b"").decode("utf-8", "replace").splitlines()
        failure = Failure.FAILED if done.returncode else None
        return Answer(
            "sh", done.stdout or b"", lines[-1] if lines else "", failure, done.returncode
        )


class Means:
    """How files are looked at and written."""

    def __init__(self, name: str) -> None:
        self.name = name

    def boot(self, root: Path) -> Boot:
        """How the host below a folder begins."""
        if self.name == "here":
            return boot_of(root)
        return remote_boot(Shell(self.name), str(root))

    def write(self, planned: Persisting, root: Path) -> None:
        """Write all of it, or NotWrittenError."""
        if self.name == "here":
            write_all(planned.changes, root, planned.unfinished)
        else:
            partial(write_far, Shell(self.name))(planned, (), str(root))


def means(name: str) -> Means:
    """Those with this name; skips where the shell is not installed."""
    if name != "here" and shutil.which(SHELLS[name][0]) is None:
        pytest.skip(f"{name} is not installed")
    return Means(name)
