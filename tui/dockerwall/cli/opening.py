"""Which host a command works on: this one, or a recorded one."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from dockerwall.cli.choosing import chosen, complain_of_flaws, demand_sound
from dockerwall.session import Session, Source


def add_host_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which host; equal for every command, before or after its name."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--snapshot",
        metavar="PATH",
        type=Path,
        default=argparse.SUPPRESS,
        help="open a recorded host: a directory, .tar or .tar.gz made by the snapshot command",
    )
    which.add_argument(
        "--demo",
        action="store_true",
        default=argparse.SUPPRESS,
        help="open the recorded host that ships with the program",
    )


def open_session(arguments: argparse.Namespace, *, judging: bool = False) -> Session:
    """The session the arguments ask for; NoSnapshotError or GrammarError for a bad recording.

    Where `judging` is all that is wanted, WrongUseError for settings it cannot rest on; otherwise
    what is wrong with them is named and left out.
    """
    from functools import partial

    from dockerwall.reading.settings_file import declare, settings_path

    file = chosen(arguments)
    if judging:
        demand_sound(file)
    complain_of_flaws(file)
    keep = partial(declare, settings_path(os.environ))
    return Session(_source(arguments), file.settings, keep, file.flaws)


def _source(arguments: argparse.Namespace) -> Source:
    from dockerwall.reading.recorded import RecordedHost

    path: Path | None = getattr(arguments, "snapshot", None)
    if path is not None:
        return RecordedHost(path)
    if getattr(arguments, "demo", False):
        return RecordedHost(Path(__file__).parent.parent / "demo")
    from dockerwall.reading.live import LiveHost

    return LiveHost()
