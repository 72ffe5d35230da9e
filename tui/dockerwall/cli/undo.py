"""`dockerwall-tui undo [CHANGE]`: take back a change, on trial or kept."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from dockerwall.cli.applying import Report, add_apply_options, carry_out
from dockerwall.cli.changing import demand_changing, ended, own_bench
from dockerwall.cli.status import Status, complain

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = commands.add_parser(
        "undo",
        help="take back a change, the one on trial or one that was kept",
        description="Take back the change that is on trial, at once; or undo the last one that "
        "was kept, or the one that is named, if its rules are still there.",
        allow_abbrev=False,
    )
    parser.add_argument("change", nargs="?", help="its id (see history)")
    add_apply_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Take it back; undoing a kept change is a change like any other."""

    def work() -> int:
        from dockerwall.applying.decisions import pending, take_back_now
        from dockerwall.applying.undoing import undoing

        demand_changing(arguments)
        bench = own_bench()
        if any(arguments.change in (None, trial.id) for trial in pending(bench)):
            if arguments.dry_run:
                complain("the change on trial would be taken back")
                return Status.DONE
            complain(take_back_now(bench, arguments.change))
            return Status.DONE
        found = undoing(bench, arguments.change)
        for note in found.notes:
            complain(note)
        if not found.plan:
            complain(f"nothing of change {found.change.id} is left to undo")
            return Status.NO
        report = Report(arguments.json)
        report.plan(found.plan)
        return carry_out(arguments, found.plan, report, undoes=found.change.id)

    return ended(work)
