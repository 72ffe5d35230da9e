"""Which host a command works on: this one, a recorded one, or one behind SSH."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from dockerwall.cli.choosing import chosen, complain_of_flaws, demand_sound
from dockerwall.cli.ending import WrongUseError
from dockerwall.session import Session, Source

if TYPE_CHECKING:
    from dockerwall.changes import Changing
    from dockerwall.reading.destination import Destination


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
    add_ssh_option(which)


def add_ssh_option(which: argparse._ActionsContainer) -> None:
    """The option that names a host to be read over SSH."""
    which.add_argument(
        "--ssh",
        metavar="[USER@]HOST[:PORT]",
        type=_destination,
        action="append",
        default=argparse.SUPPRESS,
        help="a host to read over SSH: nothing has to be installed on it",
    )


def _destination(text: str) -> Destination:
    from dockerwall.reading.destination import parse_destination

    try:
        return parse_destination(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def destination_of(arguments: argparse.Namespace) -> Destination | None:
    """The one host that is to be read over SSH, None where it is this one or a recorded one."""
    named: list[Destination] = getattr(arguments, "ssh", None) or []
    if len(named) > 1:
        raise WrongUseError("only audit takes more than one --ssh")
    return named[0] if named else None


def at_host(arguments: argparse.Namespace) -> str:
    """What a command that is named needs besides, so that it is about the same host."""
    destination = destination_of(arguments)
    return "" if destination is None else f" --ssh {quote(str(destination))}"


def open_session(
    arguments: argparse.Namespace, changing: Changing | None = None, *, judging: bool = False
) -> Session:
    """The session the arguments ask for; NoSnapshotError or GrammarError for a bad recording.

    `changing` changes the host; a recorded one cannot be changed.
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
    source = _source(arguments)
    return Session(source, file.settings, keep, file.flaws, changing if source.live else None)


def _source(arguments: argparse.Namespace) -> Source:
    from dockerwall.reading.recorded import RecordedHost

    path: Path | None = getattr(arguments, "snapshot", None)
    if path is not None:
        return RecordedHost(path)
    if getattr(arguments, "demo", False):
        return RecordedHost(Path(__file__).parent.parent / "demo")
    destination = destination_of(arguments)
    if destination is not None:
        from dockerwall.cli.connecting import connect

        return connect(destination)
    from dockerwall.reading.live import LiveHost

    return LiveHost()
