"""The arguments of `dockerwall-tui` and of its commands."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from dockerwall import __version__
from dockerwall.cli import (
    audit,
    completion,
    edits,
    history,
    ipsets,
    keep,
    persist,
    screen,
    show,
    snapshot,
    trace,
    undo,
)
from dockerwall.cli.status import PROGRAM, Status, complain

_COMMANDS = (
    audit,
    show,
    trace,
    snapshot,
    edits,
    ipsets,
    keep,
    undo,
    history,
    persist,
    completion,
)


class Parser(argparse.ArgumentParser):
    """An argument parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        complain(f"{message} (see {self.prog} --help)")
        sys.exit(Status.WRONG)


def build_parser() -> argparse.ArgumentParser:
    """A parser whose result holds `run`: what to call with it, for an exit status."""
    parser = Parser(
        prog=PROGRAM,
        description="See who can reach each published Docker port, and why.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    screen.add(parser)
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", parser_class=Parser, required=False
    )
    for command in _COMMANDS:
        command.add(commands)
    parser.set_defaults(program=parser)
    return parser
