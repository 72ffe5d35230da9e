"""`dockerwall-tui` without a command: open the screen, or print the tree where there is none."""

from __future__ import annotations

import argparse
import os

from dockerwall.cli.choosing import (
    add_lan_option,
    add_screen_options,
    add_trial_option,
    chosen,
)
from dockerwall.cli.opening import add_host_options, open_session
from dockerwall.cli.status import complain
from dockerwall.cli.workbench import workbench_of
from dockerwall.model.settings import INTERVAL, TRIAL
from dockerwall.session import Options

_POOR_TERMINALS = ("dumb", "unknown", "emacs")


def add(parser: argparse.ArgumentParser) -> None:
    """The options of the screen, and the screen as what runs when no command is named."""
    add_host_options(parser)
    add_screen_options(parser)
    add_lan_option(parser)
    add_trial_option(parser)
    parser.add_argument(
        "--read-only",
        action="store_true",
        default=False,
        help="change nothing, and take away every key that would",
    )
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
    session = open_session(arguments, workbench_of(arguments))
    from dockerwall.app import run as run_app

    return run_app(session, options_of(arguments))


def options_of(arguments: argparse.Namespace) -> Options:
    """How the screen is to behave, by option or by the settings files."""
    file = chosen(arguments)
    wishes = file.preferences
    return Options(
        interval=wishes.interval or INTERVAL.usual,
        read_only=arguments.read_only,
        mouse=bool(wishes.mouse),
        ascii_only=bool(wishes.ascii),
        colour=not (arguments.no_color or os.environ.get("NO_COLOR")),
        theme=wishes.theme,
        trial=wishes.trial or TRIAL.usual,
        keys=wishes.keys,
        flaws=file.flaws,
    )


def _why_not() -> str | None:
    """Why no screen can be drawn here; None if one can. Textual draws on standard error."""
    term = os.environ.get("TERM", "")
    if term in _POOR_TERMINALS:
        return f"TERM={term} cannot show a screen"
    if not os.isatty(0) or not os.isatty(2):
        return "no terminal to draw on"
    return None
