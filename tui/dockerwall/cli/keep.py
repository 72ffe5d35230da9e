"""`dockerwall-tui keep [CHANGE]`: confirm a change that is on trial."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from dockerwall.cli.changing import add_read_only, demand_changing, ended, own_bench
from dockerwall.cli.status import LASTING, Status, complain

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = commands.add_parser(
        "keep",
        help="confirm a change that is on trial",
        description="Confirm a change that is on trial, so that it is not taken back; also from "
        "another session.",
        allow_abbrev=False,
    )
    parser.add_argument("change", nargs="?", help="its id; needed only if several are on trial")
    add_read_only(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Confirm it; 5 if it came too late."""

    def work() -> int:
        from dockerwall.applying.decisions import keep

        demand_changing(arguments)
        kept = keep(own_bench(), arguments.change)
        complain(f"change {kept.id} is kept: {kept.plan.summary}")
        complain(LASTING)
        return Status.DONE

    return ended(work)
