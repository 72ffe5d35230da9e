"""Programs that are run to their end, in bounded time and with bounded output.

Each gets a process group of its own, so that ending it ends its children too, and a terminal's
interrupt does not reach it.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from enum import StrEnum
from typing import BinaryIO

from dockerwall.model.value import value
from dockerwall.programs.complaints import complaint_of

LARGEST = 256 * 1024 * 1024
"""How many bytes a program may print before it is ended."""
PATIENCE = 30.0
"""Seconds a program may take: iptables-nft-save needs 1.6 s for 100,000 rules."""
_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin")


class Failure(StrEnum):
    """Why a program gave no answer."""

    MISSING = "is not installed"
    FAILED = "failed"
    TIMED_OUT = "did not end in time"
    TOO_MUCH = "printed more than this program is willing to read"


@value
class Answer:
    """What a program printed, and how it ended."""

    program: str
    output: bytes = b""
    complaint: str = ""
    """The line of its standard error that says what is wrong."""
    failure: Failure | None = None
    status: int | None = None
    """Its exit status, negative for a signal; None where it was not run to its end."""

    @property
    def text(self) -> str:
        """The output as text; bytes that are no UTF-8 come out unchanged when written again."""
        return self.output.decode("utf-8", "surrogateescape")

    def problem(self) -> str:
        """One sentence for a failed program."""
        said = f": {self.complaint.rstrip('.')}" if self.complaint else ""
        return f"{self.program} {self.failure or Failure.FAILED}{said}."


def search_path() -> str:
    """Where programs are looked for: PATH, then the system's folders, which `su` leaves out."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(dict.fromkeys([f for f in folders if f.startswith("/")] + [*_SBIN]))


def find_program(name: str) -> str | None:
    """The absolute path of a program, None if it is not installed."""
    return shutil.which(name, path=search_path())


def run(
    argv: Sequence[str],
    *,
    given: bytes = b"",
    patience: float = PATIENCE,
    largest: int = LARGEST,
    held: Sequence[int] = (),
) -> Answer:
    """Run one program to its end and return what it printed; failing is part of the answer.

    `given` is its standard input. `held` are open files that it keeps open too: a lock on one of
    them lasts until the program has ended, even if this one is killed before.
    """
    program = os.path.basename(argv[0])
    path = find_program(argv[0])
    if path is None:
        return Answer(program, failure=Failure.MISSING)
    try:
        with _as_input(given) as source:
            process = subprocess.Popen(
                [path, *argv[1:]],
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={"PATH": search_path(), "LC_ALL": "C"},
                cwd="/",
                start_new_session=True,
                pass_fds=held,
            )
    except OSError as error:
        return Answer(program, complaint=error.strerror or "", failure=Failure.FAILED)
    with process:
        try:
            output, errors, failure = _collect(process, time.monotonic() + patience, largest)
        finally:
            _end(process)
    if failure is None and process.returncode != 0:
        failure = Failure.FAILED
    return Answer(program, output, complaint_of(errors), failure, process.returncode)


def _as_input(given: bytes) -> BinaryIO:
    """A file with these bytes, from its beginning: nobody has to wait for them to be taken."""
    if not given:
        return open(os.devnull, "rb")
    file = os.fdopen(os.memfd_create("input"), "r+b")
    file.write(given)
    file.seek(0)
    return file


def _collect(
    process: subprocess.Popen[bytes], deadline: float, largest: int
) -> tuple[bytes, bytes, Failure | None]:
    """Read both streams until they end, the deadline passes or they hold too much."""
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = process.stdout.fileno(), process.stderr.fileno()
    chunks: dict[int, list[bytes]] = {out: [], err: []}
    room = largest
    with selectors.DefaultSelector() as selector:
        selector.register(out, selectors.EVENT_READ)
        selector.register(err, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(deadline - time.monotonic())
            if not ready and time.monotonic() >= deadline:
                return b"", b"".join(chunks[err]), Failure.TIMED_OUT
            for key, _ in ready:
                chunk = os.read(key.fd, 1 << 20)
                if not chunk:
                    selector.unregister(key.fd)
                chunks[key.fd].append(chunk)
                room -= len(chunk)
            if room < 0:
                return b"", b"", Failure.TOO_MUCH
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return b"", b"".join(chunks[err]), Failure.TIMED_OUT
    return b"".join(chunks[out]), b"".join(chunks[err]), None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Make sure that the program and everything it started is gone."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
