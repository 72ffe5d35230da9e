"""`dockerwall-tui snapshot -o PATH`: record this host for later, or for another pair of eyes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = commands.add_parser(
        "snapshot",
        help="record this host in a directory or a .tar.gz",
        description="Record what this host's firewall, network and Docker look like now. "
        "The files are what common commands print; the README lists them.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        type=Path,
        required=True,
        help="a new directory, or a new file ending in .tar, .tar.gz or .tgz",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Record the host; what could not be read is named, here and in the snapshot."""
    from dockerwall.cli.ending import WrongUseError
    from dockerwall.cli.status import complain, complain_of_gaps, reading_status
    from dockerwall.reading.live import LiveHost
    from dockerwall.reading.recording import NotWrittenError, write_snapshot

    host = LiveHost()
    texts, snapshot = host.record()
    try:
        write_snapshot(texts, arguments.output)
    except NotWrittenError as error:
        raise WrongUseError(str(error)) from None
    complain_of_gaps(snapshot)
    complain(f"wrote {len(texts.files)} files to {arguments.output}")
    return reading_status(snapshot, live=True)
