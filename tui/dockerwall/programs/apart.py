"""Programs that are to outlive this one."""

from __future__ import annotations

import fcntl
import os
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence

from dockerwall.programs.running import find_program

START = 15.0
"""Seconds a program that is to outlive this one may take until it is up."""


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
