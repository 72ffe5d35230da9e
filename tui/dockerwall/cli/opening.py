"""Which host a command works on: this one, or a recorded one."""

from __future__ import annotations

import argparse
from pathlib import Path

from dockerwall.session import Session


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


def open_session(arguments: argparse.Namespace) -> Session:
    """The session the arguments ask for; NoSnapshotError or GrammarError for a bad recording."""
    from dockerwall.reading.recorded import RecordedHost

    path: Path | None = getattr(arguments, "snapshot", None)
    if path is not None:
        return Session(RecordedHost(path))
    if getattr(arguments, "demo", False):
        return Session(RecordedHost(Path(__file__).parent.parent / "demo"))
    from dockerwall.reading.live import LiveHost

    return Session(LiveHost())
