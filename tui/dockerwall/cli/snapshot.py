"""`dockerwall-tui snapshot -o PATH`: record this host for later, or for another pair of eyes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dockerwall.cli.opening import add_ssh_option, destination_of
from dockerwall.cli.status import Status

if TYPE_CHECKING:
    from dockerwall.reading.live import LiveHost
    from dockerwall.reading.remote import RemoteHost

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
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        type=Path,
        help="a new directory, or a new file ending in .tar, .tar.gz or .tgz",
    )
    where.add_argument(
        "--script",
        action="store_true",
        help="print a shell script that records a host where nothing is installed: "
        "ssh HOST sudo sh < script > host.tar",
    )
    add_ssh_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Record the host; what could not be read is named, here and in the snapshot."""
    if arguments.script:
        from dockerwall.reading.script import script

        sys.stdout.write(script())
        return Status.DONE
    from dockerwall.cli.ending import WrongUseError
    from dockerwall.cli.status import complain, complain_of_gaps, reading_status
    from dockerwall.reading.recording import NotWrittenError, write_snapshot

    texts, snapshot = _host(arguments).record()
    try:
        write_snapshot(texts, arguments.output)
    except NotWrittenError as error:
        raise WrongUseError(str(error)) from None
    complain_of_gaps(snapshot)
    complain(f"wrote {len(texts.files)} files to {arguments.output}")
    return reading_status(snapshot, live=True)


def _host(arguments: argparse.Namespace) -> LiveHost | RemoteHost:
    destination = destination_of(arguments)
    if destination is not None:
        from dockerwall.cli.connecting import connect

        return connect(destination)
    from dockerwall.reading.live import LiveHost

    return LiveHost()
