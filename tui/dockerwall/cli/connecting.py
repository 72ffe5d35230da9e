"""Connecting to a host over SSH: whatever has to be asked is asked before anything is drawn."""

from __future__ import annotations

import atexit
import functools
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockerwall.reading.destination import Destination
    from dockerwall.reading.remote import RemoteHost


class Password:
    """A password asked for once, at the terminal, and remembered while the program runs."""

    def __init__(self) -> None:
        self._given: str | None = None

    def ask(self, prompt: str) -> str | None:
        """The password; None where there is no terminal to ask at, or nothing is typed."""
        if self._given is None and has_terminal():
            from getpass import getpass

            try:
                self._given = getpass(prompt)
            except EOFError:
                return None
        return self._given

    def recall(self, prompt: str) -> str | None:
        """What was given before; nobody is asked."""
        return self._given


def has_terminal() -> bool:
    """Whether somebody can be asked: ssh and getpass use the terminal itself, not the input."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


@functools.cache
def connect(destination: Destination) -> RemoteHost:
    """The host behind a destination, connected once; UnreadableError where that fails.

    Later connections, when the link was lost, ask nobody: the screen has the terminal then.
    """
    from dockerwall.reading.remote import RemoteHost
    from dockerwall.reading.remote_shell import RemoteShell

    password = Password()
    shell = RemoteShell(destination, password.ask, at_terminal=has_terminal())
    host = RemoteHost(destination, lambda: RemoteShell(destination, password.recall))
    host.open(shell)
    atexit.register(host.close)
    return host
