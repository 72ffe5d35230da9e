"""`dockerwall-tui set add|del|show`: the members of an ipset."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from dockerwall.cli.edits import add_edit_options, edit
from dockerwall.cli.opening import add_host_options, open_session
from dockerwall.cli.status import Status, complain, complain_of_gaps, visible

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = commands.add_parser(
        "set",
        help="show an ipset, or change its members",
        description="Show the host's ipsets, or add and delete members of one.",
        allow_abbrev=False,
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True, parser_class=type(parser))
    for action, words in (("add", "add an entry to"), ("del", "delete an entry from")):
        change = actions.add_parser(action, help=f"{words} a set", allow_abbrev=False)
        change.add_argument("name", metavar="NAME")
        change.add_argument("entry", metavar="ENTRY", help="such as 192.0.2.1, or me")
        add_edit_options(change)
        change.set_defaults(run=_change, action=action)
    show = actions.add_parser("show", help="list sets and their entries", allow_abbrev=False)
    show.add_argument("name", metavar="NAME", nargs="?")
    add_host_options(show)
    show.add_argument("--json", action="store_true", help="print one JSON object")
    show.set_defaults(run=_show)


def _change(arguments: argparse.Namespace) -> int:
    return edit(arguments, ["set", arguments.action, arguments.name, arguments.entry])


def _show(arguments: argparse.Namespace) -> int:
    """Print one set or all; 1 where there is no such set."""
    snapshot = open_session(arguments).read()
    sets = [each for each in snapshot.ipsets or () if arguments.name in (None, each.name)]
    if snapshot.ipsets is None:
        complain_of_gaps(snapshot)
        denied = any(gap.denied for gap in snapshot.gaps)
        return Status.DENIED if denied else Status.WRONG
    if arguments.json:
        document = {
            "schema": "dockerwall-sets/1",
            "sets": [
                {
                    "name": each.name,
                    "type": each.type,
                    "options": dict(each.options),
                    "entries": list(each.entries),
                }
                for each in sets
            ],
        }
        sys.stdout.write(json.dumps(document) + "\n")
    else:
        for each in sets:
            print(visible(f"{each.name}  {each.type}  {len(each.entries)} entries"))
            for entry in each.entries:
                print(visible(f"  {entry}"))
    if arguments.name is not None and not sets:
        complain(f"there is no set {arguments.name}")
        return Status.NO
    return Status.DONE
