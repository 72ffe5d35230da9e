"""`dockerwall-tui show`: the host's traversal tree as text, as JSON, or as iptables-save text."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from dockerwall.cli.opening import add_host_options, open_session
from dockerwall.cli.status import complain_of_gaps, reading_status
from dockerwall.model.snapshot import Snapshot

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = commands.add_parser("show", help="print the traversal tree", allow_abbrev=False)
    add_host_options(parser)
    parser.add_argument("--format", choices=("tree", "json", "save"), default="tree")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the host's rules."""
    session = open_session(arguments)
    snapshot = session.read()
    _print_save(snapshot)
    complain_of_gaps(snapshot)
    return reading_status(snapshot, live=session.live)


def _print_save(snapshot: Snapshot) -> None:
    """Each save file behind a line with its name, its bytes as they were read."""
    from dockerwall.grammar.save import format_save
    from dockerwall.reading.texts import SAVE_FILES

    sys.stdout.flush()
    for key, saved in snapshot.rules.items():
        text = f"# {SAVE_FILES[key]}\n{format_save(saved)}"
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
