"""`dockerwall-tui keep [CHANGE]`: confirm a change that is on trial."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from dockerwall.cli.applying import Report, add_json, taken_back_if_lost
from dockerwall.cli.changing import add_read_only, demand_changing, ended
from dockerwall.cli.opening import add_ssh_option, at_host
from dockerwall.cli.status import Status, complain_of_boot
from dockerwall.cli.whose import bench_of

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
    add_ssh_option(parser)
    add_json(parser)
    add_read_only(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Confirm it; 5 if it came too late."""

    def work() -> int:
        from dockerwall.applying.decisions import keep

        demand_changing(arguments)
        with taken_back_if_lost():
            kept = keep(bench_of(arguments), arguments.change)
        report = Report(arguments.json)
        report.decided(kept, "kept", f"change {kept.id} is kept: {kept.plan.summary}")
        report.end()
        complain_of_boot(at_host(arguments))
        return Status.DONE

    return ended(work)
