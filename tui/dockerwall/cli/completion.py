"""`dockerwall-tui completion SHELL` and `dockerwall-tui man`: what shells and man(1) are told."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from dockerwall.cli.status import PROGRAM, Status

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

SHELLS = ("bash", "zsh", "fish")

SHARED = {
    f"bash-completion/completions/{PROGRAM}": "bash",
    f"zsh/site-functions/_{PROGRAM}": "zsh",
    f"fish/vendor_completions.d/{PROGRAM}.fish": "fish",
    f"man/man1/{PROGRAM}.1": "man",
}
"""Where an installation keeps each text, below its `share`."""


def add(commands: Commands) -> None:
    """The commands' arguments."""
    completion = commands.add_parser(
        "completion",
        help="print the completions for a shell",
        description="Print what lets a shell complete this program's commands and options: "
        f'`eval "$({PROGRAM} completion bash)"`, or keep it in a file the shell looks for.',
        allow_abbrev=False,
    )
    completion.add_argument("kind", metavar="SHELL", choices=SHELLS, help="bash, zsh or fish")
    completion.set_defaults(run=run)
    man = commands.add_parser(
        "man",
        help="print the man page",
        description=f"Print the man page, as roff: `{PROGRAM} man | man -l -` shows it.",
        allow_abbrev=False,
    )
    man.set_defaults(run=run, kind="man")


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    sys.stdout.write(text(arguments.kind, arguments.program))
    return Status.DONE


def text(kind: str, parser: argparse.ArgumentParser) -> str:
    """The completions for a shell, or the man page for `man`, as the program's parser has it."""
    from dockerwall.cli.synopsis import synopsis

    program = synopsis(parser)
    if kind == "bash":
        from dockerwall.cli.complete_bash import bash

        return bash(program)
    if kind == "zsh":
        from dockerwall.cli.complete_zsh import zsh

        return zsh(program)
    if kind == "fish":
        from dockerwall.cli.complete_fish import fish

        return fish(program)
    from dockerwall.cli.manpage import manpage

    return manpage(program)
