"""The command line: from arguments to an exit status."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

COLLECTING = (100_000, 20, 20)
"""When to look for garbage: a large host is a million values that live as long as the program, and
looking through them at every 700th new one costs a seventh of an audit."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run `dockerwall-tui` with these arguments; the exit status (README, "Exit status")."""
    from dockerwall.cli.changing import settle
    from dockerwall.cli.ending import ended
    from dockerwall.cli.parser import build_parser

    def work() -> int:
        arguments = build_parser().parse_args(argv)
        settle(arguments)
        status: int = arguments.run(arguments)
        return status

    gc.set_threshold(*COLLECTING)
    # Text of a host may hold any byte; none of them may end the program on its way out.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    status = ended(work)
    gc.freeze()  # on its way out Python would look through all of them once more
    return status
