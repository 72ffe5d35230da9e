"""Programs that are spoken with over pipes, such as ssh."""

from __future__ import annotations

import os
import selectors
import subprocess
from collections.abc import Sequence
from typing import IO

from dockerwall.programs.running import find_program


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
