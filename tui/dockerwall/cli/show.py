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
    parser = commands.add_parser(
        "show",
        help="print the way of a packet through this host's rules",
        description="Print the way of a packet through this host's rules: every hook, table, "
        "chain and rule in the order the kernel goes through them, with counters.",
        allow_abbrev=False,
    )
    add_host_options(parser)
    parser.add_argument(
        "--format",
        choices=("tree", "json", "save"),
        default="tree",
        help="tree: for people (default); json: dockerwall-show/1; save: as iptables-save -c",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the host's rules; what could not be read is named on standard error."""
    session = open_session(arguments)
    snapshot = session.read()
    writers = {"tree": _print_tree, "json": _print_json, "save": _print_save}
    writers[arguments.format](snapshot)
    sys.stdout.flush()
    complain_of_gaps(snapshot)
    return reading_status(snapshot, live=session.live)


def _print_tree(snapshot: Snapshot) -> None:
    """The tree, drawn with what standard output can show."""
    from dockerwall.present.outline import outline
    from dockerwall.present.printed import tree_lines

    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "").replace("_", "")
    lines = tree_lines(outline(snapshot), snapshot.rules, snapshot.host, encoding != "utf8")
    for line in lines:
        sys.stdout.write(line + "\n")


def _print_json(snapshot: Snapshot) -> None:
    """One JSON object on one line; ASCII alone, so that nothing in it can reach a terminal."""
    import json

    from dockerwall.present.document import document

    sys.stdout.write(json.dumps(document(snapshot)) + "\n")


def _print_save(snapshot: Snapshot) -> None:
    """Each save file behind a line with its name, its bytes as they were read."""
    from dockerwall.grammar.save import format_save
    from dockerwall.reading.texts import SAVE_FILES

    sys.stdout.flush()
    for key, name in SAVE_FILES.items():
        if key in snapshot.rules:
            text = f"# {name}\n{format_save(snapshot.rules[key])}"
            whole = text if text.endswith("\n") else text + "\n"
            sys.stdout.buffer.write(whole.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
