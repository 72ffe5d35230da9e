"""What the terminal can do, decided before Textual is imported, which reads the environment once.

Measured with Textual 8.2: `TEXTUAL_*`, `ESCDELAY` and `NO_COLOR` count only when set at import;
the default theme sends true colour or bright codes to terminals that have neither.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

REFUSED_TERMS = frozenset({"dumb", "unknown", "emacs"})
"""Values of TERM that promise nothing a full screen needs."""

SSH_ESCAPE_DELAY = 600
"""Milliseconds to wait for the rest of an escape sequence when it may be split on the way."""

_SSH_VARIABLES = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_SSH_PROGRAMS = ("sshd", "sshd-session", "mosh-server", "dropbear", "in.telnetd")
_MULTIPLEXERS = ("tmux", "tmux: server", "screen", "SCREEN", "zellij")


class Wishes(NamedTuple):
    """What the command line asks of the terminal; None leaves the choice to the program."""

    ascii: bool = False
    mouse: bool | None = None
    no_color: bool = False
    theme: str | None = None
    """`dark`, `light`, `ansi`, or None to choose."""


class Terminal(NamedTuple):
    """How to draw on this terminal."""

    theme: str = "dark"
    """`dark` and `light` paint their own background; `ansi` uses the terminal's eight colours."""
    color: bool = True
    ascii: bool = False
    """Whether lines and marks must be ASCII."""
    mouse: bool = False
    over_ssh: bool = False
    environment: Mapping[str, str | None] = MappingProxyType({})
    """What to set before importing Textual; None removes a variable."""


def refusal(environ: Mapping[str, str], *, stdin_tty: bool, stderr_tty: bool) -> str | None:
    """Why there can be no screen here, in one sentence; None when there can.

    Textual reads standard input and draws on standard error.
    """
    if not stdin_tty or not stderr_tty:
        return "standard input or standard error is not a terminal"
    term = environ.get("TERM", "")
    if term in REFUSED_TERMS:
        return f"TERM={term} cannot show a full screen"
    return None


def decide(
    environ: Mapping[str, str],
    encoding: str,
    *,
    over_ssh: bool,
    wishes: Wishes | None = None,
) -> Terminal:
    """How to draw, from the environment, the encoding of standard error and the user's wishes."""
    wishes = wishes or Wishes()
    # no-color.org: only a value that is not empty counts; Textual takes the empty one too.
    color = not (wishes.no_color or environ.get("NO_COLOR"))
    changes: dict[str, str | None] = {
        "TEXTUAL_ANIMATIONS": "none",
        "TEXTUAL_SMOOTH_SCROLL": "0",
        "TEXTUAL_FPS": "20" if over_ssh else "60",
        # The theme of the first frame; the program's own themes are registered after import.
        "TEXTUAL_THEME": "ansi-dark",
        "NO_COLOR": None if color else "1",
    }
    if over_ssh and "ESCDELAY" not in environ:
        changes["ESCDELAY"] = str(SSH_ESCAPE_DELAY)
    mouse = wishes.mouse
    return Terminal(
        theme=_theme(environ, color, wishes.theme),
        color=color,
        ascii=wishes.ascii or not is_utf8(encoding),
        mouse=not over_ssh if mouse is None else mouse,
        over_ssh=over_ssh,
        environment=changes,
    )


def apply(terminal: Terminal, environ: MutableMapping[str, str]) -> None:
    """Put the decisions into the environment."""
    for name, value in terminal.environment.items():
        if value is None:
            environ.pop(name, None)
        else:
            environ[name] = value


def is_utf8(encoding: str) -> bool:
    """Whether an encoding's name, in any spelling, means UTF-8."""
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        return False


def _theme(environ: Mapping[str, str], color: bool, wish: str | None) -> str:
    # Without colour Textual greys its own themes in true colour; the ANSI one sends no code at all.
    if not color:
        return "ansi"
    if wish is not None:
        return wish
    rich_colors = environ.get("COLORTERM", "").lower() in ("truecolor", "24bit")
    if not rich_colors and "256color" not in environ.get("TERM", ""):
        return "ansi"
    return "light" if _has_light_background(environ) else "dark"


def _has_light_background(environ: Mapping[str, str]) -> bool:
    """What the terminal says in COLORFGBG (rxvt, Konsole, iTerm2): `15;0` or `0;default;15`."""
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    return background in ("7", "15")


def is_over_ssh(environ: Mapping[str, str], ancestors: Iterator[str] | None = None) -> bool:
    """Whether the terminal is likely at the other end of a network; in doubt, yes.

    sudo removes SSH_CONNECTION, so the programs above this one are looked at too; a multiplexer
    hides them, and may be attached from anywhere.
    """
    if any(environ.get(name) for name in _SSH_VARIABLES):
        return True
    if environ.get("TMUX") or environ.get("STY"):
        return True
    names = list(_ancestors() if ancestors is None else ancestors)
    return any(name in _SSH_PROGRAMS or name in _MULTIPLEXERS for name in names)


def _ancestors() -> Iterator[str]:
    """The program names of the parent process, its parent and so on, as /proc tells them."""
    pid = os.getppid()
    for _ in range(32):
        if pid <= 1:
            return
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        except OSError:
            return
        head, _, tail = stat.rpartition(")")
        yield head.partition("(")[2]
        pid = int(tail.split()[1])
