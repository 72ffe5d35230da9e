"""The one place that runs programs: argument lists, no shell, bounded time and output.

What is run to its end gets a process group of its own, so that ending it ends its children too,
and a terminal's interrupt does not reach it. What is to outlive this program is started apart.
"""

from __future__ import annotations

import fcntl
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import IO, BinaryIO

from dockerwall.model.value import value

LARGEST = 256 * 1024 * 1024
"""How many bytes a program may print before it is ended."""
PATIENCE = 30.0
"""Seconds a program may take: iptables-nft-save needs 1.6 s for 100,000 rules."""
START = 15.0
"""Seconds a program that is to outlive this one may take until it is up."""
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
    """The last line of its standard error."""
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
    return Answer(program, output, _last_line(errors), failure, process.returncode)


class Apart:
    """A program that is to outlive this one once it is told to, and ends with it before that.

    What is spoken with is its child, which init adopts, and which has nothing of this program open
    but the two pipes.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def answers(self, answer: bytes) -> bool:
        """Whether it says exactly this in time. b"": whether it hangs up."""
        assert self._process.stdout is not None
        return _says(self._process.stdout.fileno(), answer, time.monotonic() + START)

    def tell(self, text: bytes) -> bool:
        """Tell it something; False where not all of it could be said.

        Nobody waits for it to listen: the pipe holds that much.
        """
        assert self._process.stdin is not None
        stdin = self._process.stdin.fileno()
        try:
            room = fcntl.fcntl(stdin, fcntl.F_GETPIPE_SZ)
            fcntl.fcntl(stdin, fcntl.F_SETPIPE_SZ, max(room, len(text)))
            os.set_blocking(stdin, False)
            return os.write(stdin, text) == len(text)
        except OSError:
            return False
        finally:
            os.set_blocking(stdin, True)

    def leave(self) -> None:
        """Hang up; it does by itself what it was told."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.stdout.close()
        process.poll()


def start_apart(argv: Sequence[str], environment: Mapping[str, str]) -> Apart | None:
    """Start a program in a session of its own, without a terminal; None where that fails.

    It reads on its standard input what to do, and ends when that is closed before.
    """
    path = find_program(argv[0])
    if path is None:
        return None
    try:
        return Apart(
            subprocess.Popen(
                [path, *argv[1:]],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(environment),
                cwd="/",
                bufsize=0,
                start_new_session=True,
            )
        )
    except OSError:
        return None


def _says(stream: int, expected: bytes, deadline: float) -> bool:
    """Whether exactly these bytes come out of a stream before the deadline; b"": its end."""
    heard = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not heard or len(heard) < len(expected):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return False
            chunk = os.read(stream, max(1, len(expected) - len(heard)))
            if not chunk:
                break
            heard += chunk
    return heard == expected


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


def _last_line(errors: bytes) -> str:
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return "".join(c if c.isprintable() else " " for c in lines[-1][:300]) if lines else ""


class SilentError(Exception):
    """A program said nothing more within its time."""


class Conversation:
    """A program that is spoken with over pipes, until one side has had enough.

    Nothing it prints is lost or reordered; it may be ended from another thread at any time.
    """

    def __init__(self, argv: Sequence[str], *, at_terminal: bool) -> None:
        """Start it, with this program's environment; OSError where that fails.

        `at_terminal` leaves it this program's terminal, to ask for what it needs there.
        """
        path = find_program(argv[0])
        if path is None:
            raise FileNotFoundError(f"{argv[0]} is not installed")
        self.heard = bytearray()
        """What it printed on its standard output; whoever takes of it deletes it here."""
        self.complaints = bytearray()
        """The end of what it printed on its standard error."""
        self._unsaid = bytearray()
        self._process = subprocess.Popen(
            [path, *argv[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            start_new_session=not at_terminal,
        )
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)

    def say(self, words: bytes) -> None:
        """Have something written to its standard input, as soon as `listen` gets to it."""
        self._unsaid += words

    def listen(self, seconds: float) -> bool:
        """Write and read what is possible now; False once it has closed its output.

        SilentError when nothing at all could be written or read within that time.
        """
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not process.stderr.closed:
                selector.register(process.stderr, selectors.EVENT_READ)
            if self._unsaid and not process.stdin.closed:
                selector.register(process.stdin, selectors.EVENT_WRITE)
            ready = {key.fileobj for key, _ in selector.select(max(0.0, seconds))}
        if not ready:
            raise SilentError
        if process.stdin in ready:
            self._write(process.stdin)
        if process.stderr in ready:
            chunk = os.read(process.stderr.fileno(), 1 << 16)
            self.complaints = (self.complaints + chunk)[-(1 << 16) :]
            if not chunk:
                process.stderr.close()
        if process.stdout in ready:
            chunk = os.read(process.stdout.fileno(), 1 << 18)
            self.heard += chunk
            return bool(chunk)
        return True

    def _write(self, stdin: IO[bytes]) -> None:
        try:
            written = os.write(stdin.fileno(), self._unsaid[: 1 << 16])
        except BlockingIOError:
            return
        except OSError:  # it listens no more; what it still says is heard
            self._unsaid.clear()
            return
        del self._unsaid[:written]

    def end(self, seconds: float = 0.0) -> int:
        """End it, its own way if it does so within that time; its exit status."""
        process = self._process
        if process.stdin is not None and not process.stdin.closed:
            process.stdin.close()
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
