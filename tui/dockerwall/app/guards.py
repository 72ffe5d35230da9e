"""Leaving the terminal sane, whatever ends the program, and staying up whatever is typed.

Installed when a real terminal is used; each guard answers something that was seen to go wrong with
Textual 8.2 (see the terminal tests).
"""

from __future__ import annotations

import codecs
import os
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

GRACE = 3.0
"""Seconds an orderly exit may take before the terminal is restored by force."""
CHECK = 5.0
"""Seconds between two looks whether the terminal is still there."""

RESTORE = (
    b"\x1b[?2004l\x1b[?7h"  # no bracketed paste, lines wrap
    b"\x1b[?1000l\x1b[?1003l\x1b[?1006l"  # no mouse
    b"\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"  # plain keys, main screen, cursor, no focus reports
)
"""What ends Textual's application mode."""


def guard_input() -> None:
    """Take bytes that are no UTF-8 as replacement characters instead of ending the program.

    And take Escape and the key after it as two keys.
    """
    from textual.drivers import linux_driver

    from dockerwall.app.escapes import Parser

    def lenient(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
        decoder = codecs.getincrementaldecoder(encoding)
        return lambda: decoder(errors="replace")

    vars(linux_driver).update(getincrementaldecoder=lenient, XTermParser=Parser)


class Farewell:
    """Ends the program: in order if it can, by force if it cannot."""

    def __init__(self, leave: Callable[[int], None]) -> None:
        """`leave` asks for an orderly exit with a status; it is called in any thread."""
        self._leave = leave
        self._begun = threading.Event()
        self._modes = _terminal_modes()

    def install(self) -> None:
        """Answer SIGTERM and SIGHUP, and watch whether the terminal is still there."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        threading.Thread(target=self._watch, name="terminal-watch", daemon=True).start()

    def expect(self, status: int) -> None:
        """An exit was asked for: see that it comes, even when the terminal takes no output."""
        if not self._begun.is_set():
            self._begun.set()
            arguments = (status,)
            threading.Thread(target=self._force, args=arguments, daemon=True).start()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # A handler of asyncio's would only run once the loop does, which may be blocked in a write.
        self.end(128 + number)

    def end(self, status: int) -> None:
        """Leave with this status."""
        self.expect(status)
        self._leave(status)

    def _watch(self) -> None:
        while not self._begun.wait(CHECK):
            if not terminal_is_there():
                self.end(128 + signal.SIGHUP)

    def _force(self, status: int) -> None:
        time.sleep(GRACE)
        restore(self._modes)
        os._exit(status)


def terminal_is_there() -> bool:
    """Whether standard input is still a terminal that answers."""
    try:
        os.tcgetpgrp(0)
    except OSError:
        return False
    return True


def restore(modes: list[Any] | None) -> None:
    """Put the terminal back without waiting for it to take anything."""
    try:
        if modes is not None:
            termios.tcsetattr(0, termios.TCSANOW, modes)
        descriptor = sys.__stderr__.fileno() if sys.__stderr__ is not None else 2
        os.set_blocking(descriptor, False)
        try:
            os.write(descriptor, RESTORE)
        finally:
            os.set_blocking(descriptor, True)  # the shell shares it
    except (OSError, termios.error, ValueError):
        pass  # the terminal is gone: nothing is left to restore


def _terminal_modes() -> list[Any] | None:
    try:
        return termios.tcgetattr(0)
    except (OSError, termios.error):
        return None
