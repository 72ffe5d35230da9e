"""A pseudo-terminal with the program on it: what it writes, what is typed, how it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

DEADLINE = 20.0
ROOT = Path(__file__).parent.parent.parent
QUIET = 0.6
"""Seconds without a byte after which a screen counts as finished: more than any frame takes."""

_KEPT = ("PATH", "PYTHONPATH", "VIRTUAL_ENV")


class Stage:
    """One program on one terminal; everything it started is ended with it."""

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str] | None = None,
        size: tuple[int, int] = (80, 24),
    ) -> None:
        self._master, slave = pty.openpty()
        columns, rows = size
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.modes = termios.tcgetattr(slave)
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8", **(environ or {})},
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        self._slave = slave
        self.output = b""

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for descriptor in (self._master, self._slave):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def read_for(self, seconds: float) -> bytes:
        """What is written within so long."""
        end, found = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self._master], [], [], left)
            if not ready:
                continue
            try:
                data = os.read(self._master, 65536)
            except OSError:
                break
            if not data:
                break
            found += data
        self.output += found
        return found

    def wait_for(self, text: str, step: float = 0.01, deadline: float = DEADLINE) -> bytes:
        """Read until a text is written, `step` seconds at a time; all that was read meanwhile."""
        wanted, found, end = text.encode(), b"", time.monotonic() + deadline
        while wanted not in found:
            assert time.monotonic() < end, f"{text!r} was not written: {found[-3000:]!r}"
            found += self.read_for(step)
        return found

    def settle(self) -> bytes:
        """Read until nothing more is written for a while."""
        found, end = b"", time.monotonic() + DEADLINE
        while time.monotonic() < end:
            part = self.read_for(QUIET)
            if not part:
                return found
            found += part
        raise AssertionError("the screen never came to rest")

    def type(self, keys: bytes) -> None:
        """Type."""
        os.write(self._master, keys)

    def signal(self, number: int) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def ended(self) -> int:
        """Wait for the end, reading what is written meanwhile; the exit status."""
        end = time.monotonic() + DEADLINE
        while self.process.poll() is None:
            assert time.monotonic() < end, "the program did not end"
            self.read_for(0.05)
        self.read_for(0.05)
        return self.process.returncode

    def hang_up(self) -> None:
        """Take the terminal away, as a closed window or a dead link does."""
        os.close(self._slave)
        os.close(self._master)

    @property
    def is_sane(self) -> bool:
        """Whether the terminal's modes are those of the start."""
        return termios.tcgetattr(self._slave) == self.modes


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextlib.contextmanager
def played(
    rules: Path, interval: float = 0.2, environ: Mapping[str, str] | None = None
) -> Iterator[Stage]:
    """The screen on a host whose rules are in a file, once its tree is drawn."""
    command = [sys.executable, "-m", "tests.app.played", str(rules), str(interval)]
    with Stage(command, environ) as stage:
        stage.wait_for("PREROUTING")
        yield stage


RESTORED = (b"\x1b[?1049l", b"\x1b[?25h")
"""Main screen and cursor back."""
END_OF_TERMINAL = 128 + signal.SIGHUP
