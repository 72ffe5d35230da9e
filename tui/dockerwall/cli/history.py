"""`dockerwall-tui history`: who changed what, when, and how it ended."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from dockerwall.cli.changing import DeniedError, ended
from dockerwall.cli.opening import add_ssh_option
from dockerwall.cli.status import Status, visible
from dockerwall.cli.whose import journal_of

if TYPE_CHECKING:
    from dockerwall.applying.history import Past

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = commands.add_parser(
        "history",
        help="list the changes that were made, and how each ended",
        description="List the changes that were made with this program: who, when, what, and "
        "whether each was kept or taken back.",
        allow_abbrev=False,
    )
    add_ssh_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the journal, oldest change first."""

    def work() -> int:
        from dockerwall.applying.history import history
        from dockerwall.applying.journal import JournalError

        try:
            changes = history(journal_of(arguments))
        except JournalError as error:
            if isinstance(error.__cause__, PermissionError):
                raise DeniedError(f"{error} Run it again with sudo.") from error
            raise
        if arguments.json:
            document = {"schema": "dockerwall-history/1", "changes": [c.document for c in changes]}
            sys.stdout.write(json.dumps(document) + "\n")
        else:
            for change in changes:
                _print(change)
        return Status.DONE

    return ended(work)


def _print(change: Past) -> None:
    """One line for the change, then what it did."""
    print(visible(f"{change.id}  {change.at}  {change.by}  {change.standing}: {change.summary}"))
    for line in change.lines:
        print(visible(f"    {line}"))
