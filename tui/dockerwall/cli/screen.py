"""`dockerwall-tui` without a command: open the screen, or print the tree where there is none."""

from __future__ import annotations

import argparse
import os

from dockerwall.cli.opening import add_host_options, open_session
from dockerwall.cli.status import complain
from dockerwall.session import Options

_SHORTEST, _LONGEST = 0.2, 3600.0
_POOR_TERMINALS = ("dumb", "unknown", "emacs")


def add(parser: argparse.ArgumentParser) -> None:
    """The options of the screen, and the screen as what runs when no command is named."""
    add_host_options(parser)
    parser.add_argument(
        "--interval",
        metavar="SECONDS",
        type=_seconds,
        default=2.0,
        help="seconds between two readings of the host (default 2)",
    )
    parser.add_argument(
        "--read-only",
        action="store_true",
        default=False,
        help="change nothing, and take away every key that would",
    )
    parser.add_argument("--mouse", action="store_true", help="use the mouse")
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
    parser.add_argument("--no-color", action="store_true", help="draw without colours")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the screen; without a terminal that can show it, print the tree as text instead."""
    reason = _why_not()
    if reason is not None:
        from dockerwall.cli import show

        complain(f"{reason}: printing the tree instead")
        arguments.format = "tree"
        return show.run(arguments)
    session = open_session(arguments)
    from dockerwall.app import run as run_app

    return run_app(session, _options(arguments))


def _options(arguments: argparse.Namespace) -> Options:
    return Options(
        interval=arguments.interval,
        read_only=arguments.read_only,
        mouse=arguments.mouse,
        ascii_only=arguments.ascii,
        colour=not (arguments.no_color or os.environ.get("NO_COLOR")),
    )


def _why_not() -> str | None:
    """Why no screen can be drawn here; None if one can. Textual draws on standard error."""
    term = os.environ.get("TERM", "")
    if term in _POOR_TERMINALS:
        return f"TERM={term} cannot show a screen"
    if not os.isatty(0) or not os.isatty(2):
        return "no terminal to draw on"
    return None


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds") from None
    if not _SHORTEST <= value <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{text} is not between {_SHORTEST} and {_LONGEST:.0f}")
    return value
